"""What can be set about the training of the digits model; the values stand in `challenge.yaml`."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from difflib import get_close_matches

from outclass.base.errors import DataError

CONVOLUTIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the outcome besides the data and the seed.

    There are no defaults but where the outcome stays the same: what is not declared is not known later.

    Parameters
    ----------
    epochs
        Passes over the training rows.
    members
        Nets of the ensemble; member m of seed s is trained alone with seed s + m.
    channels
        Widths of the six convolutions; declared with hyphens between, as `16-48-64-64-96-96`.
    batch
        Pictures in a step.
    rate
        Peak learning rate (one cycle: linear rise, cosine fall).
    decay
        Weight decay of kernels.
    average
        Decay of the exponential moving average of the weights, which is what is kept.
    dropout
        Share of the last hidden values that are left out in a step.
    nondigits
        Non-digits shown per digit.
    bank
        Non-digits that are made once, to draw from; a quarter as many handmade digits.
    handmade
        Digits written by rule or in fonts, shown per digit.
    redrawn
        Share of digits that are shown as redrawn.
    flatness
        Weight of the loss that asks for equal digit probabilities on non-digits.
    strength
        Strength of the augmentation in the first 70 % of the steps; it falls to `final_strength` at the end.
    final_strength
        See `strength`.
    half
        Compute in bfloat16 where that is allowed (the weights stay float32).
    workers
        Members that are trained beside each other, each on one core, where there are as many.
    """

    epochs: int
    members: int
    channels: tuple[int, ...]
    batch: int
    rate: float
    decay: float
    average: float
    dropout: float
    nondigits: float
    bank: int
    handmade: float
    redrawn: float
    flatness: float
    strength: float
    final_strength: float
    half: bool
    workers: int = 1

    def learning(self) -> dict[str, object]:
        """Everything that decides the outcome of one member."""
        values = asdict(self) | {"channels": list(self.channels)}
        return {name: value for name, value in values.items() if name not in ("members", "workers")}


def read_recipe(parameters: Mapping[str, object]) -> Recipe:
    """Read a recipe from the parameters of the challenge file.

    Raises
    ------
    DataError
        An unknown or missing parameter, or a value of the wrong type.
    """
    known = {field.name: field for field in fields(Recipe)}
    for name in parameters:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else None
            raise DataError(
                "unknown parameter", where=_where(name), accepted=", ".join(sorted(known)), hint=hint
            )
    values = {}
    for name, field in known.items():
        if name in parameters:
            values[name] = _value(name, field.type, parameters[name])
        elif field.default is MISSING:
            raise DataError("a parameter is missing", where=_where(name), hint="declare it")
    return Recipe(**values)  # type: ignore[arg-type] # each was read by its field's type


def _value(name: str, kind: object, value: object) -> object:
    """Return a value as its field's type, or refuse it."""
    if kind is bool:
        fits, accepted = isinstance(value, bool), "true or false"
    elif kind is int:
        fits, accepted = _positive(value), "a whole number above 0"
    elif kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        accepted = "a number that is not negative"
    else:
        fits = _widths(value) is not None
        accepted = f"{CONVOLUTIONS} whole numbers above 0 with hyphens between"
    if not fits:
        raise DataError("not a possible value", where=_where(name), got=value, accepted=accepted)
    if kind is float:
        return float(value)  # type: ignore[arg-type] # a number, as seen above
    return value if kind in (bool, int) else _widths(value)


def _widths(value: object) -> tuple[int, ...] | None:
    """Return the widths that a text such as `16-48-64-64-96-96` names, or None."""
    parts = value.split("-") if isinstance(value, str) else []
    widths = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
    fits = len(widths) == len(parts) == CONVOLUTIONS and all(widths)
    return widths if fits else None


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _where(name: str) -> str:
    return f"models.convnet.{name}"
