"""What can be set about the training of the digits model, and the two recipes that are declared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches

from outclass.base.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the outcome besides the data and the seed.

    Parameters
    ----------
    epochs
        Passes over the training rows.
    members
        Nets of the ensemble; member m of seed s is trained alone with seed s + m.
    workers
        Members that are trained beside each other, each on one core, where there are as many.
    channels
        Widths of the six convolutions.
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
    """

    epochs: int = 12
    members: int = 3
    workers: int = 2
    channels: tuple[int, ...] = (16, 48, 64, 64, 96, 96)
    batch: int = 128
    rate: float = 0.08
    decay: float = 5e-4
    average: float = 0.998
    dropout: float = 0.2
    nondigits: float = 0.15
    bank: int = 24_000
    handmade: float = 0.05
    redrawn: float = 0.25
    flatness: float = 0.2
    strength: float = 1.0
    final_strength: float = 0.6
    half: bool = True

    def learning(self) -> dict[str, object]:
        """Everything that decides the outcome of one member."""
        values = asdict(self) | {"channels": list(self.channels)}
        return {name: value for name, value in values.items() if name not in ("members", "workers")}


RECIPES = {
    "full": Recipe(),
    "quick": Recipe(epochs=6, members=1, bank=12_000),
}


def read_recipe(parameters: Mapping[str, object]) -> Recipe:
    """Take a declared recipe and change what the challenge file sets otherwise.

    Raises
    ------
    DataError
        An unknown recipe or parameter, or a value of the wrong type.
    """
    changes = dict(parameters)
    name = changes.pop("recipe", "full")
    if name not in RECIPES:
        accepted = ", ".join(RECIPES)
        raise DataError("unknown recipe", where="models.convnet.recipe", got=name, accepted=accepted)
    known = {field.name for field in fields(Recipe)}
    for key, value in changes.items():
        _check(key, value, known)
    if "channels" in changes:
        changes["channels"] = tuple(changes["channels"])  # type: ignore[arg-type]
    return replace(RECIPES[str(name)], **changes)  # type: ignore[arg-type]


def _check(key: str, value: object, known: set[str]) -> None:
    """Refuse what is no parameter, and values that are not of its type."""
    where = f"models.convnet.{key}"
    if key not in known:
        nearest = get_close_matches(key, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else None
        raise DataError("unknown parameter", where=where, accepted=", ".join(sorted(known)), hint=hint)
    default = getattr(RECIPES["full"], key)
    if isinstance(default, tuple):
        fits = (
            isinstance(value, list | tuple)
            and len(value) == len(default)
            and all(_positive(item) for item in value)
        )
        accepted = f"{len(default)} whole numbers above 0"
    elif isinstance(default, bool):
        fits, accepted = isinstance(value, bool), "true or false"
    elif isinstance(default, int):
        fits, accepted = _positive(value), "a whole number above 0"
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        accepted = "a number that is not negative"
    if not fits:
        raise DataError("not a possible value", where=where, got=value, accepted=accepted)


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
