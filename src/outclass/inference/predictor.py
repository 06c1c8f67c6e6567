"""A model version that is loaded and has answered its canary."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import RegistryError
from outclass.catalog.challenge import InputKind
from outclass.inference.abstain import reason_to_abstain, set_of, softmax
from outclass.inference.backbone import Backbone
from outclass.inference.backoff import back_off
from outclass.inference.linear_text import Explanation
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.inference.rows import (
    COUNT,
    Rows,
    Values,
    are_views,
    canary_row,
    say_something,
    shaped,
    usual_row,
)
from outclass.inference.session import PhotoSession, Session, TextSession, features_fingerprint
from outclass.inputs.table import encode
from outclass.inputs.text import rows_of_texts
from outclass.registry.version import ModelVersion, Signature

if TYPE_CHECKING:
    from outclass.catalog.loader import LoadedChallenge

__all__ = ["Logits", "Predictor", "Rows", "Scores", "Values", "calibrate", "canary_row"]

CANARY_TOLERANCE = 1e-3
CHUNK = 256
"""Most rows that go through the model at once."""
TIMED_RUNS = 3
Logits = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The numbers behind predictions, for evaluation.

    Attributes
    ----------
    logits
        ``[n, classes]``, before calibration.
    probabilities
        float64 ``[n, classes]``, calibrated.
    outlier
        float32 ``[n]``, higher is less like any class; None where the model has no such output.
    """

    logits: Logits
    probabilities: NDArray[np.float64]
    outlier: Values | None


