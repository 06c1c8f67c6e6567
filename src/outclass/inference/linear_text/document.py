"""Reading `model.json`: nothing that it says is believed."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, TypeVar

from outclass.base.errors import RegistryError
from outclass.inference.linear_text.folding import Disguises
from outclass.inference.linear_text.measures import MEASURES

FORMAT = "outclass-linear-text"
VERSION = 1
LARGEST_FILE = 2_000_000
MOST_CLASSES = 100
MOST_BLOCKS = 4
MOST_RULES = 200
MOST_LENGTH = 8
MOST_DECIMALS = 9
LONGEST = 1_000_000
LONGEST_TERM = 200
MOST_DIGITS = 100

T = TypeVar("T")


class BlockKind(StrEnum):
    """Of what the n-grams of a block are made."""

    WORDS = "words"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """N-grams of one kind with their inverse document frequencies."""

    name: str
    kind: BlockKind
    least: int
    most: int
    terms: tuple[str, ...]
    idf: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What at least one token must be: one of some words, begin with one, or be a number of some length."""

    words: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    digits: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Conditions that hold together, and others that do not."""

    name: str
    title: str
    all: tuple[str, ...]
    none: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One decision of a stage: a coefficient for each feature, by block."""

    intercept: float
    coefficients: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Parts classes into groups."""

    name: str
    groups: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    scale: float
    offsets: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelDocument:
    """What a `model.json` says."""

    classes: tuple[str, ...]
    longest: int
    disguises: Disguises
    blocks: tuple[Block, ...]
    measures: tuple[str, ...]
    conditions: Mapping[str, Condition]
    rules: tuple[Rule, ...]
    stages: tuple[Stage, ...]


def read_document(content: bytes) -> TextModelDocument:
    """Read a `model.json`.

    Raises
    ------
    RegistryError
        It is too large, no JSON, of an unknown version, or says something that docs/reference/text-model.md
        does not allow.
    """
    if len(content) > LARGEST_FILE:
        fail("the model is too large", "model.json", f"{len(content)} bytes", f"at most {LARGEST_FILE}")
    told = record(decode(content), "model.json")
    if told.get("format") != FORMAT or told.get("version") != VERSION:
        fail(
            "the model is of an unknown format",
            "model.json",
            f"{told.get('format')!r} version {told.get('version')!r}",
            f"{FORMAT} version {VERSION}",
        )
    only(told, "model.json", set(TextModelDocument.__slots__) | {"format", "version", "decimals"})
    unit = 10.0 ** whole(told["decimals"], "decimals", 0, MOST_DECIMALS)
    classes = names(told["classes"], "classes", MOST_CLASSES)
    if len(classes) < 2:  # one class is no question
        fail("a model needs two classes", "classes", list(classes))
    blocks = each(told["blocks"], "blocks", MOST_BLOCKS, lambda x, at: read_block(x, at, unit))
    conditions = {
        name: read_condition(value, f"conditions.{name}")
        for name, value in record(told["conditions"], "conditions").items()
    }
    rules = each(told["rules"], "rules", MOST_RULES, lambda x, at: read_rule(x, at, conditions))
    measures = names(told["measures"], "measures", len(MEASURES))
    distinct([block.name for block in blocks] + ["measures", "rules"], "blocks")
    widths = {block.name: len(block.terms) for block in blocks}
    widths |= {"measures": len(known(measures, "measures", MEASURES)), "rules": len(rules)}
    stages = each(told["stages"], "stages", MOST_CLASSES, lambda x, at: read_stage(x, at, widths, unit))
    check_tree(classes, stages)
    return TextModelDocument(
        classes=classes,
        longest=whole(told["longest"], "longest", 1, LONGEST),
        disguises=read_disguises(told["disguises"]),
        blocks=blocks,
        measures=measures,
        conditions=conditions,
        rules=rules,
        stages=stages,
    )


def decode(content: bytes) -> object:
    """Parse JSON, without its extensions and without keys that come twice."""
    try:
        return json.loads(
            content.decode("utf-8"), parse_constant=refuse_constant, object_pairs_hook=unique_keys
        )
    except (ValueError, RecursionError) as error:
        fail("the model is not valid JSON", "model.json", error)


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities."""
    raise ValueError(f"{name} is no JSON")


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object whose keys come once each."""
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key comes twice")
    return result


def read_block(value: object, at: str, unit: float) -> Block:
    """Read one block of n-grams."""
    told = record(value, at)
    only(told, at, set(Block.__slots__))
    least = whole(told["least"], f"{at}.least", 1, MOST_LENGTH)
    terms = names(told["terms"], f"{at}.terms", LARGEST_FILE)
    idf = tuple(n / unit for n in wholes(told["idf"], f"{at}.idf", len(terms)))
    return Block(
        name=text(told["name"], f"{at}.name"),
        kind=BlockKind(one_of(told["kind"], f"{at}.kind", list(BlockKind))),
        least=least,
        most=whole(told["most"], f"{at}.most", least, MOST_LENGTH),
        terms=terms,
        idf=idf,
    )


def read_condition(value: object, at: str) -> Condition:
    """Read one condition."""
    told = record(value, at)
    if len(told) != 1 or not set(told) <= set(Condition.__slots__):
        fail("a condition has one key", at, sorted(told), ", ".join(Condition.__slots__))
    if "digits" in told:
        limits = told["digits"]
        if not isinstance(limits, list) or len(limits) != 2:  # from, to
            fail("the number of digits is not given as two numbers", at, limits, "[least, most]")
        least = whole(limits[0], at, 1, MOST_DIGITS)
        return Condition(digits=(least, whole(limits[1], at, least, MOST_DIGITS)))
    if "words" in told:
        return Condition(words=frozenset(names(told["words"], at, LARGEST_FILE)))
    return Condition(starts=names(told["starts"], at, LARGEST_FILE))


def read_rule(value: object, at: str, conditions: Mapping[str, Condition]) -> Rule:
    """Read one rule; the conditions that it names must be there."""
    told = record(value, at)
    only(told, at, set(Rule.__slots__))
    every = known(names(told["all"], f"{at}.all", MOST_RULES), f"{at}.all", conditions)
    if not every:
        fail("a rule needs a condition that holds", f"{at}.all", "[]")
    none = known(names(told["none"], f"{at}.none", MOST_RULES), f"{at}.none", conditions)
    return Rule(
        name=text(told["name"], f"{at}.name"), title=text(told["title"], f"{at}.title"), all=every, none=none
    )


def read_disguises(value: object) -> Disguises:
    """Read what is looked for in disguise."""
    told = record(value, "disguises")
    only(told, "disguises", set(Disguises.__slots__))
    letters = record(told["letters"], "disguises.letters")
    for key, letter in letters.items():
        small = text(letter, "disguises.letters")
        if len(key) != 1 or len(small) != 1 or not "a" <= small <= "z":
            fail("a letter map maps one character to a small letter", "disguises.letters", {key: letter})
    return Disguises(
        letters={key: str(letter) for key, letter in letters.items()},
        joiners=frozenset(text(told["joiners"], "disguises.joiners", empty=True)),
        words=frozenset(names(told["words"], "disguises.words", LARGEST_FILE)),
    )


def read_stage(value: object, at: str, widths: Mapping[str, int], unit: float) -> Stage:
    """Read one stage; it has a coefficient for each feature."""
    told = record(value, at)
    only(told, at, set(Stage.__slots__))
    groups = each(
        told["groups"], f"{at}.groups", MOST_CLASSES, lambda x, place: names(x, place, MOST_CLASSES)
    )
    rows = each(told["rows"], f"{at}.rows", MOST_CLASSES, lambda x, place: read_row(x, place, widths, unit))
    offsets = each(told["offsets"], f"{at}.offsets", MOST_CLASSES, number)
    two = len(groups) == 2  # then one row parts them
    if len(groups) < 2 or len(rows) != (1 if two else len(groups)) or len(offsets) != len(rows):
        fail(
            "groups, rows and offsets do not fit together",
            at,
            f"{len(groups)} groups, {len(rows)} rows, {len(offsets)} offsets",
            "one row for two groups, else one for each; an offset for each row",
        )
    scale = number(told["scale"], f"{at}.scale")
    if scale <= 0:
        fail("a scale is above 0", f"{at}.scale", scale)
    return Stage(
        name=text(told["name"], f"{at}.name"), groups=groups, rows=rows, scale=scale, offsets=offsets
    )


def read_row(value: object, at: str, widths: Mapping[str, int], unit: float) -> Row:
    """Read one row of a stage."""
    told = record(value, at)
    only(told, at, set(Row.__slots__))
    given = record(told["coefficients"], f"{at}.coefficients")
    only(given, f"{at}.coefficients", set(widths))
    return Row(
        intercept=number(told["intercept"], f"{at}.intercept"),
        coefficients={
            name: tuple(n / unit for n in wholes(given[name], f"{at}.coefficients.{name}", width))
            for name, width in widths.items()
        },
    )


def check_tree(classes: Sequence[str], stages: Sequence[Stage]) -> None:
    """Refuse stages that do not lead to each class in exactly one way."""
    open_groups = [frozenset(classes)]
    for place, stage in enumerate(stages):
        parted = [name for group in stage.groups for name in group]
        if frozenset(parted) not in open_groups or len(set(parted)) < len(parted):
            fail("a stage does not part a group of an earlier one", f"stages[{place}].groups", list(parted))
        open_groups.remove(frozenset(parted))
        if not all(stage.groups):
            fail("a group is empty", f"stages[{place}].groups")
        open_groups += [frozenset(group) for group in stage.groups if len(group) > 1]
    if open_groups:
        fail("no stage parts a group", "stages", sorted(open_groups[0]))


def fail(what: str, at: str, got: object = None, accepted: str | None = None) -> NoReturn:
    """Refuse the model."""
    raise RegistryError(what, where=at, got=got, accepted=accepted)


def record(value: object, at: str) -> dict[str, object]:
    """Return an object."""
    if not isinstance(value, dict):
        fail("an object is wanted", at, value)
    return value


def only(told: Mapping[str, object], at: str, wanted: set[str]) -> None:
    """Refuse an object with other keys than these."""
    if set(told) != wanted:
        fail("keys are missing or unknown", at, sorted(set(told) ^ wanted), ", ".join(sorted(wanted)))


def text(value: object, at: str, *, empty: bool = False) -> str:
    """Return a short string."""
    if not isinstance(value, str) or len(value) > LONGEST_TERM or not (value or empty):
        fail("a short text is wanted", at, value)
    return value


def number(value: object, at: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        fail("a number is wanted", at, value)
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        fail("a finite number is wanted", at, value)
    return result


def whole(value: object, at: str, least: int, most: int) -> int:
    """Return a whole number within limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        fail("a whole number is wanted", at, value, f"{least} to {most}")
    return value


