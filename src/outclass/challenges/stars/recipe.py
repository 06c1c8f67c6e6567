"""What can be set about the training of an adviser; the values stand in `challenge.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches

from outclass.base.errors import DataError

METHODS = ("trotta", "boone")
COLUMNS = ("elementary", "curve", "elementary+curve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the outcome besides the data and the seed.

    Parameters
    ----------
    method
        ``trotta``: galactic and extragalactic objects apart, one model for each class against the rest;
        ``boone``: one model for all classes.
    columns
        Groups of columns that it learns from, with + between; those of ``context`` always.
    rounds
        Trees for each class (of each of the `seeds`).
    leaves
        Leaves of a tree.
    rate
        Learning rate.
    features
        Share of the columns that a tree may use.
    rows
        Share of the rows that a tree learns from.
    minimum
        Least rows in a leaf.
    l2
        Penalty on the values of leaves.
    bins
        Values that a column is cut into.
    seeds
        Models of different seeds that are averaged.
    copies
        Augmented copies of each training object.
    cuts
        Further rows of each training object, as it was seen after its first nights.
    balance
        While learning, an object weighs (w_c / N_c) to this power, w_c being its class's weight in the metric
        and N_c its number of objects; the rest of the factor is applied to the answers. So the answers hold
        for the classes' weights as prior whatever it is: 1 is the metric's own weighting, 0 none.
    folds
        Folds for the advice on objects that the model learned from; 0 for none.
    unknown_galactic
        Share of the galactic ones among the objects that are of no class with training data.
    """

    method: str
    columns: str = ""
    rounds: int = 120
    leaves: int = 12
    rate: float = 0.08
    features: float = 0.3
    rows: float = 0.8
    minimum: int = 10
    l2: float = 1.0
    bins: int = 63
    seeds: int = 1
    copies: int = 0
    cuts: int = 0
    balance: float = 0.5
    folds: int = 5
    unknown_galactic: float = 0.04

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups of columns that the model learns from."""
        chosen = self.columns or ("elementary" if self.method == "trotta" else "curve")
        return ("context", *chosen.split("+"))


CHOICES = {"method": METHODS, "columns": COLUMNS}
MAY_BE_ZERO = ("copies", "cuts", "folds")


def read_recipe(parameters: Mapping[str, object]) -> Recipe:
    """Read a recipe from the parameters of the challenge file.

    Raises
    ------
    DataError
        An unknown or missing parameter, or a value that is not possible.
    """
    known = {field.name: field.type for field in fields(Recipe)}
    for name in parameters:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else None
            raise DataError(
                "unknown parameter", where=f"models.{name}", accepted=", ".join(sorted(known)), hint=hint
            )
    if "method" not in parameters:
        raise DataError("a parameter is missing", where="models.method", accepted=" or ".join(METHODS))
    values = {name: _value(name, known[name], value) for name, value in parameters.items()}
    return Recipe(**values)  # type: ignore[arg-type] # each was read by its field's type


def _value(name: str, kind: object, value: object) -> object:
    """Return a value as its field's type, or refuse it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in CHOICES:
        fits, accepted = value in CHOICES[name], ", ".join(CHOICES[name])
    elif kind is int:
        least = 0 if name in MAY_BE_ZERO else 1
        fits = isinstance(value, int) and number and value >= least
        accepted = f"a whole number of at least {least}"
    else:
        fits, accepted = number and value >= 0, "a number that is not negative"  # type: ignore[operator]
    if not fits:
        raise DataError("not a possible value", where=f"models.{name}", got=value, accepted=accepted)
    return float(value) if kind is float else value  # type: ignore[arg-type] # a number, as seen above
