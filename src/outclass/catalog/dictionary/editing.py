"""Add, change and remove dictionaries in a catalogue file; comments and everything else stay as they are."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from outclass.base.errors import ConflictError, InputError
from outclass.base.store import write_atomic
from outclass.catalog.dictionary.files import OLD_FORMS, parse_catalogue, read_catalogue
from outclass.catalog.strict_yaml import YamlFile, parse_yaml

BY_HAND = "edit the file by hand"


def add_entry(path: Path, name: str, entry: Mapping[str, object]) -> None:
    """Add a dictionary at the end of a catalogue file, which is made if it is not there.

    Raises
    ------
    ConflictError
        There is one of this name.
    ChallengeFileError
        The dictionary has problems; nothing is written.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.strip():
        file = read_catalogue(path)
        if file.single:
            raise InputError("this file is one dictionary alone", where=str(path), hint=BY_HAND)
        if name in file.entries or name in file.templates:
            raise ConflictError("there is a table of this name", where=str(path), got=name)
        text = text.rstrip("\n") + "\n\n"
    _write(path, text + dumped({name: entry}))


def remove_entry(path: Path, name: str) -> None:
    """Take a dictionary out of a catalogue file; `NotFoundError` where there is none."""
    file = read_catalogue(path)
    file[name]
    if file.single or len(file.entries) + len(file.templates) == 1:
        raise InputError("it is the only one", where=str(path), hint="remove the file")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start, end = _block(_parsed("".join(lines)), (name,), lines)
    _write(path, "".join(lines[:start] + lines[end:]).lstrip("\n"))


def set_keys(path: Path, name: str, given: Mapping[str, str]) -> None:
    """Set keys of a dictionary.

    Parameters
    ----------
    given
        Values in YAML by their keys, inner ones with dots between: `sampling.factor`; an empty value takes
        the key out.

    Raises
    ------
    ChallengeFileError
        The dictionary has problems then; nothing is written.
    """
    file = read_catalogue(path)
    file[name]
    text = path.read_text(encoding="utf-8")
    for key, value in given.items():
        steps = (*(() if file.single else (name,)), *key.split("."))
        text = _with_value(text, steps, value)
        if _value_at(_parsed(text).value, steps) != (_value(value) if value else None):
            raise InputError("this key cannot be set by a command", where=".".join(steps), hint=BY_HAND)
    _write(path, text)


def _value_at(value: object, steps: tuple[str, ...]) -> object:
    """Return what stands at some place of a file; None where there is nothing."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def dumped(entries: Mapping[str, object]) -> str:
    """Return dictionaries by their names as YAML: a key a line, what is inside of it beside it."""
    lines: list[str] = []
    for name, entry in entries.items():
        if not isinstance(entry, dict) or not entry:
            lines += dumped_key(name, entry)
            continue
        lines.append(f"{name}:\n")
        lines += [f"  {line}" for key, value in entry.items() for line in dumped_key(key, value)]
    return "".join(lines)


def dumped_key(key: str, value: object) -> list[str]:
    """Return a key with its value as lines of YAML, short lists and mappings on one line."""
    flow = None if isinstance(value, dict | list | tuple) else False
    text = yaml.safe_dump(
        {key: value}, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=100
    )
    return text.splitlines(keepends=True)


def _write(path: Path, text: str) -> None:
    """Write a catalogue file that has no problems."""
    parse_catalogue(text.encode(), path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode())


def _parsed(text: str) -> YamlFile:
    """Parse the text of a catalogue file."""
    return parse_yaml(text.encode(), OLD_FORMS)


def _block(file: YamlFile, steps: tuple[str, ...], lines: list[str]) -> tuple[int, int]:
    """Return the lines of a key with its value, from 0, the end not included."""
    start = file.lines[steps] - 1
    indent = _indent(lines[start])
    if not re.match(rf"""\s*["']?{re.escape(steps[-1])}["']?\s*:""", lines[start]):
        raise InputError("this key does not stand on a line of its own", where=".".join(steps), hint=BY_HAND)
    end = start + 1
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > indent or _is_item(lines[end], indent)
    ):
        end += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return start, end


def _indent(line: str) -> int:
    """Return how many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))


def _is_item(line: str, indent: int) -> bool:
    """Tell whether a line is an item of a list that stands under its key without a further indent."""
    return _indent(line) == indent and line.lstrip().startswith("- ")


def _with_value(text: str, steps: tuple[str, ...], value: str) -> str:
    """Return the text of a file in which one value is another."""
    file, lines = _parsed(text), text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    for depth in range(1, len(steps)):
        if not isinstance(_value_at(file.value, steps[:depth]), dict):
            return _with_value(text, steps[:depth], _flow(_nested(steps[depth:], value))) if value else text
    new = dumped_key(steps[-1], _value(value)) if value else []
    if steps in file.lines:
        start, end = _block(file, steps, lines)
        indent = _indent(lines[start])
    else:
        start = end = _block(file, steps[:-1], lines)[1] if len(steps) > 1 else len(lines)
        indent = _inner_indent(file, steps, lines)
    return "".join([*lines[:start], *(" " * indent + line for line in new), *lines[end:]])


def _inner_indent(file: YamlFile, steps: tuple[str, ...], lines: list[str]) -> int:
    """Return the indent of the keys beside a new one."""
    if len(steps) == 1:
        return 0
    top, end = _block(file, steps[:-1], lines)
    if end == top + 1:
        raise InputError("this mapping stands on one line", where=".".join(steps[:-1]), hint=BY_HAND)
    return next(_indent(line) for line in lines[top + 1 : end] if line.strip())


def _flow(value: object) -> str:
    """Return a value as YAML on one line."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).strip()


def _nested(steps: tuple[str, ...], value: str) -> object:
    """Return a value inside of new mappings."""
    found: object = _value(value)
    for step in reversed(steps):
        found = {step: found}
    return found


def _value(text: str) -> object:
    """Return what a text means as YAML; `InputError` where it is none."""
    file = parse_yaml(text.encode(), OLD_FORMS)
    if file.problems:
        raise InputError("this value is no YAML", got=text, hint=file.problems[0].what)
    return file.value
