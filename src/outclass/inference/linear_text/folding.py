"""From a text to tokens: whitespace, what is ignored, decomposition, lower case, masked digits, disguises."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

IGNORED = (
    (0x0000, 0x0008),
    (0x000E, 0x001B),
    (0x007F, 0x0084),
    (0x0086, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    (0x1F3FB, 0x1F3FF),
    (0xE0000, 0xE0FFF),
)
"""Code points that give nothing: controls, what has no width or turns the direction, variants, skin tones."""
ACCENTS = ("\u0300", "\u036f")
LEAST_RUN = 3
"""So many single letters in a row may be a word that is spaced out."""
COMMON = 8192
"""Code points of which the form is remembered."""

PLAIN = re.compile(r"[!-~]*")
DIGITS = str.maketrans("123456789", "000000000")
SIGNS = "".join(chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum())
ASCII_TOKENS = re.compile(r"[a-z0]+|[^a-z0]")
HIDDEN_RUN = re.compile(rf"[a-z]{{{LEAST_RUN},}}")
SMALL = re.compile(r"[a-z]+")


def is_ignored(character: str) -> bool:
    """Tell whether a code point gives nothing."""
    code = ord(character)
    return any(first <= code <= last for first, last in IGNORED)


@lru_cache(COMMON)
def fold_character(character: str) -> str:
    """Return what a code point becomes, with its case and ASCII digits kept."""
    if is_ignored(character):
        return ""
    return "".join(
        "0" if unicodedata.category(x) == "Nd" and not x.isascii() else x
        for x in unicodedata.normalize("NFKD", character)
        if not (is_ignored(x) or x.isspace() or ACCENTS[0] <= x <= ACCENTS[1])
    )


def fold(raw: str) -> str:
    """Fold a raw chunk, which holds no whitespace.

    >>> fold("\uff26re\u200be\u0301")
    'Free'
    """
    return raw if PLAIN.fullmatch(raw) else "".join(map(fold_character, raw))


@lru_cache(COMMON)
def lower_character(character: str) -> str:
    """Return the lower case of a code point where it is one code point, else itself."""
    small = character.lower()
    return small if len(small) == 1 else character


def lower(text: str) -> str:
    """Lower each code point for itself."""
    return text.lower() if text.isascii() else "".join(map(lower_character, text))


@lru_cache(COMMON)
def is_of_word(character: str) -> bool:
    """Tell whether a code point is a letter, mark or number."""
    return unicodedata.category(character)[0] in "LMN"


def mask(chunk: str) -> str:
    """Return a folded chunk lowered, each digit as 0."""
    return lower(chunk).translate(DIGITS)


def split_tokens(masked: str) -> list[str]:
    """Part a masked chunk into words and single symbols.

    >>> split_tokens("now!!")
    ['now', '!', '!']
    """
    if masked.isascii():
        return ASCII_TOKENS.findall(masked)
    tokens: list[str] = []
    inside = False
    for character in masked:
        of_word = is_of_word(character)
        if of_word and inside:
            tokens[-1] += character
        else:
            tokens.append(character)
        inside = of_word
    return tokens


def spans_of_tokens(raw: str, start: int) -> list[tuple[str, int, int]]:
    """Return each token of a raw chunk with the code points of the text that it reaches over."""
    parts = [(x, start + place) for place, c in enumerate(raw) for x in fold_character(c)]
    spans: list[tuple[str, int, int]] = []
    inside = False
    for character, place in parts:
        small = mask(character)
        of_word = is_of_word(small)
        if of_word and inside:
            token, first, _ = spans[-1]
            spans[-1] = (token + small, first, place + 1)
        else:
            spans.append((small, place, place + 1))
        inside = of_word
    return spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguises:
    """Which words are looked for where letters are replaced or parted.

    Parameters
    ----------
    letters
        The letter that a code point stands for.
    joiners
        Code points that part letters.
    words
        What is looked for.
    """

    letters: Mapping[str, str]
    joiners: frozenset[str]
    words: frozenset[str]

    def in_chunk(self, folded: str) -> str | None:
        """Return the word that a folded chunk hides, or None.

        >>> some = Disguises(letters={"3": "e"}, joiners=frozenset("."), words=frozenset({"free"}))
        >>> some.in_chunk("FR33!"), some.in_chunk("(fr.ee)"), some.in_chunk("free!")
        ('free', 'free', None)
        """
        if not self.words:
            return None
        trimmed = trim(lower(folded))
        if trimmed.isascii() and (not trimmed or trimmed.isalpha()):
            return None
        shown = "".join([self.letters.get(x, x) for x in trimmed])
        plain = "".join([x for x in shown if x not in self.joiners])
        return plain if plain in self.words else None

    def single(self, folded: str) -> str:
        """Return the letter that a chunk of one code point stands for, or a space."""
        if len(folded) != 1:
            return " "
        small = lower(folded)
        letter = self.letters.get(small, small)
        return letter if SMALL.fullmatch(letter) else " "

    def in_runs(self, singles: str) -> Iterator[tuple[str, int, int]]:
        """Yield words spelled by single chunks, with the first and after the last chunk of each."""
        for run in HIDDEN_RUN.finditer(singles):
            if run[0] in self.words:
                yield run[0], run.start(), run.end()


def trim(text: str) -> str:
    """Drop what is of no word from both ends."""
    if text.isascii():
        return text.strip(SIGNS)
    places = [place for place, character in enumerate(text) if is_of_word(character)]
    return text[places[0] : places[-1] + 1] if places else ""


def tokens_of(text: str, disguises: Disguises, longest: int) -> list[str]:
    """Return the tokens of a text, with the words that were disguised after the last one."""
    chunks = [folded for raw in text[:longest].split() if (folded := fold(raw))]
    tokens = [token for chunk in chunks for token in split_tokens(mask(chunk))]
    tokens += [word for chunk in chunks if (word := disguises.in_chunk(chunk))]
    tokens += [word for word, _, _ in disguises.in_runs("".join(map(disguises.single, chunks)))]
    return tokens


def joined(texts: Iterable[str], disguises: Disguises, longest: int) -> list[str]:
    """Return the tokens of each text, parted by spaces."""
    return [" ".join(tokens_of(text, disguises, longest)) for text in texts]
