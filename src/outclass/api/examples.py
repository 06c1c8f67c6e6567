"""Examples for the OpenAPI document and the docs page; tests send the bodies to a real application."""

from collections.abc import Mapping
from typing import Any

ONE_8X8 = [
    *(0, 0, 0, 0, 0, 0, 0, 0),
    *(0, 0, 0, 0.5, 1, 0, 0, 0),
    *(0, 0, 0.5, 1, 1, 0, 0, 0),
    *(0, 0, 0, 0, 1, 0, 0, 0),
    *(0, 0, 0, 0, 1, 0, 0, 0),
    *(0, 0, 0, 0, 1, 0, 0, 0),
    *(0, 0, 0, 1, 1, 1, 0, 0),
    *(0, 0, 0, 0, 0, 0, 0, 0),
]
BAR_3X5 = [*(255, 0, 255), *(255, 0, 255), *(255, 0, 255), *(255, 0, 255), *(255, 0, 255)]
PREDICTION_ID = "pK3v9TqLw2ZsXb7Rn0aBcDeFgHi"
MODEL = "digits@4f1c0a9b7e23"

DRAWINGS: Mapping[str, object] = {
    "flat list": ONE_8X8,
    "picture": {"width": 3, "height": 5, "pixels": BAR_3X5},
    "named": {"drawing": ONE_8X8},
}
BODIES: Mapping[str, Mapping[str, object]] = {
    "FeedbackRequest": {"right answer": {"label": "1"}},
    "InferenceRequest": {
        "one picture": {
            "id": "any text",
            "inputs": [
                {"name": "image", "shape": [1, 28, 28], "datatype": "UINT8", "data": [[[0] * 28] * 28]}
            ],
            "outputs": [{"name": "probabilities"}],
        }
    },
}
ANSWERS: Mapping[str, dict[str, Any]] = {
    "predict": {
        "id": PREDICTION_ID,
        "challenge": "digits",
        "model": MODEL,
        "answer": "1",
        "probabilities": {"0": 0.0, "1": 0.993, "2": 0.001, "3": 0.0, "4": 0.002, "5": 0.0, "6": 0.0,
                          "7": 0.004, "8": 0.0, "9": 0.0},
        "confidence": 0.993,
        "prediction_set": ["1"],
        "abstained": False,
        "reason": None,
        "milliseconds": 1.204,
    },
    "give_feedback": {
        "id": "0c5e3f8f0d6f5d6ea3f3a0a8f1f3a1b2",
        "prediction": PREDICTION_ID,
        "challenge": "digits",
        "label": "1",
        "agrees": True,
    },
    "get_leaderboard": {
        "challenge": "digits",
        "order": "skill",
        "minimum_rounds": 10,
        "players": [
            {"rank": 1, "player": "digits", "kind": "model", "rounds": 40, "skill": 98.1,
             "models_skill": 98.1, "winnings": 31204.5}
        ],
    },
}  # fmt: skip
