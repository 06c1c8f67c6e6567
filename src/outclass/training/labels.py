"""Match a file's labels to a challenge's classes: `ham=personal+notification,spam=spam`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, InvalidInputError

NO_GROUPS: Mapping[str, Collection[str]] = {}
FORM = "LABEL=CLASS[+CLASS...],LABEL=CLASS..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Classes as a file tells them apart.

    Attributes
    ----------
    names
        Name of each group; a class in no union is a group of its own.
    members
        Indices of each group's classes.
    places
        Group of each label.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    places: Mapping[str, int]

    def targets(self, labels: Sequence[str]) -> NDArray[np.int64]:
        """Return each label's group.

        Raises
        ------
        DataError
            If a label stands for no class.
        """
        unknown = sorted({label for label in labels if label not in self.places})
        if unknown:
            raise DataError(
                "a label of the data is no class",
                got=", ".join(unknown),
                accepted=", ".join(self.places),
                hint=f"say what it stands for: --labels {FORM}",
            )
        return np.array([self.places[label] for label in labels], dtype=np.int64)

    def sums(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up the probabilities of each group's classes, `[n, groups]`."""
        columns = [probabilities[:, list(members)].sum(axis=1) for members in self.members]
        return np.stack(columns, axis=1)

    def any_of(self, in_set: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell whether any class of each group is in the prediction set, `[n, groups]`."""
        return np.stack([in_set[:, list(members)].any(axis=1) for members in self.members], axis=1)


def plain_groups(classes: Sequence[str]) -> Groups:
    """Return one group for each class."""
    return Groups(
        names=tuple(classes),
        members=tuple((index,) for index in range(len(classes))),
        places={name: index for index, name in enumerate(classes)},
    )


def parse_labels(
    text: str | None, classes: Sequence[str], groups: Mapping[str, Collection[str]] = NO_GROUPS
) -> Groups:
    """Parse what the labels of a file stand for.

    Several labels may stand for the same union; else unions share no class. A declared group of classes may
    be named instead of them.

    Raises
    ------
    InvalidInputError
        If the text is not of the form, names an unknown class, or unions overlap.

    >>> parse_labels("ham=personal+promo,spam=fraud", ["personal", "promo", "fraud"]).names
    ('ham', 'spam')
    """
    if text is None:
        return plain_groups(classes)
    unions = {label: _union(label, names, classes, groups) for label, names in _pairs(text)}
    names: dict[tuple[int, ...], str] = {}
    for label, union in unions.items():
        names[union] = f"{names[union]}/{label}" if union in names else label
    _check_disjoint(names, classes)
    taken = {index for union in names for index in union}
    for index, name in enumerate(classes):
        if index not in taken:
            names[(index,)] = name
    order = list(names)
    return Groups(
        names=tuple(names.values()),
        members=tuple(order),
        places={label: order.index(union) for label, union in unions.items()},
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    """Split the text into labels and what they stand for."""
    pairs = []
    for part in text.split(","):
        label, equals, names = (piece.strip() for piece in part.partition("="))
        if not (label and equals and names):
            raise InvalidInputError("this is no list of labels", where="--labels", got=part, accepted=FORM)
        pairs.append((label, names))
    if len({label for label, _ in pairs}) != len(pairs):
        raise InvalidInputError("a label comes twice", where="--labels", got=text)
    return pairs


def _union(
    label: str, names: str, classes: Sequence[str], groups: Mapping[str, Collection[str]]
) -> tuple[int, ...]:
    """Return the indices of the classes that a label stands for."""
    found: list[int] = []
    for name in (piece.strip() for piece in names.split("+")):
        if name not in classes and name not in groups:
            raise InvalidInputError(
                "there is no such class",
                where=f"--labels {label}",
                got=name,
                accepted=", ".join([*classes, *groups]),
            )
        found += [classes.index(one) for one in groups.get(name, (name,))]
    return tuple(sorted(set(found)))


def _check_disjoint(unions: Mapping[tuple[int, ...], str], classes: Sequence[str]) -> None:
    """Refuse unions that share a class."""
    owner: dict[int, str] = {}
    for union, label in unions.items():
        for index in union:
            if index in owner:
                raise InvalidInputError(
                    "two labels share a class but do not stand for the same",
                    where="--labels",
                    got=f"{owner[index]} and {label} share {classes[index]}",
                    accepted="unions without a common class",
                )
            owner[index] = label
