"""An answer about a photo in plain words: what it is, how sure, what else it may be, what of poison."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from outclass.catalog.challenge import Challenge, ClassLabel
from outclass.catalog.groups import ClassGroup
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.site.pages.drawing import ShareRow, either
from outclass.site.pages.templatetags.ui import percent

SHOWN = 5
NOT_ASKED = "-"
"""What stands for toxicity where the question makes no sense, as of a class that is no mushroom."""
POSSIBLE = 0.01
"""What is less probable than this is not called possible."""
MOST_POSSIBLE = 3
MOST_TOLD = 4
"""Of so many classes is told what is known of poison; the others are counted."""
VOWELS = "aeiou"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """What is known about poison in a class."""

    title: str
    toxicity: str
    note: str
    source: str

    @property
    def is_danger(self) -> bool:
        """Tell whether harm is known of; the rest is not therefore harmless."""
        return not self.toxicity.startswith(("not known", "listed as not"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoAnswer:
    """An answer as the page shows it.

    Attributes
    ----------
    state
        `answered`, `hedged` (a group of classes is named instead), or `abstained`.
    rows, rest
        The most probable classes, and all others.
    poison, more
        What is known of the answer and of what else it may be, and of how many other classes that it may be
        poison is known; empty where the challenge tells nothing of it.
    """

    state: str
    name: str
    title: str
    sure: str
    words: str
    rows: tuple[ShareRow, ...]
    rest: tuple[ShareRow, ...]
    poison: tuple[Poison, ...] = ()
    more: int = 0
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


def answer_for(challenge: Challenge, prediction: Prediction) -> PhotoAnswer:
    """Put a prediction into words."""
    labels = {label.name: label for label in challenge.classes}
    order = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    known = ((labels[name], share) for name, share in order if name in labels)
    rows = tuple(ShareRow(name=label.name, title=label.title, share=share) for label, share in known)
    state = state_of(prediction)
    best = labels.get(prediction.answer or "")
    group = [] if state != "hedged" else [group_of(challenge, str(prediction.group))]
    title, sure = headline(challenge, prediction, state, best)
    told = poison_of([*group, *(labels[row.name] for row in possible(prediction, rows))])
    return PhotoAnswer(
        state=state,
        name=prediction.answer or "",
        title=title,
        sure=sure,
        words=words(challenge, prediction, rows),
        rows=rows[:SHOWN],
        rest=rows[SHOWN:],
        poison=told[:MOST_TOLD],
        more=sum(one.is_danger for one in told[MOST_TOLD:]),
        story=best.story if best and state == "answered" else "",
        link=best.link if best and state == "answered" else "",
    )


def state_of(prediction: Prediction) -> str:
    """Tell whether an answer names a class, a group of classes, or nothing."""
    if prediction.group is not None and prediction.reason is not AbstainReason.OUTLIER:
        return "hedged"
    return "abstained" if prediction.abstained else "answered"


def headline(
    challenge: Challenge, prediction: Prediction, state: str, best: ClassLabel | None
) -> tuple[str, str]:
    """Return what stands large, and how sure it is."""
    match state:
        case "answered" if best is not None:
            return best.title, percent(prediction.confidence, 2)
        case "hedged" if prediction.group is not None:
            title = group_of(challenge, prediction.group).title
            return title[:1].upper() + title[1:], percent(prediction.group_confidence, 2)
        case _:
            return ("Not like anything it knows", "") if prediction.reason == "outlier" else ("Not sure", "")


def words(challenge: Challenge, prediction: Prediction, rows: Sequence[ShareRow]) -> str:
    """Say in plain words why there is no answer, or what else it may be."""
    likely = [with_article(row.title) for row in possible(prediction, rows)]
    if state_of(prediction) == "hedged" and prediction.group is not None:
        return f"Pretty sure it is {group_of(challenge, prediction.group).title}, perhaps {likely[0]}."
    match prediction.reason:
        case AbstainReason.EMPTY:
            return "There is nothing to be seen in it."
        case AbstainReason.OUTLIER:
            return "No answer: the photo is unlike those that the model knows, so its guesses mean little."
        case AbstainReason.UNDECIDED:
            return f"No answer: too close to call. It may be {either(likely)}."
        case None:
            others = either(likely[1:])
            return f"It may also be {others}." if others else "No other class is likely."
        case other:
            assert_never(other)


def possible(prediction: Prediction, rows: Sequence[ShareRow]) -> list[ShareRow]:
    """Return what it may be: the prediction set, or where that is empty the likeliest few."""
    members = [row for row in rows if row.name in prediction.prediction_set]
    return members or [row for row in rows if row.share >= POSSIBLE][:MOST_POSSIBLE] or list(rows[:1])


def poison_of(labels: Sequence[ClassLabel | ClassGroup]) -> tuple[Poison, ...]:
    """Return what is known about poison in some classes."""
    return tuple(
        Poison(
            title=label.title[:1].upper() + label.title[1:],
            toxicity=label.facts["toxicity"],
            note=label.facts.get("toxicity_note", ""),
            source=label.facts.get("toxicity_source", ""),
        )
        for label in labels
        if label.facts.get("toxicity", NOT_ASKED) != NOT_ASKED
    )


def group_of(challenge: Challenge, name: str) -> ClassGroup:
    """Return a group of classes by its name; its title has its article."""
    found = (group for group in challenge.groups if group.name == name)
    return next(found, ClassGroup(name=name, title=with_article(name), members=(name,)))


def with_article(title: str) -> str:
    """Return a title as it stands in a sentence; one that begins with "No" or "Other" needs no article.

    >>> with_article("Bobcat"), with_article("Ocelot"), with_article("No cat"), with_article("Other mushroom")
    ('a bobcat', 'an ocelot', 'no cat', 'another mushroom')
    """
    plain = title[:1].lower() + title[1:]
    if plain.startswith(("no ", "none", "not ", "another ")):
        return plain
    if plain.startswith("other "):
        return f"an{plain}"
    return f"{'an' if plain[:1] in VOWELS else 'a'} {plain}"
