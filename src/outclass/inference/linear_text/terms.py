"""The blocks of a model ready to be asked: each term with what it adds."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outclass.inference.linear_text.document import Block, BlockKind, Row

Values = tuple[float, ...]
"""The square of the norm first, then the decision of each row; sums over occurrences of terms."""
Key = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One block.

    What terms add lies in arrays of numbers, a third of the memory of a tuple for each.

    Parameters
    ----------
    block
        As the file gives it.
    places
        Where each term is in the columns, from 1 on: at 0 is what no term adds, nothing. Terms of words are
        known by the tuple of their tokens, or the only token.
    columns
        What terms add, a column for each number of `Values`.
    nothing
        What no term adds.
    """

    block: Block
    places: Mapping[Key, int]
    columns: tuple["array[float]", ...]
    nothing: Values

    @classmethod
    def of(cls, block: Block, rows: Sequence[Row]) -> "Terms":
        """Prepare a block for these rows."""
        words = block.kind is BlockKind.WORDS
        keys = (tuple(term.split(" ")) if words and " " in term else term for term in block.terms)
        found: list[list[float]] = [[idf * idf for idf in block.idf]]
        for row in rows:
            given = row.coefficients[block.name]
            found.append([idf * one for idf, one in zip(block.idf, given, strict=True)])
        return cls(
            block=block,
            places={key: place for place, key in enumerate(keys, start=1)},
            columns=tuple(array("d", (0.0, *column)) for column in found),
            nothing=(0.0,) * len(found),
        )

    def of_token(self, token: str) -> Values:
        """Return what a token adds by itself: the word, or all its n-grams of characters."""
        find = self.places.get
        if self.block.kind is BlockKind.WORDS:
            place = find(token) if self.block.least == 1 else None
            return self.nothing if place is None else self._at(place)
        padded = f" {token} "
        end = len(padded) + 1
        grams = [
            padded[start : start + n]
            for n in range(self.block.least, min(self.block.most + 1, end))
            for start in range(end - n)
        ]
        return self._sums(list(filter(None, map(find, grams))))

    def of_tokens(self, tokens: Sequence[str]) -> Values:
        """Return what n-grams of several tokens of a text add."""
        if self.block.kind is BlockKind.CHARACTERS:
            return self.nothing
        find = self.places.get
        found: list[int] = []
        for n in range(max(2, self.block.least), self.block.most + 1):
            grams = zip(*[tokens[skip:] for skip in range(n)], strict=False)
            found += filter(None, map(find, grams))
        return self._sums(found)

    def parts(self, tokens: Sequence[str]) -> Iterator[tuple[int, int, Values]]:
        """Yield first token, number of tokens and what they add, for each token and n-gram of several."""
        for at, token in enumerate(tokens):
            yield at, 1, self.of_token(token)
        if self.block.kind is BlockKind.WORDS:
            for n in range(max(2, self.block.least), self.block.most + 1):
                for at in range(len(tokens) - n + 1):
                    if (place := self.places.get(tuple(tokens[at : at + n]))) is not None:
                        yield at, n, self._at(place)

    def _at(self, place: int) -> Values:
        """Return what the term at a place adds."""
        return tuple([column[place] for column in self.columns])

    def _sums(self, places: list[int]) -> Values:
        """Return what the terms at some places add together."""
        if len(places) < 2:
            return self._at(places[0]) if places else self.nothing
        return tuple([sum([column[place] for place in places]) for column in self.columns])
