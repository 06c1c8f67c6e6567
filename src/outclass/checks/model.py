"""Promises on the champion: whole, equal alone and among others, described, good enough."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.document import to_json
from outclass.base.errors import NotFoundError, UnavailableError
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.catalog.declared_columns import CategoryValue, InputColumn
from outclass.catalog.hooks import load_features
from outclass.checks.result import NotCheckedError, require
from outclass.checks.subject import Subject
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import canary_row
from outclass.inputs.series import SeriesTable
from outclass.registry.card import card_of, check_card
from outclass.registry.files import signature_problem
from outclass.registry.version import Signature
from outclass.training.gate import measure, unmet
from outclass.training.promotion import make_trial

CLOSE = 1e-5
SUM = 1e-6
GALACTIC, KNOWN = "context.galactic", "context.photoz_known"
NEEDED_LINEAGE = ("data", "run", "seed", "model", "recipe", "parameters", "advice")


def champion_is_whole(subject: Subject) -> str:
    """Every file of the champion has the hash of its manifest, and there are no others."""
    return subject.champion.reference


def signature_survives_the_round_trip(subject: Subject) -> str:
    """The signature is the same after it was written and read again, and does not contradict itself."""
    signature = subject.champion.signature
    again = msgspec.json.decode(to_json(signature), type=Signature)
    require(again == signature, "it changes when it is written and read again")
    problem = signature_problem(signature)
    require(problem is None, str(problem))
    return f"format {signature.format}"


def signature_fits_the_challenge(subject: Subject) -> str:
    """The champion answers this question, with these classes, from this kind of input."""
    signature, challenge = subject.champion.signature, subject.challenge
    require(signature.challenge == challenge.name, f"it belongs to {signature.challenge}")
    require(signature.classes == challenge.class_names, f"its classes are {', '.join(signature.classes)}")
    same = without_words(signature.input) == without_words(challenge.input)
    require(same, f"it reads {signature.input}")
    return f"{len(signature.classes)} classes"


def without_words(declared: InputDeclaration) -> InputDeclaration:
    """Return what is read without what people read about it, which may be written anew."""
    columns = tuple(
        InputColumn(
            name=column.name,
            kind=column.kind,
            values=tuple(CategoryValue(name=value.name) for value in column.values),
        )
        for column in declared.columns
    )
    return msgspec.structs.replace(declared, columns=columns)


def canary_is_answered(subject: Subject) -> str:
    """The champion gives the recorded answer to an input of zeros."""
    subject.predictor.check_canary()
    return f"{subject.predictor.milliseconds:.2f} ms for one answer"


def one_equals_many(subject: Subject) -> str:
    """An object gets the same answer alone as among others, in any order."""
    predictor, rows = subject.predictor, subject.rows
    alone = [list(predictor.predict_one(row).probabilities.values()) for row in rows]
    together = [list(p.probabilities.values()) for p in predictor.predict_many(rows)]
    backwards = [list(p.probabilities.values()) for p in predictor.predict_many(rows[::-1])][::-1]
    difference = max(
        float(np.abs(np.array(alone) - np.array(other)).max()) for other in (together, backwards)
    )
    require(difference <= CLOSE, f"probabilities differ by {difference:.2g}")
    if subject.challenge.input.kind is InputKind.SERIES:
        require(np.array_equal(rows, features_alone(subject)), "features of an object depend on the others")
    return f"largest difference {difference:.1g}"


def features_alone(subject: Subject) -> NDArray[np.float32]:
    """Return the features of each series, made of a table that holds nothing else."""
    hook, declared = load_features(subject.loaded), subject.challenge.input
    return np.concatenate([hook.prepare(SeriesTable.of([one]), declared) for one in subject.series])


def probabilities_sum_to_one(subject: Subject) -> str:
    """Probabilities are from 0 to 1, sum to 1, and the answer is the most probable class, in its set."""
    for prediction in subject.predictor.predict_many(subject.rows):
        values = list(prediction.probabilities.values())
        require(min(values) >= 0 and abs(sum(values) - 1) <= SUM, f"probabilities are {values}")
        require(tuple(prediction.probabilities) == subject.challenge.class_names, "classes are out of order")
        inside = prediction.answer in prediction.prediction_set or not prediction.prediction_set
        require(inside, "the answer is not in the prediction set")
        require(prediction.abstained or prediction.prediction_set, "the prediction set is empty")
        require(prediction.confidence == max(values), "the confidence is not the largest probability")
    return f"{len(subject.rows)} inputs"


def impossible_classes_get_nothing(subject: Subject) -> str:
    """What is known of an object rules classes out: in our galaxy or beyond it, the others get exactly 0."""
    classes = subject.challenge.classes
    places = {label.name: label.facts["galactic"] for label in classes if "galactic" in label.facts}
    features = subject.champion.signature.features
    if not places or GALACTIC not in features or KNOWN not in features:
        return "no class is ruled out by what is known"
    rows = subject.rows[subject.rows[:, features.index(KNOWN)] > 0]
    for row, prediction in zip(rows, subject.predictor.predict_many(rows), strict=True):
        place = "yes" if row[features.index(GALACTIC)] > 0 else "no"
        given = {name: prediction.probabilities[name] for name, where in places.items() if where != place}
        require(not any(given.values()), f"impossible classes get {given}")
    return f"{len(rows)} inputs"


def nothing_drawn_gets_no_answer(subject: Subject) -> str:
    """An empty input is not guessed at."""
    if subject.challenge.input.kind is InputKind.PHOTO:
        raise NotCheckedError("a photo is never empty; what is no photo is refused")
    empty = canary_row(subject.champion.signature)
    if subject.challenge.input.kind is InputKind.TABLE:
        empty = np.full_like(empty, np.nan)
    prediction = subject.predictor.predict_many(empty)[0]
    require(prediction.abstained and prediction.answer is None, f"it answers {prediction.answer}")
    require(prediction.reason is AbstainReason.EMPTY, f"the reason is {prediction.reason}")
    return "abstains"


def card_is_complete(subject: Subject) -> str:
    """The card says what the model does, its data, training, scores, limits and licence."""
    text = card_of(subject.champion.folder)
    check_card(text, where=subject.champion.reference)
    return f"{len(text.split())} words"


def lineage_is_complete(subject: Subject) -> str:
    """The manifest says how to make the model again."""
    lineage = subject.champion.manifest.lineage
    if "imported" in lineage:
        raise NotCheckedError("the model was made elsewhere")
    missing = [name for name in NEEDED_LINEAGE if not lineage.get(name)]
    require(not missing, f"nothing on {', '.join(missing)}")
    return f"data {lineage['data']}, seed {lineage['seed']}, recipe {lineage['recipe']}"


def expectations_are_met(subject: Subject) -> str:
    """The champion reaches what the challenge expects, measured again on the validation rows."""
    try:
        trial = make_trial(subject.loaded, subject.settings)
    except (NotFoundError, UnavailableError, ModuleNotFoundError) as reason:
        raise NotCheckedError(str(reason)) from reason
    figures = measure(subject.predictor, trial)
    reasons = unmet(figures, subject.challenge.expect)
    require(not reasons, "; ".join(reasons))
    return f"accuracy {figures.report.accuracy:.4f} on {len(trial.targets)} validation rows"
