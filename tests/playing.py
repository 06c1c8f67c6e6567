"""Steps of the game that several tests take."""

from collections.abc import Callable
from typing import Any, TypeAlias

from django.test import Client

NewUser: TypeAlias = Callable[..., Any]
BACKEND = "django.contrib.auth.backends.ModelBackend"
BET = {"bet_0": "100", "bet_1": "0", "bet_2": "0", "bet_3": "0"}


def deal(browser: Client, once: str = "one-time-token") -> str:
    """Ask for a deal of `shapes` and return the address of its first round."""
    answer = browser.post("/c/shapes/deal/", {"once": once})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def text(answer: Any) -> str:
    """Return a page's text."""
    return str(answer.content.decode())
