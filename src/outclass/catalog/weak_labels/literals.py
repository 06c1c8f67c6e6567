"""Texts that a pattern cannot match without: found by one automaton, they spare patterns most of the texts.

A small parser of the dialect that knows what it does not know: for a pattern with anything unusual it answers
that nothing is needed, and that pattern is tried on every text.
"""

import re
from dataclasses import dataclass

MOST = 48
"""Most texts that stand for one pattern; with more, the automaton costs what it spares."""
SHORTEST = 3
"""Shortest text worth looking for: shorter ones are found nearly everywhere."""
LONGEST = 24
CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
ZERO_WIDTH = frozenset("bBAz<>")
CLASSES = frozenset("dDwWsS")
REPEAT = re.compile(r"\{(\d+)(,?)(\d*)\}")
GROUP = re.compile(r"\?(?:P?<[A-Za-z_][A-Za-z0-9_]*>|[imsuU-]*:)")
FLAGS = re.compile(r"\(\?[imsuU-]+\)")
PROPERTY = re.compile(r"\\[pP](?:\{[^{}]*\}|[A-Za-z])")

Texts = frozenset[str]


class _UnusualError(Exception):
    """Something that this parser does not read."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is known of a part of a pattern, in lower case.

    Attributes
    ----------
    exact
        All texts that it matches, or None where these are too many or unknown.
    needed
        Texts of which every match holds at least one, or None.
    """

    exact: Texts | None
    needed: Texts | None = None

    def best(self) -> Texts | None:
        """Return the texts to look for."""
        return self.exact if self.exact and _worth(self.exact) else self.needed


NOTHING = _Piece(frozenset([""]))
ANYTHING = _Piece(None)


def required_literals(pattern: str) -> Texts:
    r"""Return texts in lower case of which every match of a pattern holds at least one; none if unknown.

    The text that is searched must be folded by `fold` first; only ASCII is looked at, as the case of other
    letters is a matter of its own.

    >>> sorted(required_literals(r"(?i)\b(?:One[- ]?time|OTP)\s+\d+"))
    ['one time', 'one-time', 'onetime', 'otp']
    """
    try:
        found = _Parser(pattern).whole().best()
    except (_UnusualError, RecursionError):
        return frozenset()
    return frozenset(text[:LONGEST] for text in found) if found else frozenset()


def fold(letter: str) -> str:
    """Return an ASCII letter in lower case, any other as it is."""
    return letter.lower() if letter.isascii() else letter


def _worth(texts: Texts) -> bool:
    """Tell whether looking for texts spares more than it costs."""
    return len(texts) <= MOST and min(map(len, texts)) >= SHORTEST


