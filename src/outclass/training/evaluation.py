"""Score a model on labelled data, and on data that is none of its classes."""

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import DataError, NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.metrics.report import evaluate_all
from outclass.metrics.scores import auroc
from outclass.registry.store import Registry
from outclass.registry.version import Signature
from outclass.training.data import among_present, class_weights
from outclass.training.labelled import Inputs, LabelledRows, read_labelled
from outclass.training.labels import Groups, parse_labels
from outclass.training.photos.files import PhotoFiles, kept_photos, predict_photos
from outclass.training.rows import rows_of

KEPT = 0.98
HOLD_OUT = "holdout"
MANY_LABELS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a model said of n rows.

    Attributes
    ----------
    strangeness
        The higher, the less like any class: the outlier score, or one less the confidence; infinite where
        nothing is drawn.
    fallbacks
        The group of classes that was named where no class was likely enough.
    """

    probabilities: NDArray[np.float64]
    in_set: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    strangeness: NDArray[np.float64]
    seconds: float
    fallbacks: tuple[str | None, ...] = ()


def evaluate_challenge(
    loaded: LoadedChallenge,
    settings: Settings,
    data: Path | None,
    *,
    model: str | None = None,
    labels: str | None = None,
    ood: Path | None = None,
) -> dict[str, object]:
    """Return the scores of a model under the keys that `outclass evaluate --json` prints.

    Parameters
    ----------
    data
        Labelled objects; the hold-out of the collected data where not given.
    model
        A reference; the challenge's champion by default.
    labels
        What the file's labels stand for, as in `ham=personal+notification,spam=spam`.
    ood
        Objects that are none of the classes.

    Raises
    ------
    DataError
        If the data cannot be read, or holds labels that are no class.
    """
    predictor = Predictor.load(Registry(settings).get(model or loaded.name), loaded)
    check_challenge(predictor, loaded.challenge)
    challenge = loaded.challenge if labels is None else without_labels(loaded.challenge)
    groups = parse_labels(labels, loaded.challenge.class_names, loaded.challenge.group_leaves)
    rows = read_labelled(data, challenge, list(groups.places)) if data else read_hold_out(loaded, settings)
    targets = groups.targets(all_labels(rows, data))
    answers = ask(predictor, loaded, rows)
    report = evaluate_all(
        targets,
        answered_among(answers, targets, groups, loaded.challenge),
        groups.names,
        answered=answers.answered,
        in_set=groups.any_of(answers.in_set),
        seconds=answers.seconds,
        weights=group_weights(loaded.challenge, groups),
    )
    result: dict[str, object] = msgspec.json.decode(msgspec.json.encode(report))
    result["set_size"] = float(groups.any_of(answers.in_set).sum(axis=1).mean()) if report.n else None
    result |= fallback_figures(answers, targets, groups, predictor.version.signature)
    result["objects_per_second"] = report.n / answers.seconds if answers.seconds else None
    result["model"] = predictor.version.reference
    if ood is not None:
        others = read_labelled(ood, loaded.challenge)
        result |= evaluate_ood(answers, ask(predictor, loaded, others), others)
    return result


def group_weights(challenge: Challenge, groups: Groups) -> NDArray[np.float64] | None:
    """Return the weight of each group of classes in the metric: the largest of its classes."""
    weights = class_weights(challenge)
    return None if weights is None else np.array([weights[list(each)].max() for each in groups.members])


def answered_among(
    answers: Answers, targets: NDArray[np.int64], groups: Groups, challenge: Challenge
) -> NDArray[np.float64]:
    """Return the probabilities of each group of classes, `[n, groups]`.

    Where the file's labels are the classes, a class with an assumed share that no row is of is left out.
    """
    if groups.names == challenge.class_names:
        return among_present(answers.probabilities, targets, challenge)
    return groups.sums(answers.probabilities)


def without_labels(challenge: Challenge) -> Challenge:
    """Return a challenge that says nothing of what a file's labels stand for: the caller does."""
    source = msgspec.structs.replace(challenge.dataset.reader, labels={})
    tables = {
        role: msgspec.structs.replace(one, labels=UNSET) for role, one in challenge.dataset.tables.items()
    }
    dataset = msgspec.structs.replace(challenge.dataset, source=source, labels={}, tables=tables)
    return msgspec.structs.replace(challenge, dataset=dataset)


def all_labels(rows: LabelledRows, data: Path | None) -> tuple[str, ...]:
    """Return the label of every row; refuse data that lacks one."""
    if rows.labels is None:
        raise DataError(
            "the data has no labels", where=str(data), accepted="a column label, or class folders"
        )
    labels = tuple(label for label in rows.labels if label is not None)
    if len(labels) < len(rows.labels):
        raise DataError("a row has no label", where=f"{data}, row {rows.labels.index(None)}")
    return labels


def check_challenge(predictor: Predictor, challenge: Challenge) -> None:
    """Refuse a model of another challenge."""
    signature = predictor.version.signature
    if signature.challenge != challenge.name or signature.classes != challenge.class_names:
        raise RegistryError(
            "this model answers another question",
            where=predictor.version.reference,
            got=f"{signature.challenge}: {', '.join(signature.classes)}",
            accepted=f"{challenge.name}: {', '.join(challenge.class_names)}",
        )


