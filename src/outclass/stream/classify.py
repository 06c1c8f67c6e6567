"""The stage that asks a model: bytes in, results and dead letters out."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from outclass.base.errors import InputError, UnavailableError
from outclass.base.limits import Limits
from outclass.inference.prediction import Prediction
from outclass.stream.letters import dead_letter, poison_of
from outclass.stream.reading import Question, Reader, Rows, read_question
from outclass.stream.records import Outgoing, PoisonError, Reason, Record, Work, name_of
from outclass.stream.results import publishable

LOG = logging.getLogger(__name__)

ANSWERED = "answered"
DEAD = "dead"

Refused = tuple[Record, PoisonError]


class Answerer(Protocol):
    """What is needed of a predictor."""

    def predict_many(self, rows: Rows) -> list[Prediction]:
        """Answer for many objects, in their order."""


class Classifier:
    """Classifies batches with whatever model is the champion when a batch comes in.

    Parameters
    ----------
    current
        Returns the model to ask now; called once for each batch.
    reader
        Reads the messages of the challenge's kind of input.
    limits
        What one message may cost.
    """

    def __init__(self, current: Callable[[], Answerer], reader: Reader, limits: Limits) -> None:
        self._current = current
        self._reader = reader
        self._limits = limits

    def work(self, records: Sequence[Record]) -> Work:
        """Return the results of a batch in its order, and the dead letters.

        Raises
        ------
        UnavailableError
            No model is ready.
        """
        answerer = self._current()
        questions, refused = self._read(records)
        answered, failed = self._answer(answerer, questions)
        now = datetime.now(UTC)
        outcomes: dict[str, int] = {}
        results: list[Outgoing] = []
        for question, prediction in answered:
            outcome = ANSWERED if prediction.reason is None else prediction.reason.value
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            results.append(publishable(question, prediction, now))
        letters = [dead_letter(record, poison) for record, poison in (*refused, *failed)]
        if letters:
            outcomes[DEAD] = len(letters)
        return Work(results=results, letters=letters, outcomes=outcomes)

    def _read(self, records: Sequence[Record]) -> tuple[list[Question], list[Refused]]:
        """Read all messages; those that cannot be read are set apart."""
        questions: list[Question] = []
        refused: list[Refused] = []
        for record in records:
            try:
                questions.append(read_question(self._reader, record, self._limits))
            except PoisonError as poison:
                refused.append((record, poison))
        return questions, refused

    def _answer(
        self, answerer: Answerer, questions: list[Question]
    ) -> tuple[list[tuple[Question, Prediction]], list[Refused]]:
        """Ask about all at once; where that fails, about each alone, to find the one that is to blame."""
        if not questions:
            return [], []
        try:
            rows = self._reader.rows([question.content for question in questions])
            return list(zip(questions, answerer.predict_many(rows), strict=True)), []
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - one message must not stop the stream
            if len(questions) == 1:
                return [], [(questions[0].record, blame(questions[0], error))]
        each = [self._answer(answerer, [question]) for question in questions]
        return [pair for found, _ in each for pair in found], [one for _, failed in each for one in failed]


def blame(question: Question, error: Exception) -> PoisonError:
    """Return what a message is refused for that a model could not answer; a fault of ours is logged."""
    if isinstance(error, InputError):
        return poison_of(error)
    kind = type(error).__name__
    LOG.error("a message could not be classified", extra={"source": name_of(question.record), "kind": kind})
    return PoisonError(Reason.FAILED, f"the model failed: {kind}")
