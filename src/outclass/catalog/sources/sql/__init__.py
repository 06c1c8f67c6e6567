"""Rows of databases: streamed out of PostgreSQL, MySQL and SQLite, and written into a table."""

from outclass.catalog.sources.sql.batches import SqlBatch
from outclass.catalog.sources.sql.reading import read_sql_batches
from outclass.catalog.sources.sql.writing import write_sql_batches

__all__ = ["SqlBatch", "read_sql_batches", "write_sql_batches"]
