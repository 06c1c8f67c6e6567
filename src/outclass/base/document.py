"""Base of all documents that are read from and written to disk as JSON or YAML."""

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An immutable value with strict parsing; its JSON Schema comes from its types.

    Subclasses repeat `frozen=True, kw_only=True`: the second is not inherited, the first is for mypy.
    """


def to_json(document: object) -> bytes:
    """Return canonical, indented JSON: keys in order of declaration, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"