def wholes(value: object, at: str, count: int) -> list[int]:
    """Return so many whole numbers."""
    if not isinstance(value, list) or len(value) != count:
        fail(
            "the list is of another length", at, len(value) if isinstance(value, list) else value, str(count)
        )
    if not all(type(n) is int and -(10**15) <= n <= 10**15 for n in value):
        fail("whole numbers are wanted", at)
    return value


def each(value: object, at: str, most: int, read: Callable[[object, str], T]) -> tuple[T, ...]:
    """Return what is read of each entry of a list."""
    if not isinstance(value, list) or len(value) > most:
        fail("a list is wanted", at, len(value) if isinstance(value, list) else value, f"at most {most}")
    return tuple(read(entry, f"{at}[{place}]") for place, entry in enumerate(value))


def names(value: object, at: str, most: int) -> tuple[str, ...]:
    """Return strings of which none comes twice."""
    return distinct(each(value, at, most, text), at)


def distinct(given: Sequence[str], at: str) -> tuple[str, ...]:
    """Refuse strings of which one comes twice."""
    seen: set[str] = set()
    for name in given:
        if name in seen:
            fail("a name comes twice", at, name)
        seen.add(name)
    return tuple(given)


def one_of(value: object, at: str, accepted: Sequence[str]) -> str:
    """Return one of a few strings."""
    if value not in accepted:
        fail("not known", at, value, ", ".join(accepted))
    return str(value)


def known(given: tuple[str, ...], at: str, accepted: Mapping[str, object] | Sequence[str]) -> tuple[str, ...]:
    """Refuse a name that is not declared."""
    for name in given:
        if name not in accepted:
            fail("not declared", at, name, ", ".join(accepted))
    return given
