"""The kinds of source that a `challenge.yaml` may name, with the files that each reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """One kind of source and the roles of its files.

    Attributes
    ----------
    pairs
        Roles that belong together: where one is there, the other must be, too.
    """

    name: str
    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Return all roles that are read."""
        return self.required + self.optional


IDX = SourceKind(
    name="idx",
    title="pictures and labels in the IDX format of MNIST, plain or gzipped",
    required=("train_images", "train_labels"),
    optional=("test_images", "test_labels"),
    pairs=(("test_images", "test_labels"),),
)
KINDS: dict[str, SourceKind] = {kind.name: kind for kind in (IDX,)}
