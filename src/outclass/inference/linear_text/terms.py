"""The blocks of a model ready to be asked: terms by key, and products of idf and coefficient."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter, mul

from outclass.inference.linear_text.document import Block, BlockKind, Row, TermFrequency

WEIGHTS: Mapping[TermFrequency, Callable[[int], float]] = {
    TermFrequency.BINARY: lambda _: 1.0,
    TermFrequency.COUNT: float,
    TermFrequency.LOG: lambda count: 1.0 + math.log(count),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One block.

    Parameters
    ----------
    places
        The place of each term: of words by the tuple of their tokens, or the only token; of
        characters by the string.
    squares, products
        For each term idf squared, and for each row idf times coefficient.
    """

    block: Block
    places: Mapping[str | tuple[str, ...], int]
    squares: tuple[float, ...]
    products: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, block: Block, rows: Sequence[Row]) -> "Terms":
        """Prepare a block for these rows."""
        keys: Iterable[str | tuple[str, ...]] = block.terms
        if block.kind is BlockKind.WORDS:
            keys = (tuple(term.split(" ")) if " " in term else term for term in block.terms)
        return cls(
            block=block,
            places={key: place for place, key in enumerate(keys)},
            squares=tuple(idf * idf for idf in block.idf),
            products=tuple(tuple(map(mul, block.idf, row.coefficients[block.name])) for row in rows),
        )

    def of_token(self, token: str) -> tuple[int, ...]:
        """Return the places of the character n-grams of a token, as often as they occur."""
        if self.block.kind is BlockKind.WORDS:
            return ()
        padded = f" {token} "
        find, end = self.places.get, len(padded) + 1
        found = [
            find(padded[start : start + n])
            for n in range(self.block.least, min(self.block.most + 1, end))
            for start in range(end - n)
        ]
        return tuple([place for place in found if place is not None])

    def of_tokens(self, tokens: Sequence[str]) -> "chain[int | None]":
        """Return the places of the word n-grams of a text, as often as they occur, None for others."""
        find = self.places.get
        return chain.from_iterable(
            map(find, tokens)
            if n == 1
            else map(find, zip(*[tokens[skip:] for skip in range(n)], strict=False))
            for n in range(self.block.least, self.block.most + 1)
        )

    def dots(self, found: Iterable[int | None]) -> list[float]:
        """Return for each row what the terms that were found add to its decision."""
        if self.block.tf is not TermFrequency.BINARY:
            return self._dots_of_counts(Counter(found))
        places: Collection[int | None] = found if isinstance(found, set) else set(found)
        if None in places:
            places.discard(None)  # type: ignore[attr-defined] # a set
        if len(places) < 2:  # the getter of one place gives no tuple
            return self._dots_of_counts(Counter(places))
        get = itemgetter(*places)
        norm = math.sqrt(sum(get(self.squares)))
        if not norm:
            return [0.0] * len(self.products)
        return [sum(get(product)) / norm for product in self.products]

    def _dots_of_counts(self, counts: "Counter[int | None]") -> list[float]:
        """Do the same where terms weigh by how often they occur."""
        weights = self.weights(counts)
        norm = self.norm(weights)
        if not norm:
            return [0.0] * len(self.products)
        return [
            sum(product[place] * weight for place, weight in weights.items()) / norm
            for product in self.products
        ]

    def weights(self, counts: "Counter[int | None] | Counter[int]") -> dict[int, float]:
        """Return the weight of each term that occurs, without its idf."""
        weigh = WEIGHTS[self.block.tf]
        return {place: weigh(count) for place, count in counts.items() if place is not None}

    def norm(self, weights: Mapping[int, float]) -> float:
        """Return the norm of the block for terms of these weights."""
        return math.sqrt(sum(self.squares[place] * weight * weight for place, weight in weights.items()))
