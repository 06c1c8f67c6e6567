"""The rule file: what it may say, and all of its problems at once."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import polars as pl
from msgspec import Meta

from outclass.base.document import Document
from outclass.base.errors import ChallengeFileError, Problem, nearest_name, shorten
from outclass.catalog.forms import ClassName, Line, Name
from outclass.catalog.strict_yaml import YamlFile, read_yaml
from outclass.catalog.validation import form_problems, line_of, schema_of

Pattern = Annotated[str, Meta(min_length=1, max_length=2000)]

PROBLEM_IDS = {
    "bad-pattern": "A pattern is no regular expression of this dialect; the message says where it breaks.",
    "matches-everything": "A pattern matches the empty text, so its rule would fire on every message.",
    "duplicate-rule": "Two rules have the same name.",
    "unknown-class": "A rule's class is none of the challenge's.",
}
"""Problems of a rule file besides those of every YAML file."""


class Flag(StrEnum):
    """How a pattern is read."""

    IGNORE_CASE = "ignore_case"
    MULTI_LINE = "multi_line"
    DOT_ALL = "dot_all"
    VERBOSE = "verbose"


LETTERS = {Flag.IGNORE_CASE: "i", Flag.MULTI_LINE: "m", Flag.DOT_ALL: "s", Flag.VERBOSE: "x"}
Flags = tuple[Flag, ...]


class RuleDeclaration(Document, frozen=True, kw_only=True):
    """One rule as it stands in the file."""

    name: Annotated[Name, Meta(description="its name in reports")]
    label: Annotated[ClassName, Meta(description="the class that it votes for")] = msgspec.field(name="class")
    pattern: Annotated[Pattern, Meta(description="it fires where this is found anywhere in the text")]
    unless: Annotated[
        Pattern | None, Meta(description="and this is not; stands for a negative look-ahead")
    ] = None
    flags: Annotated[
        Flags | None, Meta(description="how its patterns are read; those of the file if not given")
    ] = None
    priority: Annotated[
        int,
        Meta(ge=-1000, le=1000, description="the higher one decides; of equal ones, the first in the file"),
    ] = 0
    description: Annotated[str, Meta(description="why, for the people who read it")] = ""


class RuleFile(Document, frozen=True, kw_only=True):
    """A whole rule file."""

    title: Annotated[Line, Meta(description="what people read")] = "Weak labels"
    flags: Annotated[Flags, Meta(description="how the patterns of all rules are read")] = (Flag.IGNORE_CASE,)
    rules: Annotated[tuple[RuleDeclaration, ...], Meta(min_length=1, max_length=5000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that can be run: its patterns carry their flags."""

    name: str
    label: str
    pattern: str
    unless: str | None
    priority: int


class BadPatternError(ValueError):
    """A pattern that is no regular expression here; `character` is the place of the fault, from 1."""

    def __init__(self, what: str, line: int, character: int | None) -> None:
        self.what = what
        self.line = line
        self.character = character
        super().__init__(what)


