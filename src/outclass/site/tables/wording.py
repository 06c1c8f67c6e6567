"""An answer about a record in plain words: what it is, how sure, what else it may be, what decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from outclass.catalog.challenge import Challenge, ClassLabel
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.site.pages.drawing import ShareRow, either
from outclass.site.photos.wording import Poison, group_of, headline, poison_of, possible, state_of

SHOWN = 5
MOST_TOLD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """An answer as the page shows it.

    Attributes
    ----------
    state
        `answered`, `hedged` (a group of classes is named instead), or `abstained`.
    rows, rest
        The most probable classes, and all others.
    best
        The title of the most probable class, also where the model does not answer.
    poison
        What is known of poison in what it may be; empty where the challenge tells nothing of it.
    facts
        What else is known of the class that is answered.
    """

    state: str
    name: str
    title: str
    sure: str
    words: str
    rows: tuple[ShareRow, ...]
    rest: tuple[ShareRow, ...]
    best: str
    poison: tuple[Poison, ...] = ()
    more: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    story: str = ""
    link: str = ""

    @property
    def poison_sources(self) -> tuple[str, ...]:
        """Return where what is told of poison is from, each source once."""
        return tuple(dict.fromkeys(one.source for one in self.poison if one.source))

    @property
    def announcement(self) -> str:
        """Return the answer as one spoken sentence."""
        return f"{self.title} {self.sure}. {self.words}" if self.sure else f"{self.title}. {self.words}"


def answer_for_record(challenge: Challenge, prediction: Prediction) -> RecordAnswer:
    """Put a prediction into words."""
    labels = {label.name: label for label in challenge.classes}
    order = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    rows = tuple(
        ShareRow(name=name, title=labels[name].title, share=share) for name, share in order if name in labels
    )
    state = state_of(prediction)
    best = labels.get(prediction.answer or "") if state == "answered" else None
    title, sure = headline(challenge, prediction, state, best)
    told = poison_of([labels[row.name] for row in possible(prediction, rows)])
    return RecordAnswer(
        state=state,
        name=prediction.answer or "",
        title=title,
        sure=sure,
        words=words(challenge, prediction, rows),
        rows=rows[:SHOWN],
        rest=rows[SHOWN:],
        best=rows[0].title if rows else "",
        poison=told[:MOST_TOLD],
        more=sum(one.is_danger for one in told[MOST_TOLD:]),
        facts=facts_of(best),
        story=best.story if best else "",
        link=best.link if best else "",
    )


def facts_of(label: ClassLabel | None) -> dict[str, str]:
    """Return what is known of a class but for what is told of poison, by words for each."""
    facts = {} if label is None else label.facts
    return {name.replace("_", " "): value for name, value in facts.items() if not name.startswith("toxicity")}


def words(challenge: Challenge, prediction: Prediction, rows: Sequence[ShareRow]) -> str:
    """Say in plain words why there is no answer, or what else it may be."""
    likely = [quoted(row.title) for row in possible(prediction, rows)]
    if state_of(prediction) == "hedged" and prediction.group is not None:
        return f"Pretty sure it is {group_of(challenge, prediction.group).title}, perhaps {likely[0]}."
    match prediction.reason:
        case AbstainReason.EMPTY:
            return "Nothing is known of it yet."
        case AbstainReason.OUTLIER:
            return "No answer: the values are unlike those that it learned from, so its guesses mean little."
        case AbstainReason.UNDECIDED:
            return f"No answer: too close to call. It may be {either(likely)}."
        case None:
            others = either(likely[1:])
            return f"It may also be {others}." if others else "No other answer is likely."
        case other:
            assert_never(other)


def quoted(title: str) -> str:
    """Return a title as it stands within a sentence."""
    return f"\u201c{title}\u201d"
