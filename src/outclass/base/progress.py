"""How long work tells what it is doing."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then by long work: `progress("fit", 0.15, "epoch 3 of 20")`.

    `step` is a short name of what is being done, `share` how much of it is done (0 to 1; None where it is
    not known), `text` more to show beside it.
    """

    def __call__(self, step: str, share: float | None, text: str = "") -> None:
        """Take note; must be quick and must not raise."""


def no_progress(step: str, share: float | None, text: str = "") -> None:
    """Tell nobody."""
