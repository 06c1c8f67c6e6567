"""The blocks of a model ready to be asked: each term with what it adds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outclass.inference.linear_text.document import Block, BlockKind, Row

Values = tuple[float, ...]
"""The square of the norm first, then the decision of each row; sums over occurrences of terms."""
Key = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One block.

    Parameters
    ----------
    block
        As the file gives it.
    values
        What each term adds. Terms of words are known by the tuple of their tokens, or the only token.
    nothing
        What no term adds.
    """

    block: Block
    values: Mapping[Key, Values]
    nothing: Values

    @classmethod
    def of(cls, block: Block, rows: Sequence[Row]) -> "Terms":
        """Prepare a block for these rows."""
        columns = [row.coefficients[block.name] for row in rows]
        words = block.kind is BlockKind.WORDS
        values: dict[Key, Values] = {}
        for term, idf, *coefficients in zip(block.terms, block.idf, *columns, strict=True):
            key = tuple(term.split(" ")) if words and " " in term else term
            values[key] = (idf * idf, *[idf * coefficient for coefficient in coefficients])
        return cls(block=block, values=values, nothing=(0.0,) * (len(rows) + 1))

    def of_token(self, token: str) -> Values:
        """Return what a token adds by itself: the word, or all its n-grams of characters."""
        find = self.values.get
        if self.block.kind is BlockKind.WORDS:
            return find(token, self.nothing) if self.block.least == 1 else self.nothing
        padded = f" {token} "
        end = len(padded) + 1
        grams = [
            padded[start : start + n]
            for n in range(self.block.least, min(self.block.most + 1, end))
            for start in range(end - n)
        ]
        found = list(filter(None, map(find, grams)))
        return tuple(map(sum, zip(*found, strict=True))) if found else self.nothing

    def of_tokens(self, tokens: Sequence[str]) -> Values:
        """Return what n-grams of several tokens of a text add."""
        if self.block.kind is BlockKind.CHARACTERS:
            return self.nothing
        find = self.values.get
        found: list[Values] = []
        for n in range(max(2, self.block.least), self.block.most + 1):
            grams = zip(*[tokens[skip:] for skip in range(n)], strict=False)
            found += filter(None, map(find, grams))
        return tuple(map(sum, zip(*found, strict=True))) if found else self.nothing

    def parts(self, tokens: Sequence[str]) -> Iterator[tuple[int, int, Values]]:
        """Yield first token, number of tokens and what they add, for each token and n-gram of several."""
        for at, token in enumerate(tokens):
            yield at, 1, self.of_token(token)
        if self.block.kind is BlockKind.WORDS:
            for n in range(max(2, self.block.least), self.block.most + 1):
                for at in range(len(tokens) - n + 1):
                    if (values := self.values.get(tuple(tokens[at : at + n]))) is not None:
                        yield at, n, values
