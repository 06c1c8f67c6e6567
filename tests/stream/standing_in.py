"""A consumer with a stand-in for the model, as a process: `standing_in.py URL IN OUT GROUP BATCH [OPTIONS]`.

`--slow SECONDS` a message, `--die-before-commit N`: kill -9 of itself after batch N is published.
"""

import argparse
import os
import signal
import time

from outclass.base.limits import Limits
from outclass.base.logs import configure_logs
from outclass.inference.prediction import Prediction
from outclass.stream import service
from outclass.stream.classify import Classifier
from outclass.stream.reading import TextReader
from outclass.stream.transport import Address, Options

LONG = 20


class LengthModel:
    """Calls long texts spam."""

    def __init__(self, slow: float = 0.0) -> None:
        self._slow = slow

    def predict_many(self, rows):
        time.sleep(self._slow * len(rows))
        return [self._one("spam" if len(row) > LONG else "personal") for row in rows]

    def _one(self, answer: str) -> Prediction:
        rest = {"personal": 0.1, "notification": 0.1, "spam": 0.1}
        return Prediction(
            challenge="messages",
            model="messages@0123456789ab",
            answer=answer,
            probabilities={**rest, answer: 0.8},
            confidence=0.8,
            prediction_set=(answer,),
            abstained=False,
            reason=None,
            outlier=None,
        )


def dying(commits: int) -> None:
    """Let the process kill itself instead of its commit of that number."""
    from outclass.stream import kafka  # noqa: PLC0415 - only where this is wanted

    real = kafka.KafkaTransport._commit
    left = [commits]

    async def commit(self, offsets) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await real(self, offsets)

    kafka.KafkaTransport._commit = commit


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("url", "topic", "out", "group"):
        parser.add_argument(name)
    parser.add_argument("batch", type=int)
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--die-before-commit", type=int)
    parser.add_argument("--session", type=float, default=3.0)
    given = parser.parse_args()
    if given.die_before_commit:
        dying(given.die_before_commit)
    configure_logs()
    options = Options(
        address=Address.parse(given.url),
        topic=given.topic,
        group=given.group,
        writes=(given.out, f"{given.topic}.dead-letter"),
        batch=given.batch,
        partitions=4,
        session_seconds=given.session,
    )
    model = LengthModel(given.slow)
    stage = Classifier(lambda: model, TextReader(Limits()), Limits())
    status = service.Status(port=0)
    service.run(stage, options, status, announce=lambda url: print(url, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
