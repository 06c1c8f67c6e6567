"""Log probabilities of texts by a linear model, quick without arrays: what a chunk adds is remembered."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import chain
from operator import add, mul, or_
from typing import NamedTuple, Self, TypeVar

from outclass.inference.linear_text import explaining
from outclass.inference.linear_text.conditions import Conditions
from outclass.inference.linear_text.document import (
    Row,
    Stage,
    TextModelDocument,
    read_document,
)
from outclass.inference.linear_text.explaining import Explanation
from outclass.inference.linear_text.folding import fold, mask, split_tokens
from outclass.inference.linear_text.measures import MEASURES, count, measures_of
from outclass.inference.linear_text.terms import Terms, Values

REMEMBERED = 16_384
"""So many different chunks and tokens are remembered."""
LONG_CHUNK = 48
"""Longer chunks hardly come again."""

K = TypeVar("K")
V = TypeVar("V")


class TokenFacts(NamedTuple):
    """What is known of a token: the conditions that it fits, and what it adds in each block, in a row."""

    conditions: int
    sums: Values


class ChunkFacts(NamedTuple):
    """What is known of a chunk.

    `sums` holds what its tokens add in each block, then its counts; `single` and `hidden` say what it shows
    of a disguise.
    """

    tokens: tuple[str, ...]
    conditions: int
    sums: Values
    number: int
    single: str
    hidden: str | None


class Reading(NamedTuple):
    """What the model sees of a text: tokens, conditions that hold, what tokens add, measures."""

    tokens: list[str]
    conditions: int
    sums: list[float]
    measures: tuple[float, ...]


class LinearTextModel:
    """Answers for texts; made by `parse`, safe to use from many threads.

    Parameters
    ----------
    document
        What `model.json` says.
    """

    def __init__(self, document: TextModelDocument) -> None:
        self.document = document
        self.rows: tuple[Row, ...] = tuple(row for stage in document.stages for row in stage.rows)
        self.terms = tuple(Terms.of(block, self.rows) for block in document.blocks)
        self._width = len(self.terms) * (len(self.rows) + 1)
        self._measures = [measure_coefficients(document, row) for row in self.rows]
        bits = {name: 1 << place for place, name in enumerate(document.conditions)}
        self._conditions = Conditions.of(document.conditions)
        self._needs = [
            (sum(bits[name] for name in rule.all), sum(bits[name] for name in rule.none))
            for rule in document.rules
        ]
        self._paths = [path_to(name, document.stages) for name in document.classes]
        self._tokens: dict[str, TokenFacts] = {}
        self._chunks: dict[str, ChunkFacts] = {}
        self._nothing = self._learn_chunk("")
        self._rules: dict[int, list[float]] = {}

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read the bytes of a `model.json`.

        Raises
        ------
        RegistryError
            It is not a model of this format.
        """
        return cls(read_document(content))

    def forget_terms(self) -> Self:
        """Drop what only a writer needs, as what terms add is laid out already; return itself.

        The lists of terms, their frequencies and coefficients take as much memory as all the rest.
        """
        self.document = without_terms(self.document)
        self.rows = tuple(row for stage in self.document.stages for row in stage.rows)
        self.terms = tuple(
            replace(terms, block=block) for terms, block in zip(self.terms, self.document.blocks, strict=True)
        )
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes, in the order of the logits."""
        return self.document.classes

    def logits(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the log probability of each class for each text."""
        return [self.log_probabilities(self.decisions(text)) for text in texts]

    def explain(self, text: str) -> Explanation:
        """Return what each word, measure and rule adds to the score of each stage."""
        return explaining.explain(self, text)

    def decisions(self, text: str) -> list[float]:
        """Return the decision of every row of every stage, in order, before calibration."""
        reading = self.read(text)
        start = [
            sum(map(mul, row, reading.measures), base)
            for base, row in zip(self._of_rules(reading.conditions), self._measures, strict=True)
        ]
        place, width = 0, len(self.rows) + 1
        for terms in self.terms:
            sums = map(add, reading.sums[place : place + width], terms.of_tokens(reading.tokens))
            place += width
            square, *dots = sums
            if square:
                norm = math.sqrt(square)
                start = [total + dot / norm for total, dot in zip(start, dots, strict=True)]
        return start

    def is_empty(self, text: str) -> bool:
        """Tell whether the model sees nothing of a text: all of it folds away, such as accents on nothing."""
        return not any(map(fold, text[: self.document.longest].split()))

    def read(self, text: str) -> Reading:
        """Return what the model sees of a text."""
        known = self._chunks
        chunks = [known.get(raw) or self._learn_chunk(raw) for raw in text[: self.document.longest].split()]
        parts, masks, columns, numbers, singles, hidden = zip(*(chunks or [self._nothing]), strict=True)
        tokens: list[str] = list(chain.from_iterable(parts))
        conditions: int = reduce(or_, masks)
        sums: list[float] = list(map(sum, zip(*columns, strict=True)))
        added = self.disguised(hidden, singles)
        counts = sums[self._width :]
        for word in added:
            facts = self.token_facts(word)
            tokens.append(word)
            conditions |= facts.conditions
            sums = list(map(add, sums, facts.sums))
        return Reading(tokens, conditions, sums, measures_of(counts, max(numbers), len(added)))

    def disguised(self, hidden: Iterable[str | None], singles: Iterable[str]) -> list[str]:
        """Return the tokens that are added to a text whose chunks show this."""
        if not self.document.disguises.words:
            return []
        runs = self.document.disguises.in_runs("".join(singles))
        return [word for word in hidden if word] + [word for word, _, _ in runs]

    def token_facts(self, token: str) -> TokenFacts:
        """Return what is known of a token."""
        facts = self._tokens.get(token)
        if facts is None:
            sums: Values = ()
            for terms in self.terms:
                sums += terms.of_token(token)
            facts = TokenFacts(self._conditions.of_token(token), sums)
            if len(token) <= LONG_CHUNK:
                remember(self._tokens, token, facts)
        return facts

    def conditions_of(self, tokens: Iterable[str]) -> int:
        """Return the conditions that at least one of these tokens fits, as bits."""
        return reduce(or_, [self.token_facts(token).conditions for token in tokens], 0)

    def holding(self, conditions: int) -> list[int]:
        """Return the places of the rules that hold."""
        return [
            place
            for place, (needed, forbidden) in enumerate(self._needs)
            if conditions & needed == needed and not conditions & forbidden
        ]

    def chunk_facts(self, raw: str) -> ChunkFacts:
        """Return what is known of a raw chunk."""
        return self._chunks.get(raw) or self._learn_chunk(raw)

    def _learn_chunk(self, raw: str) -> ChunkFacts:
        """Work out what a raw chunk adds, and remember it."""
        facts = self._plain_word(raw) if raw.isascii() and raw.isalpha() else self._any_chunk(raw)
        if len(raw) <= LONG_CHUNK:
            remember(self._chunks, raw, facts)
        return facts

    def _plain_word(self, raw: str) -> ChunkFacts:
        """Work out what a chunk of ASCII letters adds: the common case, which needs little."""
        token = raw.lower()
        facts = self.token_facts(token)
        size = len(raw)
        capitals = 0 if raw == token else sum(map(str.isupper, raw))
        sums = (*facts.sums, size, size, capitals, 0, 0, 0, 0, 0)
        return ChunkFacts((token,), facts.conditions, sums, 0, token if size == 1 else " ", None)

    def _any_chunk(self, raw: str) -> ChunkFacts:
        """Work out what a raw chunk adds."""
        folded = fold(raw)
        tokens = split_tokens(mask(folded))
        disguises = self.document.disguises
        facts = [self.token_facts(token) for token in tokens]
        nothing = (0.0,) * self._width
        counts, number = count(folded, tokens)
        return ChunkFacts(
            tokens=tuple(tokens),
            conditions=reduce(or_, [each.conditions for each in facts], 0),
            sums=(*map(sum, zip(nothing, *[each.sums for each in facts], strict=True)), *counts),
            number=number,
            single=disguises.single(folded) if folded else "",
            hidden=disguises.in_chunk(folded),
        )

    def _of_rules(self, conditions: int) -> list[float]:
        """Return for each row its intercept and what the rules that hold add."""
        found = self._rules.get(conditions)
        if found is None:
            places = self.holding(conditions)
            found = [
                row.intercept + sum(row.coefficients["rules"][place] for place in places) for row in self.rows
            ]
            remember(self._rules, conditions, found)
        return found

    def log_probabilities(self, decisions: Sequence[float]) -> list[float]:
        """Return the log probabilities of the classes."""
        shares: list[list[float]] = []
        place = 0
        for stage in self.document.stages:
            scores = stage_scores(stage, decisions[place : place + len(stage.rows)])
            place += len(stage.rows)
            shares.append(log_softmax(scores))
        return [sum([shares[stage][group] for stage, group in path]) for path in self._paths]