class Predictor:
    """Answers with one model version; safe to share between threads.

    Make it with `Predictor.load`.

    Attributes
    ----------
    version
        The version that answers.
    members
        Of an ensemble, the predictors of its members; else none.
    milliseconds
        Time of one answer, measured when it was loaded; of a model of photos, which takes a view, when it
        is first asked for, as the network behind it is not opened before.
    """

    def __init__(
        self,
        version: ModelVersion,
        session: Session | TextSession | PhotoSession | None,
        members: "tuple[Predictor, ...]" = (),
    ) -> None:
        self.version = version
        self.members = members
        self._session = session
        self._signature = version.signature
        self._kind = version.signature.input.kind
        names = version.signature.features
        self._count = names.index(COUNT) if COUNT in names else None
        self._nothing = nothing_drawn(version)

    @classmethod
    def load(cls, version: ModelVersion, challenge: "LoadedChallenge | None" = None) -> "Predictor":
        """Load a version, and the members of an ensemble, check its canary and measure its speed.

        Parameters
        ----------
        challenge
            The challenge whose code makes the features; by default that of the name in the signature.

        Raises
        ------
        RegistryError
            The version is damaged, its answer to the canary is not the one that was recorded, or its features
            were made by other code than is here.
        """
        predictor = cls.unchecked(version, challenge)
        predictor.check_canary()
        if predictor.version.signature.input.kind is not InputKind.PHOTO:
            predictor.milliseconds = time_one(predictor)
        return predictor

    @classmethod
    def unchecked(cls, version: ModelVersion, challenge: "LoadedChallenge | None" = None) -> "Predictor":
        """Load a version whose answer to the canary is not known yet; `load` is for all others."""
        check_features(version, challenge)
        members = tuple(cls.load(member, challenge) for member in version.members)
        if members:
            return cls(version, None, members)
        match version.signature.input.kind:
            case InputKind.TEXT:
                return cls(version, TextSession(version))
            case InputKind.PHOTO:
                return cls(version, PhotoSession(version))
            case _:
                return cls(version, Session(version))

    @cached_property
    def milliseconds(self) -> float:
        """Return the time of one answer."""
        return time_one(self)

    @property
    def backbone(self) -> Backbone:
        """Return the network that makes the features of photos; it is opened when it is first needed.

        Raises
        ------
        RegistryError
            It cannot be opened, or this is no model of photos.
        """
        if isinstance(self._session, PhotoSession):
            return self._session.backbone
        if self.members:
            return self.members[0].backbone  # the registry sees to it that all members have the same features
        raise RegistryError("this model reads no photos", where=self.version.reference)

    def predict_one(self, row: Rows | str | Mapping[str, object]) -> Prediction:
        """Answer for one object.

        Parameters
        ----------
        row
            float32, of the input's own shape (``[28, 28]`` for a drawing) or of the signature's; or a
            text; or the view of a photo, uint8 ``[224, 224, 3]``; or a record, ``{column: value}``.

        Raises
        ------
        InvalidInputError
            Another shape, or values that are no numbers, or are not those of a column.
        """
        if isinstance(row, Mapping):
            return self.predict_many([row])[0]
        return self.predict_many(row[np.newaxis] if isinstance(row, np.ndarray) else rows_of_texts([row]))[0]

    def predict_many(self, rows: Rows | Sequence[Mapping[str, object]]) -> list[Prediction]:
        """Answer for many objects, in their order; each is answered as it would be alone."""
        if not isinstance(rows, np.ndarray):
            rows = encode(rows, self._signature.input.columns)
        rows = shaped(rows, self._signature)
        if 0 < len(rows) <= CHUNK:
            return self._predict_chunk(rows)
        return [
            prediction
            for start in range(0, len(rows), CHUNK)
            for prediction in self._predict_chunk(rows[start : start + CHUNK])
        ]

    def scores(self, rows: Rows) -> Scores:
        """Return logits, calibrated probabilities and outlier scores, without abstaining."""
        rows = shaped(rows, self._signature)
        chunks = [self.run(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
        none = np.zeros((0, len(self._signature.classes)), dtype=np.float32)
        logits: Logits = np.concatenate([chunk[0] for chunk in chunks]) if chunks else none
        outlier = [chunk[1] for chunk in chunks if chunk[1] is not None]
        return Scores(
            logits=logits,
            probabilities=calibrate(logits, self._signature.temperature),
            outlier=np.concatenate(outlier) if outlier else None,
        )

    def explain(self, text: str) -> Explanation | None:
        """Return what each word of a text adds; of an ensemble, to its first member that can tell."""
        if isinstance(self._session, TextSession):
            return self._session.model.explain(text)
        found = (member.explain(text) for member in self.members)
        return next((one for one in found if one is not None), None)

    def run(self, rows: Rows) -> tuple[Logits, Values | None]:
        """Return the logits of rows of the right shape, and the outlier scores where there are such.

        Those of an ensemble are the mean of its members' logarithms of calibrated probabilities.
        """
        if self._session is not None:
            return self._session.run(rows)
        rows = self._features(rows)
        return mean_logarithm([member.log_probabilities(rows) for member in self.members]), None

    def log_probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Return the logarithms of the calibrated probabilities of rows of the right shape."""
        scaled = self.run(rows)[0].astype(np.float64) / self._signature.temperature
        scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
        result: NDArray[np.float64] = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return result

    def check_canary(self) -> None:
        """Compare the answer to an input of zeros, or to an empty text, with the recorded one."""
        try:
            found = self.scores(canary_row(self._signature)).probabilities[0]
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no base below Exception
            raise RegistryError(
                "the model does not answer", where=self.version.reference, got=str(error)
            ) from None
        expected = np.array(self._signature.canary)
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=0.0, atol=CANARY_TOLERANCE):
            raise RegistryError(
                "the model's answer to the canary is not the recorded one",
                where=self.version.reference,
                got=np.round(found, 4).tolist(),
                accepted=str(np.round(expected, 4).tolist()),
            )

    def _features(self, rows: Rows) -> Rows:
        """Return the features of views, once for all members of an ensemble; other rows as they are."""
        return self.backbone.embed(rows) if are_views(rows) else rows

    def _predict_chunk(self, rows: Rows) -> list[Prediction]:
        """Answer for a few rows of the right shape."""
        drawn = say_something(rows, self._kind, self._count)
        if self._kind is InputKind.TEXT:
            drawn = [said and self.sees(text) for said, text in zip(drawn, rows.tolist(), strict=True)]
        if self._session is None:
            return self._predict_together(rows, drawn)
        logits, outlier = self._session.run(rows)
        scores: Sequence[float | None] = [None] * len(rows) if outlier is None else outlier.tolist()
        return [
            self._prediction(row, score) if ink else self._nothing
            for row, score, ink in zip(logits.tolist(), scores, drawn, strict=True)
        ]

    def sees(self, text: str) -> bool:
        """Tell whether a model, or a member of it, sees anything of a text."""
        if isinstance(self._session, TextSession):
            return not self._session.model.is_empty(text)
        return any(member.sees(text) for member in self.members)

    def _predict_together(self, rows: Rows, known: list[bool]) -> list[Prediction]:
        """Answer as an ensemble, and say what each member answers."""
        rows = self._features(rows)
        each = [member.log_probabilities(rows) for member in self.members]
        logits = mean_logarithm(each).tolist()
        chances = [np.exp(one).tolist() for one in each]
        answers = []
        for place, row in enumerate(logits):
            if not known[place]:
                answers.append(self._nothing)
                continue
            members = tuple(
                (member.version.reference, dict(zip(self._signature.classes, one[place], strict=True)))
                for member, one in zip(self.members, chances, strict=True)
            )
            answers.append(self._prediction(row, None, members))
        return answers

    def _prediction(
        self,
        logits: list[float],
        outlier: float | None,
        members: tuple[tuple[str, dict[str, float]], ...] = (),
    ) -> Prediction:
        """Turn the numbers of one row into an answer."""
        signature = self._signature
        probabilities = softmax(logits, signature.temperature)
        chosen = set_of(probabilities, signature.prediction_set)
        best = chosen[0] if chosen else probabilities.index(max(probabilities))
        reason = reason_to_abstain(probabilities[best], outlier, signature.abstention)
        named = dict(zip(signature.classes, probabilities, strict=True))
        hedge = back_off(named, signature.groups) if signature.groups else None
        return Prediction(
            challenge=signature.challenge,
            model=self.version.reference,
            answer=signature.classes[best],
            probabilities=named,
            confidence=probabilities[best],
            prediction_set=tuple([signature.classes[index] for index in chosen]),
            abstained=reason is not None or not chosen,
            reason=reason if chosen else reason or AbstainReason.UNDECIDED,
            outlier=outlier,
            members=members,
            group=hedge.group if hedge else None,
            group_confidence=hedge.confidence if hedge else None,
        )


def check_features(version: ModelVersion, challenge: "LoadedChallenge | None") -> None:
    """Refuse a version that learned from features which other code made than the one that is here."""
    expected = version.signature.features_sha256
    if expected is None:
        return
    if version.signature.input.kind is InputKind.PHOTO:
        check_fingerprint(version, expected)
        return
    loaded = challenge or catalog.load_challenge(version.signature.challenge)
    found = catalog.features_sha256(loaded)
    if found != expected:
        raise RegistryError(
            "the model learned from features that other code made",
            where=version.reference,
            got=f"features.py of {loaded.name} and its modules have the hash {str(found)[:12]}",
            accepted=expected[:12],
            hint=f"train it again: outclass train {loaded.name}; or use the code that it was trained with",
        )


def check_fingerprint(version: ModelVersion, expected: str) -> None:
    """Refuse a model of photos that learned from another network's features, or from other views."""
    found = expected if version.members else features_fingerprint(version)
    if found != expected:
        raise RegistryError(
            "the model learned from features that another network made, or from other views of photos",
            where=version.reference,
            got=found[:12],
            accepted=expected[:12],
            hint=f"train it again: outclass train {version.signature.challenge}",
        )


def mean_logarithm(each: list[NDArray[np.float64]]) -> Values:
    """Return the logarithm of the geometric mean, up to a constant in each row."""
    return np.asarray(np.mean(each, axis=0), dtype=np.float32)


def calibrate(logits: Logits, temperature: float) -> NDArray[np.float64]:
    """Return softmax of logits over temperature, row by row, in double precision."""
    scaled = logits.astype(np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    result: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return result


def nothing_drawn(version: ModelVersion) -> Prediction:
    """Return the answer to an empty drawing: the prior, and no class."""
    signature: Signature = version.signature
    return Prediction(
        challenge=signature.challenge,
        model=version.reference,
        answer=None,
        probabilities=dict(zip(signature.classes, signature.prior, strict=True)),
        confidence=max(signature.prior),
        prediction_set=signature.classes,
        abstained=True,
        reason=AbstainReason.EMPTY,
        outlier=None,
    )


def time_one(predictor: Predictor) -> float:
    """Return the milliseconds of one answer, the fastest of a few."""
    row = usual_row(predictor.version.signature)
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        predictor.predict_many(row)
        times.append(time.perf_counter() - start)
    return min(times) * 1000