def read_hold_out(loaded: LoadedChallenge, settings: Settings) -> LabelledRows:
    """Return the hold-out of the collected data."""
    version = catalog.current_version(loaded.name, settings)
    table = None if version is None else version.objects(HOLD_OUT)
    if table is None or len(table) == 0:
        raise NotFoundError(
            "there is no hold-out to evaluate on",
            where=loaded.name,
            hint=f"give --data PATH, or collect: outclass collect {loaded.name}"
            if version is None
            else "this data keeps none (`split.holdout`): give --data PATH with rows of your own",
        )
    inputs = table.inputs
    if isinstance(inputs, PhotoTable):
        return LabelledRows(rows=kept_photos(inputs, loaded.challenge.limits), labels=table.labels)
    rows = inputs if isinstance(inputs, SeriesTable) else rows_of(loaded, inputs)
    return LabelledRows(rows=rows, labels=table.labels)


def ask(predictor: Predictor, loaded: LoadedChallenge, labelled: LabelledRows) -> Answers:
    """Let the model answer as it does when it serves, and take the time.

    That of series is with their features, that of photos with their decoding.
    """
    started = time.perf_counter()
    predictions = predict_all(predictor, loaded, labelled.rows)
    seconds = time.perf_counter() - started
    classes = predictor.version.signature.classes
    width = len(classes)
    return Answers(
        probabilities=np.array([list(p.probabilities.values()) for p in predictions]).reshape(-1, width),
        in_set=np.array([[c in p.prediction_set for c in classes] for p in predictions], bool).reshape(
            -1, width
        ),
        answered=np.array([not p.abstained for p in predictions], dtype=bool),
        strangeness=np.array([strangeness(p.answer, p.outlier, p.confidence) for p in predictions]),
        seconds=seconds,
        fallbacks=tuple(p.group for p in predictions),
    )


def fallback_figures(
    answers: Answers, targets: NDArray[np.int64], groups: Groups, signature: Signature
) -> dict[str, float | None]:
    """Return how often a group was named for want of a likely class, and how often the truth was in it."""
    if not signature.groups:
        return {}
    held = {
        name: {signature.classes.index(one) for one in members} for name, members in signature.groups.items()
    }
    right = [
        held[name].issuperset(groups.members[target])
        for name, target in zip(answers.fallbacks, targets.tolist(), strict=True)
        if name is not None
    ]
    share = len(right) / len(targets) if len(targets) else None
    return {"fallback": share, "fallback_right": float(np.mean(right)) if right else None}


def predict_all(predictor: Predictor, loaded: LoadedChallenge, given: Inputs) -> list[Prediction]:
    """Return the answers for objects of any kind."""
    if isinstance(given, PhotoFiles):
        return predict_photos(predictor, given)
    return predictor.predict_many(rows_of(loaded, given) if isinstance(given, SeriesTable) else given)


def strangeness(answer: str | None, outlier: float | None, confidence: float) -> float:
    """Return how unlike any class an object is taken to be."""
    if answer is None:
        return float("inf")
    return 1 - confidence if outlier is None else outlier


def evaluate_ood(known: Answers, answers: Answers, others: LabelledRows) -> dict[str, object]:
    """Return how well other objects are told from known ones: in all, by set, and by label of each set."""
    threshold = float(np.quantile(known.strangeness, KEPT, method="higher"))
    total = describe_ood(known, answers, np.ones(len(answers.strangeness), dtype=bool), threshold)
    sets: list[dict[str, object]] = []
    labels: list[dict[str, object]] = []
    for name in sorted(set(others.sets or ())):
        chosen = np.array([each == name for each in others.sets or ()])
        sets.append({"set": name, **describe_ood(known, answers, chosen, threshold)})
        for label, part in by_label(others, chosen).items():
            labels.append({"set": name, "label": label, **describe_ood(known, answers, part, threshold)})
    figures = {f"ood_{name}": value for name, value in total.items()}
    return {**figures, "ood_sets": sets, "ood_labels": labels}


def describe_ood(
    known: Answers, answers: Answers, chosen: NDArray[np.bool_], threshold: float
) -> dict[str, float | int | None]:
    """Return the figures of some of the other objects.

    `answered` is the share that the model answers all the same; `answered_at_98` the share that it would
    answer if its threshold were where 98 % of the known objects are kept.
    """
    strange = answers.strangeness[chosen]
    if len(strange) == 0:
        return {"n": 0, "auroc": None, "answered": None, "answered_at_98": None}
    return {
        "n": len(strange),
        "auroc": float(auroc(strange, known.strangeness)),
        "answered": float(answers.answered[chosen].mean()),
        "answered_at_98": float((strange <= threshold).mean()),
    }


def by_label(others: LabelledRows, chosen: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Return which of the chosen rows have each label, where there are a few labels."""
    labels = np.array([label or "" for label in others.labels or [""] * len(chosen)])
    names = sorted(set(labels[chosen].tolist()) - {""})
    return {name: chosen & (labels == name) for name in names} if 1 < len(names) <= MANY_LABELS else {}
