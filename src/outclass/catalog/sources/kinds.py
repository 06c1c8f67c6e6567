"""The kinds of source that a `challenge.yaml` may name, with the files that each reads."""

from dataclasses import dataclass

from outclass.catalog.declared_data import TABLE
from outclass.catalog.sources.columns import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """One kind of source and the roles of its files.

    Attributes
    ----------
    pairs
        Roles that belong together: where one is there, the other must be, too.
    columns
        The columns that a challenge may give another name.
    free_roles
        Whether a file may have any role.
    """

    name: str
    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    free_roles: bool = False

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
BATCHES = tuple(f"test_light_curves_{number:02d}" for number in range(1, 12))
PLASTICC = SourceKind(
    name="plasticc",
    title="the files of PLAsTiCC, of Kaggle or the public archive: CSV (plain, gzip, zip) or Parquet",
    required=("metadata", "light_curves"),
    optional=("test_metadata", "test_light_curves", *BATCHES),
    columns=COLUMNS,
)
LIGHT_CURVES = SourceKind(
    name="light-curves",
    title="objects and their observations, in flux or magnitudes: CSV (plain, gzip, zip) or Parquet",
    required=("objects", "light_curves"),
    columns=COLUMNS,
)
TABLES = SourceKind(
    name=TABLE,
    title="tables, by the keys of a data dictionary: CSV (plain, gzip, zip), Parquet, JSON lines, SQL",
    required=(),
    free_roles=True,
)
PHOTOS = SourceKind(
    name="photos",
    title="photos in a `folder`, by class or by names, and in tables: CSV, Parquet, JSON lines",
    required=(),
    free_roles=True,
)
INATURALIST = SourceKind(
    name="inaturalist",
    title="photos of `observations` on iNaturalist, collected by taxon and place",
    required=(),
)
KINDS: dict[str, SourceKind] = {
    kind.name: kind for kind in (IDX, PLASTICC, LIGHT_CURVES, TABLES, PHOTOS, INATURALIST)
}
