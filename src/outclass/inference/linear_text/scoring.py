"""Log probabilities of texts by a linear model, quick without arrays: what a chunk adds is remembered."""

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain
from operator import add, mul, or_
from typing import NamedTuple, Self, TypeVar

from outclass.inference.linear_text import explaining
from outclass.inference.linear_text.document import (
    BlockKind,
    Row,
    Stage,
    TermFrequency,
    TextModelDocument,
    read_document,
)
from outclass.inference.linear_text.explaining import Explanation
from outclass.inference.linear_text.folding import fold, mask, split_tokens
from outclass.inference.linear_text.measures import MEASURES, Counts, count, measures_of, total
from outclass.inference.linear_text.terms import Terms

REMEMBERED = 16_384
"""So many different chunks and tokens are remembered."""
LONG_CHUNK = 48
"""Longer chunks hardly come again."""

Places = tuple[int, ...]
K = TypeVar("K")
V = TypeVar("V")


class TokenFacts(NamedTuple):
    """What is known of a token: the conditions that it fits, and its terms in each block of characters."""

    conditions: int
    places: tuple[Places, ...]


class ChunkFacts(NamedTuple):
    """What is known of a chunk; `single` and `hidden` say what it shows of a disguise."""

    tokens: tuple[str, ...]
    conditions: int
    places: tuple[Places, ...]
    counts: Counts
    single: str
    hidden: str | None


class Reading(NamedTuple):
    """What the model sees of a text: tokens, conditions that hold, terms by chunk, measures."""

    tokens: list[str]
    conditions: int
    places: Sequence[tuple[Places, ...]]
    measures: tuple[float, ...]


NOTHING = ChunkFacts((), 0, (), Counts(), "", None)


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
        self._characters = [terms for terms in self.terms if terms.block.kind is BlockKind.CHARACTERS]
        self._measures = [measure_coefficients(document, row) for row in self.rows]
        bits = {name: 1 << place for place, name in enumerate(document.conditions)}
        self._conditions = [(bits[name], condition) for name, condition in document.conditions.items()]
        self._needs = [
            (sum(bits[name] for name in rule.all), sum(bits[name] for name in rule.none))
            for rule in document.rules
        ]
        self._paths = [path_to(name, document.stages) for name in document.classes]
        self._tokens: dict[str, TokenFacts] = {}
        self._chunks: dict[str, ChunkFacts] = {}
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
        return self._add_terms(start, reading)

    def read(self, text: str) -> Reading:
        """Return what the model sees of a text."""
        known = self._chunks
        chunks = [known.get(raw) or self._learn_chunk(raw) for raw in text[: self.document.longest].split()]
        parts, masks, places, counts, singles, hidden = zip(*(chunks or [NOTHING]), strict=True)
        tokens: list[str] = list(chain.from_iterable(parts))
        conditions: int = reduce(or_, masks)
        added = self.disguised(hidden, singles)
        if added:
            facts = [self.token_facts(word) for word in added]
            tokens += added
            conditions = reduce(or_, [each.conditions for each in facts], conditions)
            places = (*places, *[each.places for each in facts])
        return Reading(tokens, conditions, places, measures_of(total(counts), len(added)))

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
            fitting = [bit for bit, condition in self._conditions if condition.fits(token)]
            facts = TokenFacts(sum(fitting), tuple([terms.of_token(token) for terms in self._characters]))
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
        """Work out what a raw chunk adds; a number that was seen with other digits is known."""
        folded = fold(raw)
        masked = mask(folded)
        tokens = split_tokens(masked)
        disguises = self.document.disguises
        facts = [self.token_facts(token) for token in tokens]
        result = ChunkFacts(
            tokens=tuple(tokens),
            conditions=reduce(or_, [each.conditions for each in facts], 0),
            places=tuple(
                tuple(chain.from_iterable([each.places[block] for each in facts]))
                for block in range(len(self._characters))
            ),
            counts=count(folded, tokens),
            single=disguises.single(folded) if folded else "",
            hidden=disguises.in_chunk(folded),
        )
        if len(raw) <= LONG_CHUNK:
            remember(self._chunks, raw, result)
        return result

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

    def _add_terms(self, start: list[float], reading: Reading) -> list[float]:
        """Add what the n-grams of a text add to each row."""
        known = [each for each in reading.places if each]
        columns = iter(zip(*known, strict=True) if known else [()] * len(self._characters))
        for terms in self.terms:
            found: Iterable[int | None]
            if terms.block.kind is BlockKind.WORDS:
                found = terms.of_tokens(reading.tokens)
            elif terms.block.tf is TermFrequency.BINARY:
                found = set().union(*next(columns))
            else:
                found = chain.from_iterable(next(columns))
            start = list(map(add, start, terms.dots(found)))
        return start

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


def measure_coefficients(document: TextModelDocument, row: Row) -> tuple[float, ...]:
    """Return a coefficient for every measure there is, 0 for those that the model does not use."""
    given = dict(zip(document.measures, row.coefficients["measures"], strict=True))
    return tuple(given.get(name, 0.0) for name in MEASURES)


def remember(memory: dict[K, V], key: K, value: V) -> None:
    """Keep a value; when the memory is full, all is forgotten."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
