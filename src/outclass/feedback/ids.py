"""Ids of predictions, signed, so that feedback is taken for an answer that is not written down yet."""

import base64
import os
import re
from collections.abc import Iterable

from outclass.base.secret import MARK_LENGTH, Signer

RANDOM_BYTES, TEXT_LENGTH = 12, 16
PREDICTION_ID = re.compile(r"p[A-Za-z0-9_-]{26}")
"""The letter p, 16 random characters, 10 of signature."""
STOCK = 64
"""So many ids are made at a time: one by one, each takes far longer once a model has emptied the caches."""


class PredictionIds:
    """Makes and checks ids of predictions.

    Parameters
    ----------
    key
        The installation's secret.

    Examples
    --------
    >>> ids = PredictionIds(b"k" * 32)
    >>> one = ids.new("digits")
    >>> len(one), ids.challenge_of(one, ["stars", "digits"]), ids.challenge_of(one[:-1] + "?", ["digits"])
    (27, 'digits', None)
    """

    def __init__(self, key: bytes) -> None:
        self._signer = Signer(key, "prediction")
        self._stocks: dict[str, list[str]] = {}

    def new(self, challenge: str) -> str:
        """Return a new id for an answer of a challenge; safe to call from any thread."""
        try:
            return self._stocks[challenge].pop()
        except (KeyError, IndexError):
            stock = self._make(challenge)
            one = stock.pop()
            self._stocks[challenge] = stock
            return one

    def _make(self, challenge: str) -> list[str]:
        """Return many new ids."""
        drawn = base64.urlsafe_b64encode(os.urandom(RANDOM_BYTES * STOCK)).decode("ascii")
        texts = (drawn[start : start + TEXT_LENGTH] for start in range(0, len(drawn), TEXT_LENGTH))
        return [f"p{text}{self._signer.sign(f'{challenge}:{text}')}" for text in texts]

    def challenge_of(self, prediction_id: str, challenges: Iterable[str]) -> str | None:
        """Return for which of the challenges an id was made here; None if for none of them."""
        if PREDICTION_ID.fullmatch(prediction_id) is None:
            return None
        text, mark = prediction_id[1:-MARK_LENGTH], prediction_id[-MARK_LENGTH:]
        for challenge in challenges:
            if self._signer.verify(f"{challenge}:{text}", mark):
                return challenge
        return None
