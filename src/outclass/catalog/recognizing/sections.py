"""The sections of a drafted challenge that all kinds of data have in common."""

from collections.abc import Mapping
from pathlib import Path

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError

LEAST_OBJECTS = 20
LEAST_OF_CLASS = 5
MOST_CLASSES = 1000
SECONDS = 60
MANY = 20_000
"""Of more objects than this a smaller share is held out and played."""
FEW = 2000
"""Of fewer rows, a twentieth is under the hundred from which on a hold-out decides anything."""
WORDS = {
    InputKind.TABLE: {"object": "record", "deal": "Deal me 10 records", "history": "Records you judged"},
    InputKind.TEXT: {"object": "text", "deal": "Deal me 10 texts", "history": "Texts you judged"},
    InputKind.PHOTO: {"object": "photo", "deal": "Deal me 10 photos", "history": "Photos you judged"},
    InputKind.DRAWING: {"object": "drawing", "deal": "Deal me 10 drawings", "history": "Drawings you judged"},
    InputKind.SERIES: {"object": "light curve", "deal": "Deal me 10 curves", "history": "Curves you judged"},
}
MODELS: Mapping[InputKind, tuple[str, dict[str, object]]] = {
    InputKind.TABLE: (
        "best",
        {
            "title": "Best of a search",
            "description": "A linear model or boosted trees, whichever did better in cross-validation.",
            "parameters": {"seconds": SECONDS},
        },
    ),
    InputKind.TEXT: (
        "linear",
        {"title": "Linear model", "description": "Words and parts of words, weighed and added up."},
    ),
    InputKind.PHOTO: (
        "probe",
        {
            "title": "Linear probe",
            "description": "A linear model on what a network trained on other photos sees.",
        },
    ),
    InputKind.DRAWING: (
        "net",
        {
            "title": "Small net",
            "description": "A small network that learned from the drawings.",
            "parameters": {"seconds": SECONDS},
        },
    ),
    InputKind.SERIES: (
        "trees",
        {
            "title": "Boosted trees",
            "description": "Statistics of each curve, and boosted trees on them.",
            "parameters": {"seconds": SECONDS},
        },
    ),
}


def check_classes(counts: Mapping[str, int], ignored: Mapping[str, int], where: str) -> None:
    """Refuse classes that nothing can be learned of.

    Raises
    ------
    RefusedDataError
        There are too few objects, one class, or too many classes.
    """
    total = sum(counts.values())
    rare = ", ".join(f"{name}: {count}" for name, count in ignored.items())
    if total + sum(ignored.values()) < LEAST_OBJECTS:
        raise RefusedDataError(
            Refusal.TOO_FEW,
            "there are too few labeled objects to learn from and to measure on",
            where=where,
            got=f"{total + sum(ignored.values())}",
            accepted=f"at least {LEAST_OBJECTS}, and {LEAST_OF_CLASS} of each class",
        )
    if not counts:
        raise RefusedDataError(
            Refusal.TOO_FEW,
            "no class has enough objects",
            where=where,
            got=rare,
            accepted=f"at least {LEAST_OF_CLASS} of each class",
        )
    if len(counts) == 1:
        (only,) = counts
        few = f"; too few to learn from: {rare}" if rare else ""
        raise RefusedDataError(
            Refusal.ONE_CLASS,
            "all objects have the same label: there is nothing to tell apart",
            where=where,
            got=f"`{only}` for {total:,} objects{few}",
            accepted=f"two classes at least, with {LEAST_OF_CLASS} objects each",
        )
    if len(counts) > MOST_CLASSES:
        raise RefusedDataError(
            Refusal.TOO_MANY_CLASSES,
            "there are more classes than a challenge may have",
            where=where,
            got=f"{len(counts):,} classes for {total:,} objects",
            accepted=f"at most {MOST_CLASSES:,}",
        )


def split_of_size(objects: int, kind: InputKind) -> dict[str, float]:
    """Return the shares of a split: models that are cross-fitted need few rows to choose by.

    Of few rows of a table none are held out, as they would decide nothing: all that are not played or asked
    of the gate are learned from, each measured by a model that did not see it.
    """
    if objects > MANY:
        game = max(round(2000 / objects, 4), 0.01)
        kept = round(max(2000 / objects, 0.02), 4)
        return {"train": round(1 - game - 2 * kept, 4), "validation": kept, "holdout": kept, "game": game}
    if kind is InputKind.TABLE and objects < FEW:
        return {"train": 0.87, "validation": 0.03, "holdout": 0.0, "game": 0.1}
    if kind in {InputKind.TABLE, InputKind.TEXT}:
        return {"train": 0.8, "validation": 0.05, "holdout": 0.05, "game": 0.1}
    return {"train": 0.7, "validation": 0.1, "holdout": 0.1, "game": 0.1}


def draft_of(  # noqa: PLR0913 - one for each section
    *,
    kind: InputKind,
    title: str,
    question: str,
    summary: str,
    source: Path,
    inputs: Mapping[str, object],
    classes: list[dict[str, object]],
    dataset: Mapping[str, object],
    objects: int,
) -> dict[str, object]:
    """Return the values of a `challenge.yaml`, but for its name."""
    model, declared = MODELS[kind]
    return {
        "title": title[:120],
        "question": question[:120],
        "summary": summary,
        "accent": names.accent_of(title),
        "input": {"kind": kind.value, **inputs},
        "classes": classes,
        "dataset": {
            "title": title[:120],
            "licence": "LicenseRef-own",
            "citation": f"the owner of {source.name}",
            **dataset,
        },
        "split": split_of_size(objects, kind),
        "models": {model: declared},
        "advisers": [model],
        "champion": model,
        "metric": "log_loss",
        "game": {"words": WORDS[kind]},
        "limitations": [f"It was made of {source.name} in one command; nobody has checked the data by hand."],
    }


NOTES = {
    "title": "What people read on the pages; change it freely.",
    "question": "What a player is asked.",
    "accent": "The color of the pages.",
    "classes": "The possible answers: `name` as in the data, `title` as people read it. Add `description:`, "
    "`story:` and `link:` to tell more.",
    "dataset.licence": "Your own, for now: nothing is said to others. State the true one before you publish "
    "anything, such as CC-BY-4.0.",
    "dataset.citation": "Whom to credit.",
    "split": "Shares of the objects, by a hash of each one's group: nothing ever changes sides. `holdout` "
    "only measures, `game` is only played.",
    "models": "What is learned. `outclass train NAME --seconds N` gives it another budget.",
    "champion": "The model that answers; `advisers` are shown to players.",
    "metric": "The score by which candidates are compared. `expect:` would say what a model must reach to be "
    "promoted at all; none is set, as nothing was measured yet.",
    "game": "What the pages of the game call things.",
    "limitations": "What a user of the model should know.",
}


def question_of(label: str) -> str:
    """Return the question about an object by the name of its label.

    >>> question_of("species"), question_of("class"), question_of("is_spam")
    ('Which species is it?', 'Which class is it?', 'Is spam: yes or no?')
    """
    words = names.title_of(label).lower()
    plain = names.plain(label)
    if plain in {"class", "label", "target", "y", "labels", "classes", "true_target"} or plain.startswith(
        "column_"
    ):
        return "Which class is it?"
    if words.startswith(("is ", "has ")):
        return f"{words.capitalize()}: yes or no?"
    return f"Which {words} is it?"
