"""A message on a page: numbers and addresses of other people hidden, and the words that decided marked.

The script of the page where anyone tries a message does the same, see marks.js.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from outclass.base.errors import OutclassError
from outclass.inference.linear_text import LinearTextModel, StageExplanation
from outclass.inference.session import TEXT_MODEL_FILE
from outclass.inputs.masking import masked_parts
from outclass.registry.files import read_verified
from outclass.registry.version import ModelVersion
from outclass.site.pages.champions import registry

STEPS = (0.1, 0.4, 1.0)
"""From such values on a word is marked lightly, well, strongly; 1 makes an answer 2.7 times as likely."""
SHOWN = 12
KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some characters as they were written, or what is said in place of them."""

    text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A part of a message, and how much it speaks for the answer; below 0, against it."""

    pieces: tuple[Piece, ...]
    value: float = 0.0

    @property
    def strength(self) -> int:
        """Return 0 for what is not marked, else 1 to 3."""
        return strength(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Something that spoke for the answer or against it: a word, a measure of the message, a rule."""

    title: str
    value: float
    is_word: bool

    @property
    def strength(self) -> int:
        """Return 0 for what hardly counts, else 1 to 3."""
        return strength(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Some characters of a message and what they add."""

    start: int
    end: int
    value: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Why a model gave a class: marks that together are the message, and the reasons by weight."""

    marks: tuple[Mark, ...]
    reasons: tuple[Reason, ...]


def strength(value: float) -> int:
    """Return how strongly something is marked.

    >>> strength(0.05), strength(-0.5), strength(3.0)
    (0, 2, 3)
    """
    return sum(abs(value) >= step for step in STEPS)


def plain_marks(text: str) -> tuple[Mark, ...]:
    """Return a message of somebody else with nothing marked, numbers and addresses hidden."""
    return tuple(Mark(pieces=(piece,)) for piece in pieces_of(text, 0, len(text), masked=True))


def told_of(model: LinearTextModel, text: str, name: str, *, masked: bool) -> Told:
    """Return what spoke for a class and against it.

    The values of all decisions on the way to the class are added up.

    Parameters
    ----------
    masked
        Whether it is a message of somebody else, whose numbers and addresses are hidden.
    """
    spans: dict[tuple[int, int, str], float] = {}
    others: dict[str, float] = {}
    for sign, stage in decisions_on(model, text, name):
        for span in stage.spans:
            key = (span.start, span.end, span.token)
            spans[key] = spans.get(key, 0.0) + sign * span.value
        for part in (*stage.measures, *stage.rules):
            others[part.title] = others.get(part.title, 0.0) + sign * part.value
    found = [Span(start=start, end=end, value=value) for (start, end, _), value in spans.items()]
    return Told(
        marks=tuple(marks_of(text, found, masked=masked)),
        reasons=tuple(reasons_of(text, spans, others, masked=masked)),
    )


def decisions_on(model: LinearTextModel, text: str, name: str) -> Iterator[tuple[float, StageExplanation]]:
    """Yield the decisions on the way to a class; of two groups one speaks, and for the other sign is -1."""
    two = {stage.name for stage in model.document.stages if len(stage.rows) == 1}
    parted = {stage.name: {n for group in stage.groups for n in group} for stage in model.document.stages}
    for stage in model.explain(text).stages:
        if name in stage.group:
            yield 1.0, stage
        elif stage.name in two and name in parted[stage.name]:
            yield -1.0, stage


def reasons_of(
    text: str, spans: dict[tuple[int, int, str], float], others: dict[str, float], *, masked: bool
) -> list[Reason]:
    """Return the reasons that count, the weightiest first; a word that comes twice is added up."""
    hidden = [part for part in masked_parts(text) if part.hidden] if masked else []
    words: dict[str, float] = {}
    for (start, end, token), value in spans.items():
        title = next((f"[{one.text}]" for one in hidden if start < one.end and one.start < end), token)
        words[title] = words.get(title, 0.0) + value
    found = [Reason(title=title, value=value, is_word=True) for title, value in words.items()]
    found += [Reason(title=title, value=value, is_word=False) for title, value in others.items()]
    return sorted((one for one in found if one.strength), key=lambda one: -abs(one.value))[:SHOWN]


def marks_of(text: str, spans: Sequence[Span], *, masked: bool) -> Iterator[Mark]:
    """Yield marks that together are the text; spans that overlap become one."""
    hidden = [part for part in masked_parts(text) if part.hidden] if masked else []
    everything = [*spans, *(Span(start=part.start, end=part.end) for part in hidden)]
    done = 0
    for span in merged(everything):
        if span.start > done:
            yield Mark(pieces=(Piece(text=text[done : span.start]),))
        pieces = pieces_of(text, span.start, span.end, masked=masked)
        yield Mark(pieces=tuple(pieces), value=span.value)
        done = span.end
    if done < len(text):
        yield Mark(pieces=(Piece(text=text[done:]),))


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order, overlapping ones as one with the sum of their values."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if found and span.start < found[-1].end:
            last = found.pop()
            end, value = max(last.end, span.end), last.value + span.value
            found.append(Span(start=last.start, end=end, value=value))
        else:
            found.append(span)
    return found


def pieces_of(text: str, start: int, end: int, *, masked: bool) -> list[Piece]:
    """Return a part of a text; what is hidden must not reach over its ends."""
    if not masked:
        return [Piece(text=text[start:end])]
    return [
        Piece(text=part.text, hidden=True)
        if part.hidden
        else Piece(text=text[max(part.start, start) : min(part.end, end)])
        for part in masked_parts(text)
        if part.start < end and start < part.end
    ]


def linear_member(version: ModelVersion | None) -> ModelVersion | None:
    """Return the version itself, or the first of its members, that is a linear model of texts."""
    if version is None:
        return None
    return next((one for one in (version, *version.members) if TEXT_MODEL_FILE in one.manifest.files), None)


def text_model(reference: str) -> LinearTextModel | None:
    """Return the linear model of a version, kept once it was read; None where it is none or is gone."""
    try:
        return _read_model(reference)
    except (OutclassError, OSError):
        return None


@lru_cache(maxsize=KEPT)
def _read_model(reference: str) -> LinearTextModel:
    """Read the model of a version."""
    return LinearTextModel.parse(read_verified(registry().get(reference), TEXT_MODEL_FILE))
