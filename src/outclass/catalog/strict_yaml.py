"""YAML that is data and nothing else: no tags or duplicate keys; bounded size, depth, count.

Files of an older kind may have merge keys and tags that name a registered step, where the caller allows it.

Plain scalars follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), so `no` and
`12:30` are texts; infinities and not-a-number are texts, too. Every fault is found in one pass, with its
line.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from outclass.base.errors import Problem, shorten

MERGE = "<<"
PYTHON_NAME = "tag:yaml.org,2002:python/name:"
MAX_BYTES = 262_144
MAX_DEPTH = 16
MAX_VALUES = 20_000

NULL = re.compile(r"~|null|Null|NULL|")
TRUE = re.compile(r"true|True|TRUE")
FALSE = re.compile(r"false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """What a file says, the line of every key and item, and what is wrong with it as YAML."""

    value: object
    lines: dict[Steps, int]
    problems: tuple[Problem, ...]
    anchored: frozenset[Steps] = frozenset()
    """Where values with an anchor stand."""

    def place(self, steps: Steps) -> str:
        """Return where something stands, such as ``line 12, classes[3].title``."""
        known = steps
        while known and known not in self.lines:
            known = known[:-1]
        return place(self.lines.get(known, 1), steps)


class _StopError(Exception):
    """A fault after which nothing more can be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldForms:
    """What files of an older kind may hold: merge keys, and tags that name something registered.

    Attributes
    ----------
    names
        What the last part of a name stands for: `!!python/name:module.remove_tabs` is read as `remove_tabs`,
        and nothing is imported or run.
    problem
        The id of the problem of a name that is not registered.
    """

    names: Mapping[str, str]
    problem: str


def read_yaml(path: Path, old_forms: OldForms | None = None) -> YamlFile:
    """Read a file; what is wrong with it is in the answer's `problems`, never raised."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        problem = Problem(id="unreadable", where=place(1), what=what, hint="check its rights")
        return YamlFile(value=None, lines={}, problems=(problem,))
    return parse_yaml(content, old_forms)


def parse_yaml(content: bytes, old_forms: OldForms | None = None) -> YamlFile:
    """Read YAML from UTF-8; what is wrong with it is in the answer's `problems`, never raised.

    >>> parse_yaml(b"answer: no").value
    {'answer': 'no'}
    """
    builder = _Builder(old_forms)
    try:
        value = builder.document(_events(content))
    except _StopError as stop:
        return YamlFile(value=None, lines=builder.lines, problems=(*builder.problems, stop.problem))
    return YamlFile(
        value=value,
        lines=builder.lines,
        problems=tuple(builder.problems),
        anchored=frozenset(builder.anchored),
    )


def place(line: int, steps: Steps = ()) -> str:
    """Join a line and the steps to a value into one text."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{shorten(step, 60)}" for step in steps)
    return f"line {line}, {path.lstrip('.')}" if path else f"line {line}"


