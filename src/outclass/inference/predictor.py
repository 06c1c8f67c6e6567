"""A model version that is loaded and has answered its canary."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import InvalidInputError, RegistryError
from outclass.catalog.challenge import InputKind
from outclass.inference.abstain import reason_to_abstain, set_of, softmax
from outclass.inference.backoff import back_off
from outclass.inference.linear_text import Explanation
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.inference.session import Session, TextSession
from outclass.inputs.framing import FAINTEST
from outclass.inputs.text import is_blank, rows_of_texts
from outclass.registry.version import ModelVersion, Signature

if TYPE_CHECKING:
    from outclass.catalog.loader import LoadedChallenge

CANARY_TOLERANCE = 1e-3
CHUNK = 256
"""Most rows that go through the model at once."""
TIMED_RUNS = 3
LARGEST_VALUE = 1e9
ROUNDING = 1e-6
COUNT = "context.count"
"""The feature that counts observations: where there are none, nothing is known."""
MOST_BITS, FAINTEST_BITS = np.array([1.0, FAINTEST], dtype=np.float32).view(np.uint32).tolist()
"""The numbers 1 and `FAINTEST` as their bits."""

SENTENCE = "Your parcel is waiting, see https://example.org or call 555 0100 before 6 pm."
"""The text by which the speed of models of texts is measured."""

Values = NDArray[np.float32]
Logits = NDArray[np.float32] | NDArray[np.float64]
Rows = NDArray[Any]
"""float32 ``[n, *shape]``, or texts: `TextRows`."""


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
        Time of one answer, measured when it was loaded.
    """

    def __init__(
        self,
        version: ModelVersion,
        session: Session | TextSession | None,
        members: "tuple[Predictor, ...]" = (),
    ) -> None:
        self.version = version
        self.members = members
        self.milliseconds = math.inf
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
        predictor.milliseconds = time_one(predictor)
        return predictor

    @classmethod
    def unchecked(cls, version: ModelVersion, challenge: "LoadedChallenge | None" = None) -> "Predictor":
        """Load a version whose answer to the canary is not known yet; `load` is for all others."""
        check_features(version, challenge)
        members = tuple(cls.load(member, challenge) for member in version.members)
        if members:
            return cls(version, None, members)
        is_text = version.signature.input.kind is InputKind.TEXT
        return cls(version, TextSession(version) if is_text else Session(version))

    def predict_one(self, row: Rows | str) -> Prediction:
        """Answer for one object.

        Parameters
        ----------
        row
            float32, of the input's own shape (``[28, 28]`` for a drawing) or of the signature's; or a
            text.

        Raises
        ------
        InvalidInputError
            Another shape, or values that are no numbers.
        """
        return self.predict_many(row[np.newaxis] if isinstance(row, np.ndarray) else rows_of_texts([row]))[0]

    def predict_many(self, rows: Rows) -> list[Prediction]:
        """Answer for many objects, in their order; each is answered as it would be alone."""
        rows = self._shaped(rows)
        if 0 < len(rows) <= CHUNK:
            return self._predict_chunk(rows)
        return [
            prediction
            for start in range(0, len(rows), CHUNK)
            for prediction in self._predict_chunk(rows[start : start + CHUNK])
        ]

    def scores(self, rows: Rows) -> Scores:
        """Return logits, calibrated probabilities and outlier scores, without abstaining."""
        rows = self._shaped(rows)
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

    def _shaped(self, rows: Rows) -> Rows:
        """Bring rows into the shape that the model reads, or refuse them."""
        shape = self._signature.shape
        if self._kind is InputKind.TEXT:
            return check_texts(rows)
        if rows.shape[1:] == shape and rows.dtype == np.float32 and rows.flags.c_contiguous:
            return rows
        rows = np.asarray(rows, dtype=np.float32)
        if rows.ndim == 0 or math.prod(rows.shape[1:]) != math.prod(shape):
            raise InvalidInputError(
                "the input has the wrong shape",
                got=list(rows.shape),
                accepted=f"[n, {', '.join(map(str, shape))}]",
            )
        return np.ascontiguousarray(rows.reshape(len(rows), *shape))

    def _predict_chunk(self, rows: Rows) -> list[Prediction]:
        """Answer for a few rows of the right shape."""
        drawn = self._say_something(rows)
        if self._session is None:
            return self._predict_together(rows, drawn)
        logits, outlier = self._session.run(rows)
        scores: Sequence[float | None] = [None] * len(rows) if outlier is None else outlier.tolist()
        return [
            self._prediction(row, score) if ink else self._nothing
            for row, score, ink in zip(logits.tolist(), scores, drawn, strict=True)
        ]

    def _say_something(self, rows: Rows) -> list[bool]:
        """Tell for each row whether there is anything to answer."""
        match self._kind:
            case InputKind.DRAWING:
                return are_drawn(rows)
            case InputKind.TEXT:
                return [not is_blank(text) for text in rows.tolist()]
            case _:
                return are_known(rows, self._count)

    def _predict_together(self, rows: Rows, known: list[bool]) -> list[Prediction]:
        """Answer as an ensemble, and say what each member answers."""
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


