"""The `dataset` of a `challenge.yaml`: where objects come from, how tables are read, whose they are."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from outclass.base.document import Document
from outclass.catalog.dictionary.declaration import DataDictionary, PlaceKeys, SqlKind, TableKeys
from outclass.catalog.forms import ClassName, Line, Link, Md5, Name, Sha256, Text
from outclass.catalog.sources.inaturalist.declaration import ObservationQuery

TABLE = "table"
"""The kind of source that reads tables by a data dictionary."""


class FileDeclaration(Document, frozen=True, kw_only=True):
    """A file of the data set.

    With an `url` it is downloaded; without one it lies at `path` in the mirror or under the challenge's
    folder. Checksums and size are of the decompressed content, so that a file zipped anew is still the same
    file; `packed_md5` is for a publisher who states the checksum of the compressed file only.
    """

    url: Annotated[Link, Meta(description="the original host")] = ""
    mirrors: Annotated[
        tuple[Link, ...], Meta(description="other addresses of the same file, tried in this order")
    ] = ()
    path: Annotated[
        Text, Meta(description="where it lies in a mirror, relative to the mirror's root, with `/` between")
    ]
    sha256: Annotated[Sha256 | None, Meta(description="sha256 of the decompressed content")] = None
    md5: Annotated[Md5 | None, Meta(description="md5 of the decompressed content")] = None
    packed_md5: Annotated[
        Md5 | None, Meta(description="md5 of the file as it is downloaded; asked of the download only")
    ] = None
    other_forms: Annotated[
        tuple[Text, ...],
        Meta(
            description="paths in a mirror under which an owner may put the same data in another form (other "
            "columns, CSV or Parquet); taken without a checksum, the hash is recorded in the version"
        ),
    ] = ()
    bytes: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="size of the decompressed content")
    ] = None


class Magnitudes(StrEnum):
    """What magnitudes are of: the change of a source, as in alerts, or all its light."""

    DIFFERENCE = "difference"
    TOTAL = "total"


class SourceDeclaration(Document, frozen=True, kw_only=True):
    """Where the objects come from."""

    kind: Annotated[Name, Meta(description="the reader of the files, such as `idx`")]
    files: Annotated[
        dict[str, FileDeclaration], Meta(description="the files by role; the kind says which roles it reads")
    ] = {}
    folder: Annotated[
        Text | None,
        Meta(
            description="`photos`: a folder with a folder of photos for each class, relative to this file or "
            "to the mirror"
        ),
    ] = None
    names: Annotated[
        Text | None,
        Meta(
            description="`photos`: regular expression that is looked for in the path of a photo below "
            "`folder`; its groups `label`, `group`, `id`, `author`, `licence`, `link` tell what they find"
        ),
    ] = None
    observations: Annotated[
        ObservationQuery | None, Meta(description="`inaturalist`: which observations are collected")
    ] = None
    columns: Annotated[
        dict[str, str], Meta(description="the file's name of each column whose own name differs")
    ] = {}
    labels: Annotated[
        dict[str, ClassName], Meta(description="the class of each label in the file, where it differs")
    ] = {}
    ignored: Annotated[
        tuple[str, ...], Meta(description="labels in the file whose objects are left out on purpose")
    ] = ()
    magnitudes: Annotated[
        Magnitudes,
        Meta(
            description="`difference`: of a difference image, as in alerts; `total`: of all the light, from "
            "which the median in each band is taken, as a survey takes its template"
        ),
    ] = Magnitudes.DIFFERENCE
    splits: Annotated[
        dict[str, Name],
        Meta(description="the split of each value of the column `split`, where the file fixes it"),
    ] = {}


class Repeats(StrEnum):
    """What becomes of objects that are equal."""

    ONCE = "once"
    ALL = "all"


class PhotoColumns(Document, frozen=True, kw_only=True):
    """Which columns of a table tell of a photo; one that is not named is read where it has this very name."""

    image: Annotated[Text | None, Meta(description="of photos: the bytes of the file, or one of these")] = (
        None
    )
    path: Annotated[
        Text | None, Meta(description="of photos: a file in the table's own folder, or below it")
    ] = None
    url: Annotated[Text | None, Meta(description="of photos: the address of the file")] = None
    box: Annotated[
        tuple[Text, Text, Text, Text] | None,
        Meta(description="of photos: left, top, width and height of what counts, in pixels"),
    ] = None
    author: Annotated[Text | None, Meta(description="of photos: who took it")] = None
    licence: Annotated[
        Text | None,
        Meta(description="of photos: its licence; where there is no such column, that of the data set"),
    ] = None
    licence_url: Annotated[Text | None, Meta(description="of photos: the text of its licence")] = None
    link: Annotated[Text | None, Meta(description="of photos: the page of the photo or its observation")] = (
        None
    )


class ObjectColumns(PhotoColumns, frozen=True, kw_only=True):
    """Which columns of a table make an object."""

    text: Annotated[Text, Meta(description="the text")] = "text"
    inputs: Annotated[
        dict[str, Text],
        Meta(description="of records: the file's name of each column of `input.columns` whose name differs"),
    ] = {}
    label: Annotated[
        Text | None, Meta(description="the file's label; `label` where there is such a column, else none")
    ] = None
    id: Annotated[
        Text | None,
        Meta(description="a name that no other object has; by default a hash of its content and occurrence"),
    ] = None
    group: Annotated[
        Text | None,
        Meta(description="what stays on one side of the split; by default equal texts or records"),
    ] = None


class ObjectKeys(TableKeys, frozen=True, kw_only=True):
    """How the rows of a table become objects."""

    columns: Annotated[ObjectColumns, Meta(description="which columns make an object")] = ObjectColumns()
    labels: Annotated[
        dict[str, ClassName],
        Meta(
            description="the class of each label in the file, where it differs; `a+b` leaves it to labels "
            "checked by hand, then to the rules, else it is the first one named"
        ),
    ] = {}
    ignored: Annotated[
        tuple[str, ...], Meta(description="labels in the file whose objects are left out on purpose")
    ] = ()


if TYPE_CHECKING:

    class TableDeclaration(ObjectKeys, frozen=True, kw_only=True):
        """What holds for one file."""

else:
    # The same keys without defaults: a key that is left out must be told from one that is given its default.
    TableDeclaration = msgspec.defstruct(
        "TableDeclaration",
        [(field.name, field.type | UnsetType, UNSET) for field in msgspec.structs.fields(ObjectKeys)],
        bases=(Document,),
        namespace={"__doc__": "Keys that hold for one file, instead of those of the whole data set."},
        module=__name__,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


class DatasetDeclaration(PlaceKeys, frozen=True, kw_only=True):
    """The data set and the terms under which it may be used.

    Tables are read by the keys of a [data dictionary](dictionary.md), which hold for all files.
    """

    title: Annotated[Line, Meta(description="the name of the data set")]
    source: Annotated[
        SourceDeclaration | SqlKind | None,
        Meta(description="files by role, or a database; nothing where `path`, `glob` or `files` tells it"),
    ] = None
    columns: Annotated[ObjectColumns, Meta(description="of tables: which columns make an object")] = (
        ObjectColumns()
    )
    labels: Annotated[
        dict[str, ClassName],
        Meta(
            description="of tables: the class of each label, where it differs; `a+b` leaves it to labels "
            "checked by hand, then to the rules, else it is the first one named"
        ),
    ] = {}
    ignored: Annotated[
        tuple[str, ...], Meta(description="of tables: labels whose objects are left out on purpose")
    ] = ()
    tables: Annotated[
        dict[Name, TableDeclaration], Meta(description="keys that hold for the file of one role only")
    ] = {}
    repeats: Annotated[
        Repeats,
        Meta(
            description="of records: `all` keeps those that are equal, always on one side of the split, as "
            "different things may look alike; `once` keeps one of them, and none where their labels differ"
        ),
    ] = Repeats.ALL
    rules: Annotated[Text | None, Meta(description="file of [weak labels](weak-labels.md)")] = None
    checked: Annotated[
        Text | None, Meta(description="CSV file of labels checked by hand: `sha256` of the text, `label`")
    ] = None
    licence: Annotated[Text, Meta(description="the licence, by its SPDX name where it has one")]
    licence_url: Annotated[Link, Meta(description="the text of the licence")] = ""
    citation: Annotated[Text, Meta(description="how to credit the authors; shown on the licences page")]
    homepage: Annotated[Link, Meta(description="where the data set is described")] = ""
    notes: Annotated[str, Meta(description="what a user of the data should know")] = ""
    sample: Annotated[
        str,
        Meta(
            description="one sentence on the embedded sample that `simulate.py` makes, which is used until "
            "real data is collected; shown wherever it is used"
        ),
    ] = ""
    sample_licence: Annotated[str, Meta(description="licence and credit of the sample")] = ""

    @property
    def reader(self) -> SourceDeclaration:
        """Return the source with its reader: of tables where none is declared."""
        return self.source if isinstance(self.source, SourceDeclaration) else SourceDeclaration(kind=TABLE)

    @property
    def ignored_labels(self) -> tuple[str, ...]:
        """Return the labels of any file whose objects are left out."""
        roles = (self.table(role).ignored for role in self.tables)
        found = (*self.reader.ignored, *self.ignored, *(label for labels in roles for label in labels))
        return tuple(dict.fromkeys(found))

    @property
    def dictionary(self) -> DataDictionary:
        """Return the keys of a data dictionary alone."""
        shared = {field.name: getattr(self, field.name) for field in msgspec.structs.fields(PlaceKeys)}
        return DataDictionary(**shared, source=self.source if isinstance(self.source, SqlKind) else None)

    def table(self, role: str) -> ObjectKeys:
        """Return the keys that hold for the file of one role."""
        given = self.tables.get(role)
        names = [field.name for field in msgspec.structs.fields(ObjectKeys)]
        found = {name: getattr(self, name) for name in names}
        if given is not None:
            found |= {name: value for name in names if (value := getattr(given, name)) is not UNSET}
        return ObjectKeys(**found)
