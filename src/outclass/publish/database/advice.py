"""Predictions of models for objects that they did not learn from, as the registry keeps them."""

import json
import logging
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from outclass.base.errors import OutclassError, RegistryError
from outclass.base.settings import Settings
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import BLOCK, DatasetVersion
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inference.predictor import Predictor
from outclass.publish.database.schema import PREDICTIONS
from outclass.publish.database.writer import SqlValue
from outclass.registry.advice import advises_on
from outclass.registry.files import OUT_OF_FOLD
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.training.rows import rows_of

SLICE = 16_384
DIGITS = 5
ASKED = (Split.VALIDATION, Split.HOLDOUT)
ASKED_DIGITS = 3
"""Another processor adds up in another order: as many digits as are the same on all."""
MOST_ASKED = {InputKind.DRAWING: 1000, InputKind.PHOTO: 300, InputKind.SERIES: 300}
"""So many objects of each split are asked about where making a row takes long."""
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser:
    """A model of a challenge, and what it does there; `advises`: it answered objects that it did not see."""

    version: ModelVersion
    title: str
    role: str
    advises: bool


def advisers_of(loaded: LoadedChallenge, version: DatasetVersion, settings: Settings) -> tuple[Adviser, ...]:
    """Return the models that are in use for a challenge, its champion first."""
    challenge, registry = loaded.challenge, Registry(settings)
    crowned = "champion, adviser" if challenge.champion in challenge.advisers else "champion"
    names: dict[str, tuple[str, str]] = {loaded.name: (challenge.title, crowned)}
    for model in (*challenge.advisers, *challenge.members):
        role = "adviser" if model in challenge.advisers else "member"
        names.setdefault(challenge.registered_name(model), (challenge.models[model].title, role))
    found = []
    for name, (title, role) in names.items():
        model_id = registry.aliases(name).champion
        one = next((one for one in registry.versions(name) if one.id == model_id), None)
        if one is not None and one.manifest.challenge == loaded.name:
            found.append(Adviser(version=one, title=title, role=role, advises=advises_on(one, version.id)))
    return tuple(found)


def fill_predictions(
    connection: sqlite3.Connection,
    loaded: LoadedChallenge,
    version: DatasetVersion,
    advisers: tuple[Adviser, ...],
    names: Mapping[str, str],
) -> frozenset[str]:
    """Make and fill `predictions`, and return the models that are in it.

    A model that brings no advice is asked about the objects that it did not learn from. Those that are
    played are left out.

    Parameters
    ----------
    names
        Public names of objects that have another one.
    """
    connection.execute(PREDICTIONS.create())
    connection.execute("CREATE TEMP TABLE names (own TEXT PRIMARY KEY, public TEXT)")
    connection.executemany("INSERT INTO temp.names VALUES (?, ?)", names.items())
    connection.execute("CREATE TEMP TABLE advice (object TEXT, model TEXT, class TEXT, probability REAL)")
    for adviser in advisers:
        rows = chances(adviser.version) if adviser.advises else asked(adviser.version, loaded, version)
        connection.executemany("INSERT INTO temp.advice VALUES (?, ?, ?, ?)", rows)
    connection.execute(
        "INSERT OR IGNORE INTO predictions "
        "SELECT objects.id, advice.model, advice.class, advice.probability FROM temp.advice AS advice "
        "LEFT JOIN temp.names AS names ON names.own = advice.object "
        "JOIN objects ON objects.id = COALESCE(names.public, advice.object) "
        "WHERE objects.label IS NOT NULL ORDER BY 1, 2, 3"
    )
    found = connection.execute("SELECT DISTINCT model FROM temp.advice").fetchall()
    connection.execute("DROP TABLE temp.advice")
    connection.execute("DROP TABLE temp.names")
    return frozenset(name for (name,) in found)


def asked(
    model: ModelVersion, loaded: LoadedChallenge, version: DatasetVersion
) -> Iterator[tuple[SqlValue, ...]]:
    """Yield the same for objects held out or chosen by; nothing where the model cannot be asked here."""
    most = MOST_ASKED.get(version.document.kind, sys.maxsize)
    try:
        predictor = Predictor.load(model, loaded)
        for split in ASKED:
            for start in range(0, min(most, len(version.ids(split))), BLOCK):
                table = version.part(split, start, min(BLOCK, most - start))
                found = predictor.scores(rows_of(loaded, table.inputs)).probabilities.tolist()
                for name, row in zip(table.ids, found, strict=True):
                    for label, chance in zip(model.signature.classes, row, strict=True):
                        yield name, model.name, label, round(chance, ASKED_DIGITS)
    except OutclassError as error:
        LOG.warning("a model could not be asked: %s", error, extra={"model": model.reference})


def chances(version: ModelVersion) -> Iterator[tuple[SqlValue, ...]]:
    """Yield object, model, class and probability."""
    path, start = version.folder / OUT_OF_FOLD, 0
    classes = version.signature.classes
    whole = pl.scan_parquet(path).filter(pl.col("nights") == 0).select("object_id", "probabilities")
    while True:
        try:
            block = whole.slice(start, SLICE).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise RegistryError("the advice cannot be read", where=str(path), got=str(error)) from error
        for name, row in block.iter_rows():
            for label, chance in zip(classes, row, strict=True):
                yield name, version.name, label, round(chance, DIGITS)
        if len(block) < SLICE:
            return
        start += SLICE


def answer(
    connection: sqlite3.Connection, advisers: tuple[Adviser, ...], answered: frozenset[str]
) -> str | None:
    """Write what is answered, and how far models are from each other, to `objects`; return whose answer."""
    advising = [one.version.name for one in advisers if one.version.name in answered]
    if not advising:
        return None
    connection.execute(
        "UPDATE objects SET (predicted, confidence) = ("
        "SELECT class, probability FROM predictions WHERE object = objects.id AND model = ? "
        "ORDER BY probability DESC, class LIMIT 1) WHERE label IS NOT NULL",
        (advising[0],),
    )
    apart = [one.version.name for one in advisers if one.version.name in advising and "adviser" in one.role]
    if len(apart) > 1:
        connection.execute(
            "UPDATE objects SET disagreement = (SELECT ROUND(SUM(spread) / 2, 5) FROM ("
            "SELECT MAX(probability) - MIN(probability) AS spread FROM predictions "
            "WHERE object = objects.id AND model IN (SELECT value FROM json_each(?)) "
            "GROUP BY class)) WHERE predicted IS NOT NULL",
            (json.dumps(apart),),
        )
    return advising[0]
