"""What each word of a text adds to the decision of each stage."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from outclass.inference.linear_text.document import Stage
from outclass.inference.linear_text.folding import spans_of_tokens
from outclass.inference.linear_text.measures import MEASURES, TITLES

if TYPE_CHECKING:
    from outclass.inference.linear_text.scoring import LinearTextModel

RAW_CHUNK = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A token and what it adds; `start` and `end` count code points of the text."""

    start: int
    end: int
    token: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a measure or a rule adds."""

    name: str
    title: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExplanation:
    """Why a stage decided as it did.

    Parameters
    ----------
    name
        Of the stage.
    group
        The classes that the numbers speak for: above 0 for them, below 0 against them.
    score
        Of the group: `base` and the values of all spans, measures and rules, summed.
    base
        What stands before anything is read.
    spans
        Tokens in the order of the text; the words found in disguise come last.
    """

    name: str
    group: tuple[str, ...]
    score: float
    base: float
    spans: tuple[Span, ...]
    measures: tuple[Part, ...]
    rules: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a text was answered as it was: one entry for each score of each stage."""

    stages: tuple[StageExplanation, ...]


def explain(model: "LinearTextModel", text: str) -> Explanation:
    """Return what each word, measure and rule adds to each score."""
    reading = read(model, text)
    rows = [explain_row(model, place, reading) for place in range(len(model.rows))]
    parts: list[StageExplanation] = []
    for stage in model.document.stages:
        own, rows = rows[: len(stage.rows)], rows[len(stage.rows) :]
        for group, weights in shares_of_rows(stage):
            scaled = [weight * stage.scale for weight in weights]
            shift = sum(weight * offset for weight, offset in zip(weights, stage.offsets, strict=True))
            total = mix(own, scaled)
            parts.append(assemble(model, reading, stage, group, total, shift))
    return Explanation(stages=tuple(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text as the model reads it: its tokens with where they stand, its measures, the rules that hold."""

    spans: tuple[tuple[str, int, int], ...]
    measures: tuple[float, ...]
    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParts:
    """What adds to a row's decision; by token, by measure and by rule."""

    base: float
    tokens: tuple[float, ...]
    measures: tuple[float, ...]
    rules: tuple[float, ...]


def read(model: "LinearTextModel", text: str) -> Reading:
    """Read a text, keeping in mind where its tokens stand."""
    spans: list[tuple[str, int, int]] = []
    hidden: list[tuple[str, int, int]] = []
    chunks = [
        (found, facts)
        for found in RAW_CHUNK.finditer(text[: model.document.longest])
        if (facts := model.chunk_facts(found[0])).tokens
    ]
    for found, facts in chunks:
        spans += spans_of_tokens(found[0], found.start())
        if facts.hidden:
            hidden.append((facts.hidden, found.start(), found.end()))
    if model.document.disguises.words:
        singles = "".join([facts.single for _, facts in chunks])
        for word, first, end in model.document.disguises.in_runs(singles):
            hidden.append((word, chunks[first][0].start(), chunks[end - 1][0].end()))
    reading = model.read(text)
    return Reading(
        spans=tuple(spans + hidden),
        measures=reading.measures,
        rules=tuple(model.holding(reading.conditions)),
    )


def explain_row(model: "LinearTextModel", place: int, reading: Reading) -> RowParts:
    """Return what adds to a row's decision."""
    row = model.rows[place]
    tokens = [token for token, _, _ in reading.spans]
    values = [0.0] * len(tokens)
    for terms in model.terms:
        parts = list(terms.parts(tokens))
        norm = math.sqrt(sum(part[0] for _, _, part in parts)) or 1.0
        for first, length, part in parts:
            for token in range(first, first + length):
                values[token] += part[place + 1] / norm / length
    used = dict(zip(MEASURES, reading.measures, strict=True))
    names, coefficients = model.document.measures, row.coefficients["measures"]
    return RowParts(
        base=row.intercept,
        tokens=tuple(values),
        measures=tuple(c * used[name] for name, c in zip(names, coefficients, strict=True)),
        rules=tuple(row.coefficients["rules"][rule] for rule in reading.rules),
    )


def shares_of_rows(stage: Stage) -> Iterator[tuple[int, list[float]]]:
    """Yield the groups to speak for, with the share of each row: its own less the mean of the others."""
    count = len(stage.rows)
    if count == 1:
        yield 1, [1.0]
        return
    for group in range(count):
        yield group, [1.0 if row == group else -1.0 / (count - 1) for row in range(count)]


def mix(rows: Sequence[RowParts], shares: Sequence[float]) -> RowParts:
    """Return the sum of rows, each times its share."""
    return RowParts(
        base=sum(share * row.base for row, share in zip(rows, shares, strict=True)),
        tokens=weighed([row.tokens for row in rows], shares),
        measures=weighed([row.measures for row in rows], shares),
        rules=weighed([row.rules for row in rows], shares),
    )


def weighed(columns: Sequence[Sequence[float]], shares: Sequence[float]) -> tuple[float, ...]:
    """Return the sum of lists of equal length, each times its share."""
    return tuple(sum(map(mul, shares, values)) for values in zip(*columns, strict=True))


def assemble(
    model: "LinearTextModel", reading: Reading, stage: Stage, group: int, parts: RowParts, shift: float
) -> StageExplanation:
    """Give the parts of a score their names and places."""
    document = model.document
    held = [document.rules[place] for place in reading.rules]
    base = parts.base + shift
    return StageExplanation(
        name=stage.name,
        group=stage.groups[group],
        score=base + sum(parts.tokens) + sum(parts.measures) + sum(parts.rules),
        base=base,
        spans=tuple(
            Span(start=start, end=end, token=token, value=value)
            for (token, start, end), value in zip(reading.spans, parts.tokens, strict=True)
        ),
        measures=tuple(
            Part(name=name, title=TITLES[name], value=value)
            for name, value in zip(document.measures, parts.measures, strict=True)
        ),
        rules=tuple(
            Part(name=rule.name, title=rule.title, value=value)
            for rule, value in zip(held, parts.rules, strict=True)
        ),
    )
