"""Which conditions a token fits, as bits, found without asking each condition."""

from collections.abc import Mapping
from dataclasses import dataclass

from outclass.inference.linear_text.document import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of a model; bit `n` stands for the n-th.

    Parameters
    ----------
    words
        The bits of conditions that name a word.
    starts, digits
        Each other condition with its bit.
    """

    words: Mapping[str, int]
    starts: tuple[tuple[int, tuple[str, ...]], ...]
    digits: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, given: Mapping[str, Condition]) -> "Conditions":
        """Prepare conditions, in their order."""
        words: dict[str, int] = {}
        pairs = [(1 << place, condition) for place, condition in enumerate(given.values())]
        for bit, condition in pairs:
            for word in condition.words:
                words[word] = words.get(word, 0) | bit
        return cls(
            words=words,
            starts=tuple((bit, condition.starts) for bit, condition in pairs if condition.starts),
            digits=tuple((bit, *condition.digits) for bit, condition in pairs if condition.digits),
        )

    def of_token(self, token: str) -> int:
        """Return the bits of the conditions that a token fits."""
        found = self.words.get(token, 0)
        for bit, starts in self.starts:
            if token.startswith(starts):
                found |= bit
        if self.digits and not token.strip("0"):
            for bit, least, most in self.digits:
                if least <= len(token) <= most:
                    found |= bit
        return found
