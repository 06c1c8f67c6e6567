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
CURVE: Mapping[str, object] = {
    "object": {"hostgal_photoz": 0.12, "hostgal_photoz_err": 0.03},
    "mjd": [60600.1, 60600.1, 60604.2, 60611.3],
    "passband": ["g", "r", "r", "i"],
    "flux": [35.2, 41.0, 160.4, 148.7],
    "flux_err": [2.1, 1.8, 2.9, 3.6],
}
CURVES: Mapping[str, object] = {
    "light curve in columns": CURVE,
    "light curve in rows": {
        "object": {"hostgal_photoz": 0},
        "observations": [
            {"mjd": 60600.1, "passband": 1, "flux": 35.2, "flux_err": 2.1, "detected": True},
            {"mjd": 60604.2, "passband": 2, "flux": 160.4, "flux_err": 2.9, "detected": True},
        ],
    },
}
TEXTS: Mapping[str, object] = {
    "text": {"text": "Your parcel is waiting, pay the fee at http://example.org to get it."},
    "bare text": "See you at seven?",
}
PLAIN_TEXTS: Mapping[str, object] = {"text": "See you at seven?"}
PIXELS = (
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAALElEQVR42u3NMQ0AMAgAMJgQbvwHgTMBX2ugOV1x6cUxgUAgEAgEAoFAsO"
    "UDZsUBOtWVdWAAAAAASUVORK5CYII="
)
"""A red square, as PNG in base64."""
PHOTOS: Mapping[str, object] = {
    "photo by its address": {"url": "https://example.org/fly-agaric.jpg"},
    "photo in base64": {"photo": PIXELS, "id": "mine", "box": [4, 4, 24, 24]},
}
INPUTS: Mapping[str, object] = {**DRAWINGS, **CURVES, **TEXTS, **PHOTOS}
TABLES: Mapping[str, object] = {
    "light curve": (
        "mjd,passband,flux,flux_err,hostgal_photoz\n60600.1,g,35.2,2.1,0.12\n60604.2,r,160.4,2.9,0.12\n"
    )
}
BATCHES: Mapping[str, object] = {
    "drawings": {"objects": [ONE_8X8, {"width": 3, "height": 5, "pixels": BAR_3X5}]},
    "light curves": {"objects": [{"id": "first", **CURVE}, {"id": "second", **CURVE}]},
    "texts": {"objects": list(TEXTS.values())},
    "photos": {"objects": list(PHOTOS.values())},
}
BATCH_TABLES: Mapping[str, object] = {
    "light curves": (
        "object_id,mjd,passband,flux,flux_err\nfirst,60600.1,g,35.2,2.1\nsecond,60604.2,r,160.4,2.9\n"
    )
}
ROWS: Mapping[str, object] = {
    "two messages": [
        {"id": "sms-1", "text": "Your code is 482913", "label": "notification"},
        {"id": "sms-2", "text": "See you at seven?"},
    ]
}
ROW_LINES: Mapping[str, object] = {
    "two messages": '{"text": "Your code is 48291", "label": "notification"}\n{"text": "See you at seven?"}\n'
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
EXPLAINED: Mapping[str, Any] = {
    "id": PREDICTION_ID,
    "challenge": "messages",
    "model": "messages@5e26ab61c6ed",
    "answer": "spam",
    "probabilities": {"personal": 0.037, "notification": 0.006, "spam": 0.957},
    "confidence": 0.957,
    "prediction_set": ["spam"],
    "abstained": False,
    "reason": None,
    "milliseconds": 0.911,
    "explanation": [
        {
            "name": "notification or spam",
            "group": ["spam"],
            "score": 3.01,
            "base": -4.71,
            "spans": [
                {"start": 0, "end": 3, "token": "win", "value": 0.33},
                {"start": 4, "end": 8, "token": "free", "value": 1.02},
                {"start": 9, "end": 14, "token": "prize", "value": 2.08},
            ],
            "measures": [{"name": "length", "title": "length of the message", "value": 2.46}],
            "rules": [{"name": "prize", "title": "something was won", "value": 1.83}],
        }
    ],
}
"""What `Win free prize` may be answered with `explain=1`; of two decisions one."""
MORE_ANSWERS: Mapping[str, Mapping[str, object]] = {"predict": {"a text, with explain=1": EXPLAINED}}
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
    "add_rows": {
        "challenge": "messages",
        "batch": "0c5e3f8f0d6f5d6ea3f3a0a8f1f3a1b2",
        "rows": 2,
        "new": True,
        "next": "outclass collect messages",
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
