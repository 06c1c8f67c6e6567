"""Write values as YAML that people can read and change, with comments above keys."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from outclass.catalog.strict_yaml import FALSE, FLOAT, INTEGER, NULL, TRUE

PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_ /.()&+-]*[A-Za-z0-9_/.)]|[A-Za-z_]")
WIDTH = 110
ODD_WORDS = {"yes", "no", "on", "off", "y", "n"}
"""Other readers of YAML take these for truths."""


def yaml_of(values: Mapping[str, object], notes: Mapping[str, str]) -> str:
    """Return a document.

    Parameters
    ----------
    notes
        Comments by the path of the key that they stand above, with dots between.
    """
    lines: list[str] = []
    for key, value in values.items():
        if lines and (isinstance(value, dict | list) or key in notes):
            lines.append("")
        lines += lines_of(key, value, notes, (key,), 0)
    return "\n".join(lines) + "\n"


def lines_of(
    key: str, value: object, notes: Mapping[str, str], path: tuple[str, ...], depth: int
) -> Iterator[str]:
    """Yield the lines of one key."""
    indent = "  " * depth
    if note := notes.get(".".join(path)):
        yield from (
            f"{indent}# {line}"
            for line in textwrap.wrap(note, WIDTH - len(indent) - 2, break_on_hyphens=False)
        )
    name = scalar(key)
    if isinstance(value, Mapping) and value:
        flow = f"{indent}{name}: {flowing(value)}"
        if depth and len(flow) <= WIDTH and not any(note.startswith(f"{'.'.join(path)}.") for note in notes):
            yield flow
            return
        yield f"{indent}{name}:"
        for inner, one in value.items():
            yield from lines_of(str(inner), one, notes, (*path, str(inner)), depth + 1)
    elif isinstance(value, list | tuple) and value and not all(is_scalar(one) for one in value):
        yield f"{indent}{name}:"
        for one in value:
            yield from item_lines(one, depth + 1)
    else:
        yield f"{indent}{name}: {flowing(value)}"


def item_lines(value: object, depth: int) -> Iterator[str]:
    """Yield the lines of one item of a list: one line, or where that is too long one for each key."""
    indent = "  " * depth
    line = f"{indent}- {flowing(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping):
        yield line
        return
    for place, (key, one) in enumerate(value.items()):
        start = f"{indent}- " if not place else f"{indent}  "
        text = f"{start}{scalar(key)}: {flowing(one)}"
        if len(text) <= WIDTH or not isinstance(one, list | tuple):
            yield text
            continue
        yield f"{start}{scalar(key)}:"
        yield from wrapped(one, f"{indent}    ")


def wrapped(values: Sequence[object], indent: str) -> Iterator[str]:
    """Yield a long list in brackets, as many items on a line as fit."""
    line = f"{indent}["
    for place, value in enumerate(values):
        text = flowing(value) + ("," if place < len(values) - 1 else "]")
        if len(line) + len(text) + 1 > WIDTH and line.strip() != "[":
            yield line.rstrip()
            line = f"{indent} "
        line += f"{text} "
    yield line.rstrip()


def is_scalar(value: object) -> bool:
    """Tell whether a value is neither a list nor a mapping."""
    return not isinstance(value, Mapping | list | tuple)


def flowing(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flowing(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flowing, value)) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """Return one value: a text without quotes where nothing else could be meant.

    >>> scalar("Big cat"), scalar("yes"), scalar("1.0"), scalar(True), scalar(0.1), scalar("a: b")
    ('Big cat', '"yes"', '"1.0"', 'true', '0.1', '"a: b"')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    other = any(form.fullmatch(text) for form in (NULL, TRUE, FALSE, INTEGER, FLOAT))
    if PLAIN.fullmatch(text) and not other and text.lower() not in ODD_WORDS and "  " not in text:
        return text
    return json.dumps(text, ensure_ascii=False)
