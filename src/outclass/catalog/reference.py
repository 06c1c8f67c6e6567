"""The reference page of `challenge.yaml` and the JSON Schema for editors, both made from the types.

``python -m outclass.catalog.reference docs/reference`` writes them; a test holds the files to the types.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from outclass.base.store import write_atomic
from outclass.catalog.declared_bot import BOT_FORMS
from outclass.catalog.forms import FORMS
from outclass.catalog.sources.kinds import KINDS
from outclass.catalog.validation import PROBLEM_IDS, TYPE_NAMES, challenge_schema

MANY = 6
PAGE = "challenge.md"
SCHEMA = "challenge.schema.json"
INTRODUCTION = """\
# challenge.yaml

Made from the types in `src/outclass/catalog/challenge.py`; do not edit, run
`python -m outclass.catalog.reference docs/reference`. How to write one:
[Use your own data](../howto/own-data.md). An editor that knows YAML checks and completes the file when this
is its first line:

```yaml
# yaml-language-server: $schema=PATH/TO/challenge.schema.json
```

The file is UTF-8, at most 256 KiB, and read as plain data by the rules of YAML 1.2: `no` is a text, not
false. Tags, merge keys and duplicate keys are refused; `&anchors` and `*aliases` work. A key that is not
listed here is an error.
"""
PROBLEMS_INTRODUCTION = """
## Problems

All problems of a file are reported at once: an id, the line and the way to the value, what is wrong, the
value that was got, what is accepted, and what to do.

| id | meaning |
|---|---|
"""
SOURCES_INTRODUCTION = """
## Kinds of source

| kind | reads | files needed | files that may be there |
|---|---|---|---|
"""

Schema = Mapping[str, Any]


def schema_text() -> str:
    """Return the JSON Schema as it lies in the docs."""
    return json.dumps(challenge_schema(), indent=2) + "\n"


def page_text() -> str:
    """Return the reference page."""
    schema: Schema = challenge_schema()
    sections = sections_of(schema, "Challenge")
    sources = "".join(
        f"| `{kind.name}` | {kind.title} | {_names(kind.required)} | {_names(kind.optional)} |\n"
        for kind in KINDS.values()
    )
    problems = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in PROBLEM_IDS.items())
    return INTRODUCTION + sections + SOURCES_INTRODUCTION + sources + PROBLEMS_INTRODUCTION + problems


def write_reference(folder: Path) -> None:
    """Write page and schema into a folder."""
    write_atomic(folder / PAGE, page_text().encode())
    write_atomic(folder / SCHEMA, schema_text().encode())


def sections_of(schema: Schema, top: str) -> str:
    """Return a section for each definition with keys, as a reader meets them from the top."""
    definitions: Schema = schema["$defs"]
    return "".join(_section(name, definitions) for name in _in_order(definitions, top))


def _in_order(definitions: Schema, top: str) -> list[str]:
    """Return the definitions with keys, as a reader meets them from the top."""
    found, waiting = [], [top]
    while waiting:
        name = waiting.pop(0)
        if name not in found and ("properties" in definitions[name] or _is_long(definitions[name])):
            found.append(name)
            fields = definitions[name].get("properties", {})
            waiting += [other for field in fields.values() for other in _refs(field)]
    return found


def _refs(field: Schema) -> list[str]:
    """Return the definitions that a field leads to."""
    inner = [field.get("items"), field.get("additionalProperties"), *field.get("anyOf", ())]
    here = [field["$ref"].rpartition("/")[2]] if "$ref" in field else []
    return here + [name for schema in inner if isinstance(schema, dict) for name in _refs(schema)]


def _section(name: str, definitions: Schema) -> str:
    """Return heading, description and table of one definition."""
    definition = definitions[name]
    if _is_long(definition):
        return f"\n## {name}\n\n{definition['description']}\n\n{_names(definition['enum'])}.\n"
    rows = "".join(
        _row(key, field, key in definition.get("required", ()), definitions)
        for key, field in definition["properties"].items()
    )
    about = definition["description"]
    return f"\n## {name}\n\n{about}\n\n| key | value | default | meaning |\n|---|---|---|---|\n{rows}"


def _is_long(definition: Schema) -> bool:
    """Tell whether a definition lists so many values that they get a section of their own."""
    return len(definition.get("enum", ())) > MANY


def _row(key: str, field: Schema, required: object, definitions: Schema) -> str:
    """Return the row of one key."""
    default = (
        "needed" if required else f"`{json.dumps(field['default'])}`" if "default" in field else "see there"
    )
    meaning = field.get("description") or next((_first_line(definitions[name]) for name in _refs(field)), "")
    return f"| `{key}` | {_type(field, definitions)} | {default} | {_cell(meaning)} |\n"


def _type(field: Schema, definitions: Schema) -> str:
    """Describe the values of a field."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        if _is_long(definitions[name]) or "enum" not in definitions[name]:
            return f"[{name}](#{name.lower()})"
        return " or ".join(f"`{value}`" for value in definitions[name]["enum"])
    if "anyOf" in field:
        return " or ".join(
            _type(branch, definitions) for branch in field["anyOf"] if branch.get("type") != "null"
        )
    if isinstance(items := field.get("items"), dict):
        return f"list of {_type(items, definitions)}{_limits(field)}"
    if isinstance(inner := field.get("additionalProperties"), dict):
        return f"names with {_type(inner, definitions)}{_limits(field)}"
    return TYPE_NAMES[field["type"]].removeprefix("a ") + _limits(field)


def _limits(field: Schema) -> str:
    """Describe range, length or form, if there is one."""
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "above {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "below {}",
        "minItems": "at least {}",
        "maxItems": "at most {}",
        "minProperties": "at least {}",
        "maxLength": "at most {} characters",
    }
    parts = [text.format(field[key]) for key, text in words.items() if key in field]
    parts += [(FORMS | BOT_FORMS)[field["pattern"]]] if "pattern" in field else []
    return f" ({', '.join(parts)})" if parts else ""


def _names(names: Sequence[str]) -> str:
    """Return names as code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def _first_line(definition: Schema) -> str:
    """Return the summary of a definition."""
    return str(definition["description"]).partition("\n")[0]


def _cell(text: str) -> str:
    """Return a text that cannot break out of a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