def mean_logarithm(each: list[NDArray[np.float64]]) -> Values:
    """Return the logarithm of the geometric mean, up to a constant in each row."""
    return np.asarray(np.mean(each, axis=0), dtype=np.float32)


def canary_row(signature: Signature) -> Rows:
    """Return the input that every version must answer as recorded: zeros, or an empty text."""
    if signature.input.kind is InputKind.TEXT:
        return rows_of_texts([""])
    return np.zeros((1, *signature.shape), dtype=np.float32)


def check_texts(rows: Rows) -> Rows:
    """Return rows that are texts, or refuse them."""
    if rows.dtype != np.object_ or rows.ndim != 1 or not all(isinstance(row, str) for row in rows.tolist()):
        raise InvalidInputError("the input holds no texts", got=f"{rows.dtype} {list(rows.shape)}")
    return rows


def are_drawn(rows: Values) -> list[bool]:
    """Tell for each drawing whether it holds ink, and refuse values outside 0 to 1.

    Read as whole numbers, floats from 0 up keep their order, and negative ones and NaN lie above all others:
    one pass finds the peak and whatever is out of range.
    """
    bits = rows.view(np.uint32)
    if len(rows) == 1:  # where the peak is, is found sooner than how high it is
        peaks = [int(bits.item(bits.argmax()))]
    else:
        peaks = bits.reshape(len(rows), -1).max(axis=1).tolist()
    if max(peaks) > MOST_BITS:
        least, most = float(rows.min()), float(rows.max())
        if not (least >= -ROUNDING and most <= 1.0 + ROUNDING):
            raise out_of_range(least, most, "0 to 1")
        return [float(row.max()) >= FAINTEST for row in rows]
    return [peak >= FAINTEST_BITS for peak in peaks]


def are_known(rows: Values, count: int | None) -> list[bool]:
    """Tell for each row whether anything was observed; refuse values that are no numbers or beyond all use.

    Without a column that counts observations no row counts as empty.
    """
    least, most = float(rows.min()), float(rows.max())
    if not (least >= -LARGEST_VALUE and most <= LARGEST_VALUE):
        raise out_of_range(least, most, f"{-LARGEST_VALUE:g} to {LARGEST_VALUE:g}")
    known: list[bool] = [True] * len(rows) if count is None else (rows[:, count] > 0).tolist()
    return known


def out_of_range(least: float, most: float, accepted: str) -> InvalidInputError:
    """Return the error for such values."""
    return InvalidInputError(
        "the input holds values that are out of range or no numbers",
        got=f"{least:g} to {most:g}",
        accepted=accepted,
    )


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
    signature = predictor.version.signature
    is_text = signature.input.kind is InputKind.TEXT
    row = rows_of_texts([SENTENCE]) if is_text else np.ones((1, *signature.shape), dtype=np.float32)
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        predictor.predict_many(row)
        times.append(time.perf_counter() - start)
    return min(times) * 1000
