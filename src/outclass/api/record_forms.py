"""Records in the OpenAPI document: schemas and examples, made of the columns that a challenge declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outclass.inputs.columns import InputColumn
from outclass.inputs.records import FORM
from outclass.inputs.table import LARGEST_NUMBER

Json = dict[str, Any]
Tables = Mapping[str, tuple[InputColumn, ...]]


@dataclass(frozen=True, slots=True)
class RecordForms:
    """What the document says of records; nothing where no challenge has any.

    Attributes
    ----------
    columns
        The columns of each challenge of a table, by its name.
    """

    columns: Tables

    def schemas(self) -> Json:
        """Return the schema of the records of each challenge."""
        return {schema_name(name): record_schema(name, columns) for name, columns in self.columns.items()}

    def alone(self) -> list[Json]:
        """Return the JSON forms of one record."""
        found = []
        for name in self.columns:
            reference: Json = {"$ref": f"#/components/schemas/{schema_name(name)}"}
            named: Json = {"type": "object", "required": ["record"], "properties": {"record": reference}}
            found += [reference, {**named, "additionalProperties": False}]
        return found

    def forms(self) -> Json:
        """Return the body that is a form."""
        fields = [form_schema(record_schema(name, columns)) for name, columns in self.columns.items()]
        return {FORM: {"schema": {"anyOf": fields}}} if fields else {}

    def examples(self) -> Json:
        """Return one record of each challenge."""
        return {f"a record of {name}": example_record(columns) for name, columns in self.columns.items()}

    def batches(self) -> Json:
        """Return some records of each challenge."""
        return {
            f"records of {name}": {"objects": [example_record(columns)] * 2}
            for name, columns in self.columns.items()
        }

    def tables(self) -> Json:
        """Return records of each challenge as CSV."""
        return {f"records of {name}": example_csv(columns) for name, columns in self.columns.items()}


def schema_name(challenge: str) -> str:
    """Return what the schema of a challenge's records is called.

    >>> schema_name("iris-2")
    'RecordOfIris2'
    """
    return "RecordOf" + "".join(part.capitalize() for part in challenge.split("-"))


def record_schema(name: str, columns: tuple[InputColumn, ...]) -> Json:
    """Return the JSON Schema of a record; names, types, values, units and ranges are those declared."""
    return {
        "type": "object",
        "description": f"A record of `{name}`; a column that is null or left out is missing",
        "properties": {column.name: column_schema(column) for column in columns},
        "additionalProperties": False,
    }


def column_schema(column: InputColumn) -> Json:
    """Return the JSON Schema of one column."""
    parts = [column.title, column.description, f"in {column.unit}" if column.unit else ""]
    if column.is_category:
        titles = [f"{value.name}: {value.title}" for value in column.values if value.title]
        found: Json = {"type": ["string", "null"]}
        if not column.others:
            found["enum"] = [*(value.name for value in column.values), None]
        parts += [", ".join(titles)]
    else:
        found = {"type": ["number", "null"], "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
        if column.low is not None and column.high is not None:
            parts.append(f"usually {column.low:g} to {column.high:g}")
    return {"description": "; ".join(part for part in parts if part), **found}


def form_schema(schema: Json) -> Json:
    """Return the schema of a form with the same fields, all of them texts."""
    fields = {
        name: {"type": "string", "description": declared["description"]}
        for name, declared in schema["properties"].items()
    }
    return {**schema, "properties": fields}


def example_record(columns: tuple[InputColumn, ...]) -> Json:
    """Return a record that looks like one: the middle of each range, the first value of each category."""
    found: Json = {}
    for column in columns:
        if column.is_category:
            found[column.name] = column.values[0].name
        else:
            middle = ((column.low or 0.0) + (column.high or 1.0)) / 2
            found[column.name] = round(middle) if column.whole else round(middle, 3)
    return found


def example_csv(columns: tuple[InputColumn, ...]) -> str:
    """Return a CSV file of two records."""
    values = example_record(columns)
    line = ",".join(str(value) for value in values.values())
    return f"{','.join(values)}\n{line}\n{line}\n"
