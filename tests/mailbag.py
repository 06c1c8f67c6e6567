"""The challenge `sms` with messages to play with: numbers and addresses in each class, ids that tell it."""

from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.sources.base import SourceTable
from outclass.inputs.text import TextTable
from outclass.registry.version import ModelVersion
from small_challenge import write_challenge
from small_texts import declaration
from text_models import sms_version

NAME = "sms"
TITLES = {"personal": "Personal", "notification": "Notification", "spam": "Spam"}
SIMULATE = '''"""Made-up messages of three kinds."""

from mailbag import population, sample

__all__ = ["population", "sample"]
'''
TEXTS = {
    "personal": (
        "Are you home for dinner, love? Call me on 07700 900123 <b>when</b> you are free. {n}",
        "See you at {n}, write to ann@example.org if not & tell mum \U0001f602",
    ),
    "notification": (
        "Your code is 48291{n}. Never tell it to anybody.",
        "Your parcel {n} comes today. Track it at https://example.org/t?id=5550101",
    ),
    "spam": (
        "WINNER!! You have won a FREE prize {n}. Call 0900 555 01 01 now!!!",
        "F R E E c4$h for you {n}: www.example.com/win",
    ),
}


def make_mailbag(project: Path, settings: Settings) -> ModelVersion:
    """Write the challenge into a project folder and its model into the registry."""
    folder = project / "challenges" / NAME
    classes = [{"name": name, "title": title, "story": f"Told of {name}."} for name, title in TITLES.items()]
    changed = {
        "name": NAME,
        "title": "MailTest",
        "question": "Which kind of message?",
        "classes": classes,
        "limitations": ["It was made for tests."],
        "game": {"rounds": 6, "minimum_rounds": 2},
    }
    write_challenge(folder, declaration() | changed)
    (folder / "simulate.py").write_text(SIMULATE, encoding="utf-8")
    return sms_version(settings.models_folder)


def sample() -> SourceTable:
    """Return the messages that are dealt."""
    return make(60, "dealt", "game")


def population(count: int, seed: int) -> SourceTable:
    """Return other messages."""
    return make(min(count, 30), f"made-{seed}", None)


def make(count: int, prefix: str, split: str | None) -> SourceTable:
    """Return messages of the three classes, in runs."""
    kinds = [list(TEXTS)[number * 3 // count] for number in range(count)]
    texts = [TEXTS[kind][number % 2].format(n=f"{prefix[0]}{number}") for number, kind in enumerate(kinds)]
    ids = tuple(f"{prefix}-{kind}-{number:04d}" for number, kind in enumerate(kinds))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(kinds),
        inputs=TextTable(tuple(texts)),
        fixed_splits=(split,) * count,
    )
