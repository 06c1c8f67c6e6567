"""What a path holds, and the challenge that can be made of it.

>>> from outclass.catalog.recognizing import Choices, draft_text, recognize, write_challenge
>>> found = recognize(Path("iris.csv"))  # doctest: +SKIP
>>> found.evidence  # doctest: +SKIP
('column `species`: 3 values in 150 rows; named like a label', ...)
>>> write_challenge(found, "iris", Path("challenges"))  # doctest: +SKIP
"""

from outclass.catalog.recognizing.found import Choices, Found, Question
from outclass.catalog.recognizing.recognizer import recognize
from outclass.catalog.recognizing.refusals import REFUSALS, Refusal, RefusedDataError
from outclass.catalog.recognizing.writing import draft_text, name_of, write_challenge

__all__ = [
    "REFUSALS",
    "Choices",
    "Found",
    "Question",
    "Refusal",
    "RefusedDataError",
    "draft_text",
    "name_of",
    "recognize",
    "write_challenge",
]