def _better(first: Texts | None, second: Texts | None) -> Texts | None:
    """Return which of two needed sets is rarer: the one with the longer texts, then the smaller."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=lambda texts: (min(map(len, texts)), -len(texts)))


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def whole(self) -> _Piece:
        """Read everything."""
        found = self.alternatives()
        if self.at < len(self.text):
            raise _UnusualError
        return found

    def alternatives(self) -> _Piece:
        """Read branches between `|`."""
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        exact: set[str] | None = set()
        needed: set[str] | None = set()
        for branch in branches:
            exact = exact | branch.exact if exact is not None and branch.exact is not None else None
            best = branch.best()
            needed = needed | best if needed is not None and best is not None else None
        fits = exact is not None and len(exact) <= MOST
        return _Piece(
            frozenset(exact) if exact is not None and fits else None,
            frozenset(needed) if needed and _worth(frozenset(needed)) else None,
        )

    def sequence(self) -> _Piece:
        """Read parts one after another; runs of exact ones are joined."""
        run: Texts = frozenset([""])
        whole, needed = True, None
        while self.peek() not in {"", "|", ")"}:
            piece = self.repeated()
            joined = self.join(run, piece.exact)
            if joined is not None:
                run = joined
                continue
            needed = _better(needed, run if _worth(run) else None)
            needed = _better(needed, piece.best())
            # The run begins anew with the piece itself, or after it.
            run, whole = piece.exact if piece.exact is not None else frozenset([""]), False
        if whole:
            return _Piece(run)
        return _Piece(None, _better(needed, run if _worth(run) else None))

    @staticmethod
    def join(run: Texts, exact: Texts | None) -> Texts | None:
        """Return every text of the run followed by every exact one, unless these are too many or too long."""
        if exact is None or len(run) * len(exact) > MOST:
            return None
        joined = frozenset(first + second for first in run for second in exact)
        return joined if max(map(len, joined)) <= 4 * LONGEST else None

    def repeated(self) -> _Piece:
        """Read one part and how often it comes."""
        piece = self.part()
        while True:
            match self.peek():
                case "?":
                    self.at += 1
                    exact = None if piece.exact is None else piece.exact | {""}
                    piece = _Piece(exact)
                case "*":
                    self.at += 1
                    piece = ANYTHING
                case "+":
                    self.at += 1
                    piece = _Piece(None, piece.best())
                case "{":
                    piece = self.counted(piece)
                case _:
                    return piece
            if self.peek() == "?":  # as few as can be: no matter here
                self.at += 1

    def counted(self, piece: _Piece) -> _Piece:
        """Read `{n}`, `{n,}` or `{n,m}` after a part."""
        found = REPEAT.match(self.text, self.at)
        if found is None:
            raise _UnusualError
        self.at = found.end()
        least, most = int(found[1]), int(found[3]) if found[3] else None
        if least == most == 1 or (least == 1 and not found[2]):
            return piece
        return ANYTHING if least == 0 else _Piece(None, piece.best())

    def part(self) -> _Piece:
        """Read one letter, class, escape or group."""
        letter = self.text[self.at]
        match letter:
            case "(":
                return self.group()
            case "[":
                return self.bracket()
            case "\\":
                return self.escape()
            case "." | "^" | "$":
                self.at += 1
                return ANYTHING if letter == "." else NOTHING
            case "*" | "+" | "?" | "{":
                raise _UnusualError
        self.at += 1
        return self.one(letter)

    @staticmethod
    def one(letter: str) -> _Piece:
        """Return the piece of one letter."""
        return _Piece(frozenset([fold(letter)])) if letter.isascii() else ANYTHING

    def group(self) -> _Piece:
        """Read a group, or flags that hold from here on."""
        if flags := FLAGS.match(self.text, self.at):
            self.at = flags.end()
            return NOTHING
        self.at += 1
        if self.peek() == "?":
            opening = GROUP.match(self.text, self.at)
            if opening is None:
                raise _UnusualError
            self.at = opening.end()
        found = self.alternatives()
        if self.peek() != ")":
            raise _UnusualError
        self.at += 1
        return found

    def escape(self) -> _Piece:
        """Read what follows a backslash."""
        if found := PROPERTY.match(self.text, self.at):
            self.at = found.end()
            return ANYTHING
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in ZERO_WIDTH and letter:
            if self.peek() == "{":
                raise _UnusualError
            return NOTHING
        if letter in CLASSES and letter:
            return ANYTHING
        if letter in CONTROL:
            return self.one(CONTROL[letter])
        if not letter or letter.isalnum() or not letter.isascii():
            raise _UnusualError
        return self.one(letter)

    def bracket(self) -> _Piece:
        """Read a class: a short list of letters, else anything."""
        letters: set[str] = set()
        plain = True
        self.at += 1
        if self.peek() == "^":
            self.at += 1
            plain = False
        first = True
        while first or self.peek() != "]":
            letter = self.peek()
            if (
                not letter
                or letter in "[&~"
                or (letter == "-" and self.text[self.at + 1 : self.at + 2] == "-")
            ):
                raise _UnusualError
            plain &= self.member(letters)
            first = False
        self.at += 1
        return _Piece(frozenset(letters)) if plain and 0 < len(letters) <= 8 else ANYTHING

    def member(self, letters: set[str]) -> bool:
        """Read one letter or range of a class; return whether it is one ASCII letter, which is noted."""
        listed = True
        if self.text[self.at] == "\\":
            piece = self.escape()
            listed = piece.exact is not None and piece is not NOTHING
            letters |= piece.exact or frozenset()
        else:
            listed = self.text[self.at].isascii()
            letters.add(fold(self.text[self.at]))
            self.at += 1
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in {"]", ""}:
            return listed
        self.at += 1
        if self.peek() == "\\":
            self.escape()
        else:
            self.at += 1
        return False

    def peek(self) -> str:
        """Return the next letter, or an empty text at the end."""
        return self.text[self.at : self.at + 1]
