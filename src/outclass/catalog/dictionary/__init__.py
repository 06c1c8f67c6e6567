"""A data dictionary says where the rows of a table come from, how they are read, and how they are cleaned."""