def resolve_plain(text: str) -> object:
    """Return what an unquoted scalar means: null, true or false, a number, else the text itself.

    >>> [resolve_plain(text) for text in ("", "true", "7", "1e3", "off", ".inf")]
    [None, True, 7, 1000.0, 'off', '.inf']
    """
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text) or FALSE.fullmatch(text):
        return bool(TRUE.fullmatch(text))
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def _events(content: bytes) -> Iterator[Event]:
    """Yield the parser's events; its errors become problems."""
    if len(content) > MAX_BYTES:
        raise _StopError(
            Problem(
                id="file-too-large",
                where="line 1",
                what="the file is too large",
                got=f"more than {MAX_BYTES:,} bytes",
                accepted=f"at most {MAX_BYTES:,} bytes",
                hint="data belongs into files of its own",
            )
        )
    try:
        yield from yaml.parse(
            content.decode("utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _StopError(
            Problem(id="not-utf8", where=place(line), what="the file is not in UTF-8", accepted="UTF-8")
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _syntax(error.problem or "no YAML", mark.line + 1 if mark else 1) from error
    except yaml.reader.ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        raise _syntax(f"the character U+{error.character:04X} is not allowed", line) from error
    except yaml.YAMLError as error:
        raise _syntax(str(error), 1) from error


def _syntax(what: str, line: int) -> _StopError:
    """Return the problem of a file that is no YAML."""
    return _StopError(
        Problem(
            id="yaml-syntax",
            where=place(line),
            what=f"this is no YAML: {what}",
            hint="check indentation, colons and quotes on this line and the one above",
        )
    )


def _line(event: Event) -> int:
    """Return the line on which an event starts."""
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Builds values from events, keeping count."""

    def __init__(self, old_forms: OldForms | None = None) -> None:
        self.old_forms = old_forms
        self.anchored: list[Steps] = []
        self.lines: dict[Steps, int] = {}
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[object, int]] = {}
        self.count = 0

    def document(self, events: Iterator[Event]) -> object:
        """Build the one document of a file."""
        value: object = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.problem(
                        "two-documents", _line(event), (), what="there is a second document in the file"
                    )
                    break
            elif isinstance(event, NodeEvent):
                value = self.node(event, events, ())
            elif isinstance(event, StreamEndEvent) and not documents:
                self.problem("empty-file", 1, (), what="the file is empty")
        return value

    def node(self, event: NodeEvent, events: Iterator[Event], steps: Steps) -> object:
        """Build one value and remember its line."""
        line = _line(event)
        self.lines.setdefault(steps, line)
        if isinstance(event, AliasEvent):
            return self.alias(event, line, steps)
        self.add(1, line, steps)
        before = self.count
        named = self.check_tag(event, line, steps)
        if named is not None:
            value: object = named
        elif isinstance(event, ScalarEvent):
            value = resolve_plain(event.value) if event.implicit[0] else event.value
        elif len(steps) >= MAX_DEPTH:
            raise self.stop("too-deep", line, steps, what=f"values lie more than {MAX_DEPTH} levels deep")
        elif isinstance(event, SequenceStartEvent):
            value = self.sequence(events, steps)
        else:
            value = self.mapping(events, steps)
        if event.anchor:
            self.anchored.append(steps)
            self.anchors[event.anchor] = (value, self.count - before + 1)
        return value

    def sequence(self, events: Iterator[Event], steps: Steps) -> list[object]:
        """Build a list."""
        items: list[object] = []
        for event in events:
            if isinstance(event, CollectionEndEvent):
                break
            assert isinstance(event, NodeEvent)
            items.append(self.node(event, events, (*steps, len(items))))
        return items

    def mapping(self, events: Iterator[Event], steps: Steps) -> dict[str, object]:
        """Build a mapping; its keys are texts."""
        found: dict[str, object] = {}
        merged: list[dict[str, object]] = []
        for event in events:
            if isinstance(event, CollectionEndEvent):
                break
            assert isinstance(event, NodeEvent)
            key = self.key(event, steps, found)
            value = self.node(next(events), events, (*steps, key))  # type: ignore[arg-type]
            if key == MERGE and self.old_forms is not None:
                merged += self.merge(value, steps)
            else:
                found.setdefault(key, value)
        for other in merged:
            found |= {key: value for key, value in other.items() if key not in found}
        return found

    def merge(self, value: object, steps: Steps) -> list[dict[str, object]]:
        """Return the mappings that a merge key names; earlier ones outrank later ones."""
        others: list[object] = value if isinstance(value, list) else [value]
        found = [other for other in others if isinstance(other, dict)]
        if len(found) == len(others):
            return found
        what = "a merge key needs a mapping, or a list of them"
        self.problem("merge-key", self.lines.get((*steps, MERGE), 1), (*steps, MERGE), what=what)
        return []

    def key(self, event: NodeEvent, steps: Steps, found: dict[str, object]) -> str:
        """Return a key's text, noting one that came before and those that are no plain texts."""
        line = _line(event)
        if not isinstance(event, ScalarEvent):
            raise self.stop("key-not-text", line, steps, what="a key must be a text", accepted="key: value")
        self.check_tag(event, line, steps)
        key: str = event.value
        here = (*steps, key)
        if key in found:
            self.problem(
                "duplicate-key",
                line,
                here,
                what="this key stands here twice",
                got=f"first on line {self.lines[here]}",
                hint="keep one of them",
            )
        elif key == MERGE and event.implicit[0] and self.old_forms is None:
            self.problem("merge-key", line, here, what="merge keys are not read", hint="write the keys out")
        self.lines.setdefault(here, line)
        return key

    def alias(self, event: AliasEvent, line: int, steps: Steps) -> object:
        """Return what an anchor names, counting its values again."""
        if event.anchor not in self.anchors:
            raise self.stop("unknown-anchor", line, steps, what=f"there is no anchor &{event.anchor} above")
        value, size = self.anchors[event.anchor]
        self.add(size, line, steps)
        return value

    def check_tag(self, event: NodeEvent, line: int, steps: Steps) -> str | None:
        """Note a tag, as values are read by their form alone; return what a tag of older files stands for."""
        tag = getattr(event, "tag", None)
        if tag is None:
            return None
        if self.old_forms is None or not tag.startswith(PYTHON_NAME):
            self.problem(
                "yaml-tag", line, steps, what="tags are not read", got=shorten(str(tag)), hint="drop it"
            )
            return None
        name = tag.removeprefix(PYTHON_NAME)
        if found := self.old_forms.names.get(name.rpartition(".")[2]):
            return found
        what = "this names nothing that is registered, and code is never run from a file"
        accepted = ", ".join(dict.fromkeys(self.old_forms.names.values()))
        self.problem(self.old_forms.problem, line, steps, what=what, got=shorten(name), accepted=accepted)
        return None

    def add(self, size: int, line: int, steps: Steps) -> None:
        """Count values, repeated ones too."""
        self.count += size
        if self.count > MAX_VALUES:
            raise self.stop("too-many-values", line, steps, what=f"there are more than {MAX_VALUES:,} values")

    def problem(self, name: str, line: int, steps: Steps, *, what: str, **more: str) -> None:
        """Note a fault and read on."""
        self.problems.append(Problem(id=name, where=place(line, steps), what=what, **more))

    def stop(self, name: str, line: int, steps: Steps, *, what: str, **more: str) -> _StopError:
        """Return a fault that ends the reading."""
        return _StopError(Problem(id=name, where=place(line, steps), what=what, **more))