def read_rules(path: Path, classes: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Return the rules of a file in their order of precedence.

    Parameters
    ----------
    classes
        Names of the challenge's classes; any class is accepted where there are none.

    Raises
    ------
    ChallengeFileError
        All problems of the file, each with its line.
    """
    return rules_of(read_yaml(path), str(path), classes)


def rules_of(file: YamlFile, where: str, classes: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Return the rules of what was read, or raise all its problems."""
    problems = list(file.problems)
    if file.value is not None or not problems:
        problems += form_problems(file, schema_of(RuleFile, "Outclass weak labels"))
    if problems:
        raise ChallengeFileError(where, sorted(problems, key=line_of))
    declared = msgspec.convert(file.value, RuleFile)
    if found := sorted(_problems(declared, file, classes), key=line_of):
        raise ChallengeFileError(where, found)
    return in_precedence(declared)


def in_precedence(declared: RuleFile) -> tuple[Rule, ...]:
    """Return the rules with their flags, the one that decides first at the front."""
    rules = (
        Rule(
            name=rule.name,
            label=rule.label,
            pattern=with_flags(rule.pattern, flags),
            unless=None if rule.unless is None else with_flags(rule.unless, flags),
            priority=rule.priority,
        )
        for rule in declared.rules
        for flags in [declared.flags if rule.flags is None else rule.flags]
    )
    return tuple(sorted(rules, key=lambda rule: -rule.priority))


def with_flags(pattern: str, flags: Iterable[Flag]) -> str:
    """Return a pattern that carries its flags.

    >>> with_flags("hi", [Flag.DOT_ALL, Flag.IGNORE_CASE])
    '(?is)hi'
    """
    letters = "".join(sorted({LETTERS[flag] for flag in flags}))
    return f"(?{letters}){pattern}" if letters else pattern


def check_pattern(pattern: str, flags: Iterable[Flag] = ()) -> None:
    """Compile a pattern; `BadPatternError` says what is wrong and where."""
    whole = with_flags(pattern, flags)
    try:
        pl.Series([""]).str.contains(whole)
    except pl.exceptions.ComputeError as error:
        raise _fault(str(error), len(whole) - len(pattern)) from error


def matches_empty(pattern: str, flags: Iterable[Flag] = ()) -> bool:
    """Tell whether a pattern is found in the empty text."""
    return bool(pl.Series([""]).str.contains(with_flags(pattern, flags))[0])


def _fault(message: str, prefix: int) -> BadPatternError:
    """Read what the compiler says: the pattern, carets under the fault, and `error: ...`."""
    text = message.partition("\n\nThis error occurred")[0]
    what = text.rpartition("error: ")[2].strip().partition("\n")[0]
    before = ""
    for line in text.splitlines():
        if before and re.fullmatch(r"\s*\^+", line):
            numbered = re.match(r"\s*(\d+): ", before)
            number = int(numbered[1]) if numbered else 1
            shift = len(numbered[0]) if numbered else 4
            return BadPatternError(what, number, line.index("^") - shift + 1 - (prefix if number == 1 else 0))
        before = line
    return BadPatternError(what.rstrip("."), 1, None)


def _problems(declared: RuleFile, file: YamlFile, classes: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with the sense of a file."""
    names = Counter(rule.name for rule in declared.rules)
    seen = set()
    for number, rule in enumerate(declared.rules):
        if names[rule.name] > 1 and rule.name in seen:
            where = file.place(("rules", number, "name"))
            yield Problem(id="duplicate-rule", where=where, what="a rule above has this name", got=rule.name)
        seen.add(rule.name)
        if classes and rule.label not in classes:
            yield _unknown_class(rule.label, classes, file.place(("rules", number, "class")))
        flags = declared.flags if rule.flags is None else rule.flags
        for key, pattern in (("pattern", rule.pattern), ("unless", rule.unless)):
            if pattern is not None:
                yield from _pattern_problems(pattern, flags, file.place(("rules", number, key)))


def _unknown_class(label: str, classes: Sequence[str], where: str) -> Problem:
    """Return the problem of a class that the challenge does not have."""
    return Problem(
        id="unknown-class",
        where=where,
        what="the challenge has no such class",
        got=label,
        accepted=", ".join(classes),
        hint=f"the nearest class is `{nearest_name(label, classes)}`",
    )


def _pattern_problems(pattern: str, flags: Flags, where: str) -> Iterator[Problem]:
    """Yield what is wrong with one pattern."""
    try:
        check_pattern(pattern, flags)
    except BadPatternError as error:
        place = "" if error.character is None else f", character {error.character}"
        line = f", line {error.line} of the pattern" if error.line > 1 else ""
        yield Problem(
            id="bad-pattern",
            where=f"{where}{line}{place}",
            what=f"this pattern cannot be used: {error.what}",
            got=shorten(pattern),
            accepted="a regular expression without look-around and back-references",
            hint="use `unless:` for what must not be there" if "look-" in error.what else None,
        )
        return
    if matches_empty(pattern, flags):
        yield Problem(
            id="matches-everything",
            where=where,
            what="this pattern matches the empty text, and so every text",
            got=shorten(pattern),
            hint="let it need at least one character",
        )
