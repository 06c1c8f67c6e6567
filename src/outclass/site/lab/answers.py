"""What a champion says of labelled objects that it did not learn from."""

from dataclasses import dataclass

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.catalog.content import Inputs
from outclass.catalog.dataset import DatasetVersion, ObjectTable, current_version
from outclass.catalog.split import Split
from outclass.inference.predictor import Predictor
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable, rows_of_texts
from outclass.registry.advice import advises_on, find_advice
from outclass.site.play.advice import site_advisers
from outclass.site.play.rows import views
from outclass.site.tables.coding import recoded

MOST = 3000
"""Objects that are looked at; more say no more in a chart."""
MOST_ASKED = 1000
"""Of them, how many the champion is asked about while somebody waits."""
MOST_PHOTOS = 150
"""The same for photos, each of which takes long."""
SEED = 20_261_122

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Objects with their truth and the probabilities of a champion, `[n, classes]` in the challenge's order.

    Attributes
    ----------
    unseen
        How it comes that the champion has not learned from them.
    """

    model: str
    unseen: str
    targets: NDArray[np.int64]
    probabilities: Floats
    inputs: Inputs

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.targets)

    @property
    def said(self) -> NDArray[np.int64]:
        """Return the place of the most probable class of each."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def of_truth(self) -> Floats:
        """Return the probability that each object's own class got."""
        return np.asarray(self.probabilities[np.arange(len(self)), self.targets], dtype=np.float64)


_kept: dict[str, tuple[tuple[str, str], Answers | None]] = {}
"""The latest answers of each challenge, with the version of the model and of the data."""


def answers_of(challenge: Challenge) -> Answers | None:
    """Return the champion's answers; None where there is no champion, or nothing to ask it about.

    They are its out-of-fold answers where it learned from the data in use, else those for validation rows.
    """
    predictor = site_advisers().champion(challenge.name)
    data = current_version(challenge.name, django_conf.OUTCLASS)
    if predictor is None or data is None:
        return None
    mark = (predictor.version.reference, data.id)
    if challenge.name not in _kept or _kept[challenge.name][0] != mark:
        _kept[challenge.name] = mark, out_of_fold(predictor, data) or on_validation(predictor, data)
    return _kept[challenge.name][1]


def out_of_fold(predictor: Predictor, data: DatasetVersion) -> Answers | None:
    """Return the answers that the version brought along for objects that it, or a fold of it, did not see."""
    if not advises_on(predictor.version, data.id):
        return None
    tables = [thinned(data.objects(side), MOST // 2) for side in (Split.TRAIN, Split.VALIDATION)]
    parts = []
    for table in tables:
        found = find_advice(predictor.version, table.ids, data_version=data.id)
        places = [place for place, name in enumerate(table.ids) if name in found]
        if places:
            rows = np.array([found[table.ids[place]] for place in places], dtype=np.float64)
            parts.append((places, table, rows))
    if not parts:
        return None
    return Answers(
        model=predictor.version.reference,
        unseen="out of fold: each by a model that did not learn from it",
        targets=np.concatenate([table.targets[places] for places, table, _ in parts]),
        probabilities=np.concatenate([rows for _, _, rows in parts]),
        inputs=join([chosen(table.inputs, places) for places, table, _ in parts]),
    )


def on_validation(predictor: Predictor, data: DatasetVersion) -> Answers | None:
    """Ask about validation objects; series are left out, as their features take long."""
    table = thinned(data.objects(Split.VALIDATION), MOST_ASKED)
    if not len(table) or isinstance(table.inputs, SeriesTable):
        return None
    if isinstance(table.inputs, TextTable):
        scores = predictor.scores(rows_of_texts(table.inputs.texts))
    elif isinstance(table.inputs, PhotoTable):
        table = thinned(table, MOST_PHOTOS)
        assert isinstance(table.inputs, PhotoTable)
        scores = predictor.scores(views(table.inputs))
    elif isinstance(table.inputs, ColumnTable):
        read = predictor.version.signature.input.columns
        scores = predictor.scores(recoded(table.inputs.values, table.inputs.columns, read))
    else:
        scores = predictor.scores(table.inputs.astype(np.float32) / np.float32(255))
    return Answers(
        model=predictor.version.reference,
        unseen="validation objects: thresholds were chosen by them, nothing was learned from them",
        targets=table.targets,
        probabilities=scores.probabilities,
        inputs=table.inputs,
    )


def thinned(table: ObjectTable, most: int) -> ObjectTable:
    """Return at most so many objects, drawn once for all."""
    if len(table) <= most:
        return table
    places = np.sort(np.random.default_rng(SEED).choice(len(table), most, replace=False)).tolist()
    return ObjectTable(
        ids=tuple(table.ids[place] for place in places),
        groups=tuple(table.groups[place] for place in places),
        targets=table.targets[places],
        inputs=chosen(table.inputs, places),
        splits=tuple(table.splits[place] for place in places),
        class_names=table.class_names,
    )


def chosen(inputs: Inputs, places: list[int]) -> Inputs:
    """Return the inputs at some places."""
    return inputs[places] if isinstance(inputs, np.ndarray) else inputs.take(places)


def join(parts: list[Inputs]) -> Inputs:
    """Return inputs of one kind, one after the other."""
    match parts[0]:
        case PhotoTable() as first:
            return joined_photos(first, [part for part in parts if isinstance(part, PhotoTable)])
        case TextTable():
            return TextTable(tuple(text for part in parts if isinstance(part, TextTable) for text in part))
        case ColumnTable() as first:
            tables = [part.values for part in parts if isinstance(part, ColumnTable)]
            return ColumnTable(first.columns, np.concatenate(tables))
        case SeriesTable():
            return SeriesTable.of([one for part in parts if isinstance(part, SeriesTable) for one in part])
        case _:
            return np.concatenate([part for part in parts if isinstance(part, np.ndarray)])


def joined_photos(first: PhotoTable, parts: list[PhotoTable]) -> PhotoTable:
    """Return photos of one folder, one table after the other."""
    return PhotoTable(
        media=first.media,
        names=tuple(name for part in parts for name in part.names),
        boxes=np.concatenate([part.boxes for part in parts]),
        sizes=np.concatenate([part.sizes for part in parts]),
        credits=tuple(credit for part in parts for credit in part.credits),
    )
