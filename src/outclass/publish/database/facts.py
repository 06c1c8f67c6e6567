"""What stands beside the objects of a data file: classes, models, files, cleaning, licences, credits."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

import outclass
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.cleaning import REASONS
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import MEANINGS, Licence
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inputs.masking import mask
from outclass.publish.database.advice import Adviser
from outclass.publish.database.objects import ObjectRows
from outclass.publish.database.schema import FORMAT
from outclass.publish.database.writer import SqlValue
from outclass.publish.sharing import HIDDEN_NOTE, PUBLIC, was_sent_in
from outclass.registry.card import card_of

Rows = Iterator[tuple[SqlValue, ...]]


def class_rows(challenge: Challenge) -> Rows:
    """Yield the classes."""
    for place, label in enumerate(challenge.classes):
        facts = json.dumps(label.facts, ensure_ascii=False) if label.facts else None
        yield label.name, label.title, label.description, label.link, label.weight, facts, place


def model_rows(advisers: tuple[Adviser, ...], answered: frozenset[str]) -> Rows:
    """Yield the models; `answered` are those with predictions."""
    for one in advisers:
        manifest = one.version.manifest
        yield (
            *(one.version.name, one.version.reference, one.title, one.role, manifest.created),
            int(one.version.name in answered),
            msgspec.json.encode(manifest.scores, order="sorted").decode(),
            msgspec.json.encode(manifest.lineage, order="sorted").decode(),
            card_of(one.version.folder),
        )


def file_rows(version: DatasetVersion) -> Rows:
    """Yield the files that a version was made of."""
    for role, one in sorted(version.document.sources.items()):
        yield role, one.name, one.sha256, one.bytes


def cleaning_rows(version: DatasetVersion) -> Rows:
    """Yield the reasons for which rows were taken out."""
    removed = version.document.cleaning.removed
    for reason, objects in sorted(removed.items()):
        yield reason.value, REASONS.get(reason, ""), objects


def rejected_rows(version: DatasetVersion, played: frozenset[str], names: Mapping[str, str]) -> Rows:
    """Yield the rows that were taken out; nothing that names an object which is played or was sent in.

    The name of a text may be a hash of it, so texts are numbered.
    """
    seen: set[str] = set()
    is_text = version.document.kind is InputKind.TEXT
    for place, one in enumerate(version.document.cleaning.rejected):
        if was_sent_in(one.object_id) or one.object_id in seen or one.other in played:
            continue
        seen.add(one.object_id)
        name = f"row-{place}" if is_text else one.object_id
        yield name, one.reason.value, names.get(one.other or "", one.other), mask(one.note)


def licence_rows(found: Counter[Licence]) -> Rows:
    """Yield the licences of the objects."""
    merged: dict[str, tuple[Licence, int]] = {}
    for licence, objects in found.items():
        before = merged.get(licence.name, (licence, 0))
        merged[licence.name] = (before[0], before[1] + objects)
    for name, (licence, objects) in sorted(merged.items()):
        yield name, licence.link, MEANINGS[licence.terms], objects, int(licence.terms in PUBLIC)


def credit_rows(version: DatasetVersion, found: Counter[str]) -> Rows:
    """Yield whom to credit."""
    document = version.document
    for name, objects in sorted(found.items()):
        own = name == document.title
        yield name, document.citation if own else None, document.homepage if own else None, objects


def about_rows(loaded: LoadedChallenge, filled: ObjectRows, *, content: str, answered_by: str | None) -> Rows:
    """Yield what a data file is."""
    document, challenge = filled.version.document, loaded.challenge
    sizes = {split.value: sum(document.counts.get(split, {}).values()) for split in Split}
    facts: dict[str, object] = {
        "challenge": challenge.name,
        "title": challenge.title,
        "question": challenge.question,
        "summary": challenge.summary,
        "warning": challenge.warning,
        "limitations": " ".join(challenge.limitations),
        "data_set": document.title,
        "kind": document.kind.value,
        "version": document.id,
        "version_content_sha256": document.content_sha256,
        "content_sha256": content,
        "sample": "yes" if document.sample else "no",
        "licence": document.licence,
        "licence_url": document.licence_url,
        "citation": document.citation,
        "homepage": document.homepage,
        "notes": document.notes,
        "lineage": json.dumps(document.lineage, sort_keys=True),
        "predicted_by": answered_by,
        "hidden": f"{filled.hidden} objects are played: label, predictions and source are {HIDDEN_NOTE}",
        "sent_in": f"{filled.sent_in} objects that people sent in are not published",
        "splits": json.dumps(sizes),
        "format": FORMAT,
        "outclass": outclass.__version__,
    }
    for key, value in facts.items():
        if value not in {None, ""}:
            yield key, str(value)
