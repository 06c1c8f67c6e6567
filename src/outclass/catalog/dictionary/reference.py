"""The reference page of data dictionaries and the JSON Schema of catalogue files, made from the types.

``python -m outclass.catalog.dictionary.reference docs/reference`` writes them; a test holds the files to the
types.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from outclass.base.store import write_atomic
from outclass.catalog.dictionary.files import catalogue_schema
from outclass.catalog.dictionary.rules import PROBLEM_IDS
from outclass.catalog.dictionary.steps import PATTERNS, STEPS
from outclass.catalog.reference import sections_of

PAGE = "dictionary.md"
SCHEMA = "catalog.schema.json"
INTRODUCTION = """\
# Data dictionary

Made from the types in `src/outclass/catalog/dictionary/`; do not edit, run
`python -m outclass.catalog.dictionary.reference docs/reference`. How to write one:
[Clean a table](../howto/clean-a-table.md).

A dictionary says where the rows of a table come from, how they are read, and how they are cleaned. It stands
in a catalogue file under a name, with others or alone, or its keys stand in the `dataset` of a
[challenge.yaml](challenge.md). A file with `path`, `glob`, `files` or `source` at its top is one dictionary,
called like the file.

```yaml
# yaml-language-server: $schema=PATH/TO/catalog.schema.json
messages:
  path: messages.csv
  column_rules:
    text: {drop_na: true, drop_duplicates: true}
```

The file is UTF-8, at most 256 KiB, plain data by the rules of YAML 1.2. A key that is not listed here is an
error, and all problems of a file are reported at once.

## The order of the work

1. Rows are read and numbered, from 1 in each file; `nrows`.
2. `sampling`: by the number of the row over all files and the seed.
3. `na_values`, `converters`, then types: `parse_dates`, `dtypes`.
4. `column_rules`, but for duplicates and steps. A row counts under the first rule that it breaks.
5. `drop_duplicates` of columns: the first row that broke no other rule is kept.
6. `postprocessors` of columns.
7. `dataframe_rules`: `drop_na`, `drop_duplicates`.
8. `postprocessors` of the whole set.

Memory holds a batch of rows, and 16 bytes for each different row where duplicates are dropped (rows are
told apart by 128 bits of a hash). Of `nrows: {random: n}` it holds 2 n rows. What `get_tfidf_features` needs
to see twice waits on disk. A row of a CSV file has at most 10 MB.

## What is guaranteed

- The same dictionary and the same rows give the same rows in the same order, whatever `chunksize` is, and the
  same `content_sha256` in the report: it is of names, types and values, not of the bytes of a file.
- They give the same bytes of CSV, Parquet and SQLite files, too, with the same versions of polars and SQLite.
  Nothing but the rows goes into a file.
- Rows of a database come in the order that the query gives. Without `ORDER BY` that is up to the database.
"""
OLD_FORMS = """
## Older forms

`source: psql` is `postgresql`; `config` knows `hostname`, `db_name` and `username`. Anchors, aliases and
merge keys (`<<`) work in catalogue files. An entry whose name begins with `_`, or that has an anchor and
says not where rows come from, only serves others and is judged where it is merged.
`!!python/name:module.remove_tabs` is read as the step of that name: nothing is imported or run, and a name
that is not registered is refused. Other tags are refused.
"""
STEPS_INTRODUCTION = """
## Steps

| step | what it does |
|---|---|
"""
PATTERNS_INTRODUCTION = """
`get_regex_features` counts these unless it is given `patterns`; patterns are those of Rust's `regex`, which
look neither around nor back and take time in proportion to the text:

| column ends in | pattern |
|---|---|
"""
PROBLEMS_INTRODUCTION = """
## Problems

Besides [those of any file](challenge.md#problems):

| id | meaning |
|---|---|
"""


def schema_text() -> str:
    """Return the JSON Schema as it lies in the docs."""
    return json.dumps(catalogue_schema(), indent=2) + "\n"


def page_text() -> str:
    """Return the reference page."""
    return "".join(
        (
            INTRODUCTION,
            sections_of(catalogue_schema(), "DataDictionary"),
            STEPS_INTRODUCTION,
            _rows({name.value: meaning for name, meaning in STEPS.items()}),
            PATTERNS_INTRODUCTION,
            _rows({f"_{name}": f"`{pattern}`" for name, pattern in PATTERNS.items()}),
            OLD_FORMS,
            PROBLEMS_INTRODUCTION,
            _rows(PROBLEM_IDS),
        )
    )


def _rows(pairs: Mapping[str, str]) -> str:
    """Return the rows of a table of two columns."""
    return "".join(
        f"| `{name}` | {meaning.replace('|', chr(92) + '|')} |\n" for name, meaning in pairs.items()
    )


def write_reference(folder: Path) -> None:
    """Write page and schema into a folder."""
    write_atomic(folder / PAGE, page_text().encode())
    write_atomic(folder / SCHEMA, schema_text().encode())


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