def stage_scores(stage: Stage, decisions: Sequence[float]) -> list[float]:
    """Return the calibrated score of each group of a stage."""
    scores = [stage.scale * d + offset for d, offset in zip(decisions, stage.offsets, strict=True)]
    return scores if len(scores) > 1 else [0.0, *scores]


def log_softmax(scores: Sequence[float]) -> list[float]:
    """Return the logarithms of the shares that scores stand for."""
    largest = max(scores)
    total = largest + math.log(sum([math.exp(score - largest) for score in scores]))
    return [score - total for score in scores]


def path_to(name: str, stages: Sequence[Stage]) -> list[tuple[int, int]]:
    """Return the stages and groups that lead to a class."""
    return [
        (place, group)
        for place, stage in enumerate(stages)
        for group, members in enumerate(stage.groups)
        if name in members
    ]


def without_terms(document: TextModelDocument) -> TextModelDocument:
    """Return a document without the terms of its blocks, and without their coefficients."""
    names = {block.name for block in document.blocks}
    stages = tuple(
        replace(
            stage,
            rows=tuple(
                replace(
                    row,
                    coefficients={n: given for n, given in row.coefficients.items() if n not in names},
                )
                for row in stage.rows
            ),
        )
        for stage in document.stages
    )
    blocks = tuple(replace(block, terms=(), idf=()) for block in document.blocks)
    return replace(document, blocks=blocks, stages=stages)


def measure_coefficients(document: TextModelDocument, row: Row) -> tuple[float, ...]:
    """Return a coefficient for every measure there is, 0 for those that the model does not use."""
    given = dict(zip(document.measures, row.coefficients["measures"], strict=True))
    return tuple(given.get(name, 0.0) for name in MEASURES)


def remember(memory: dict[K, V], key: K, value: V) -> None:
    """Keep a value; when the memory is full, all is forgotten."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
