"""The tables of a data file: their columns, what each means, and the SQL that makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FORMAT = 5
"""Counts up whenever the same version gives another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `refers` is the table and column that it points to, such as `classes(name)`."""

    name: str
    type: str = "TEXT"
    about: str = ""
    refers: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `key` are the columns of its primary key, `indexes` those that are looked for together."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    facets: tuple[str, ...] = ()
    rowid: bool = True

    def create(self) -> str:
        """Return the statement that makes it."""
        lines = []
        for column in self.columns:
            line = f"{quoted(column.name)} {column.type}"
            if self.key == (column.name,):
                line += " PRIMARY KEY"
            if column.refers:
                line += f" REFERENCES {column.refers}"
            lines.append(line)
        if len(self.key) > 1:
            lines.append(f"PRIMARY KEY ({', '.join(map(quoted, self.key))})")
        end = "" if self.rowid else " WITHOUT ROWID"
        return f"CREATE TABLE {quoted(self.name)} (\n  " + ",\n  ".join(lines) + f"\n){end}"

    def insert(self, into: str = "") -> str:
        """Return the statement that fills it, or another table with the same columns."""
        places = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {into or quoted(self.name)} VALUES ({places})"  # noqa: S608 - names of ours, quoted

    def create_indexes(self) -> list[str]:
        """Return the statements that make its indexes; any order of pages ends in the key, and so do they."""
        made = []
        for columns in self.indexes:
            name = quoted("_".join((self.name, *columns)))
            ordered = (*columns, *(key for key in self.key if key not in columns))
            made.append(f"CREATE INDEX {name} ON {quoted(self.name)} ({', '.join(map(quoted, ordered))})")
        return made


def quoted(name: str) -> str:
    """Return a name as SQL has it, whatever it holds.

    >>> quoted("two words")
    '"two words"'
    """
    return '"' + name.replace('"', '""') + '"'


OBJECT = (
    Column(name="id", about="name of the object; of one that is played a name that tells nothing"),
    Column(
        name="split",
        about="train: learned from; validation: chosen by; holdout: never learned from, keep it so; "
        "game: played, label and predictions hidden until retired",
    ),
    Column(name="label", refers="classes(name)", about="the true class, as far as is known"),
    Column(name="label_origin", about="where labels of this version come from"),
    Column(
        name="predicted",
        refers="classes(name)",
        about="what the model answers that did not learn from this object",
    ),
    Column(name="confidence", type="REAL", about="its probability of that answer"),
    Column(
        name="disagreement",
        type="REAL",
        about="how far the models are from each other: 0 the same, 1 nothing in common "
        "(the largest less the smallest probability of each class, summed, halved)",
    ),
    Column(name="licence", refers="licences(name)", about="under which the object may be used"),
    Column(name="attribution", about="whom to credit", refers="credits(name)"),
    Column(name="source_url", about="where it comes from"),
)
INDEXES = (
    ("split",),
    ("label", "predicted"),
    ("predicted",),
    ("confidence",),
    ("disagreement",),
    ("licence",),
    ("attribution",),
)
FACETS = ("split", "label", "label_origin", "predicted", "licence")
RESERVED = frozenset(column.name for column in OBJECT) | {"rowid", "oid", "_rowid_"}

CLASSES = Table(
    name="classes",
    about="The possible answers.",
    key=("name",),
    columns=(
        Column(name="name", about="as in the data"),
        Column(name="title", about="as people read it"),
        Column(name="description"),
        Column(name="link", about="where to read more"),
        Column(name="weight", type="REAL", about="in the metric"),
        Column(name="facts", about="further facts, as JSON"),
        Column(name="position", type="INTEGER", about="place among the model's outputs, from 0"),
    ),
)
MODELS = Table(
    name="models",
    about="The models whose predictions are here, or that answer for this challenge.",
    key=("name",),
    columns=(
        Column(name="name"),
        Column(name="version", about="name@id: the id is the beginning of the hash of its manifest"),
        Column(name="title"),
        Column(name="role", about="champion, adviser, or a member of the champion"),
        Column(name="created"),
        Column(name="advises", type="INTEGER", about="1 where its predictions are here"),
        Column(name="scores", about="measured figures, as JSON"),
        Column(name="lineage", about="data version, seed, recipe, as JSON"),
        Column(name="card", about="the model card, in Markdown"),
    ),
)
PREDICTIONS = Table(
    name="predictions",
    about="Calibrated probabilities of each class by models that did not learn from the object.",
    key=("object", "model", "class"),
    columns=(
        Column(name="object", refers="objects(id)"),
        Column(name="model", refers="models(name)"),
        Column(name="class", refers="classes(name)"),
        Column(name="probability", type="REAL", about="rounded to 5 digits"),
    ),
    rowid=False,
)
FILES = Table(
    name="files",
    about="The files that the version was made of.",
    key=("role",),
    columns=(
        Column(name="role"),
        Column(name="name"),
        Column(name="sha256", about="of the decompressed content"),
        Column(name="bytes", type="INTEGER"),
    ),
)
CLEANING = Table(
    name="cleaning",
    about="How many rows were taken out, and why.",
    key=("reason",),
    columns=(
        Column(name="reason"),
        Column(name="meaning"),
        Column(name="objects", type="INTEGER"),
    ),
)
REJECTED = Table(
    name="rejected",
    about="The first thousand rows that were taken out.",
    key=("object",),
    columns=(
        Column(name="object"),
        Column(name="reason", refers="cleaning(reason)"),
        Column(name="other", about="the object that it repeats or contradicts"),
        Column(name="note"),
    ),
)
LICENCES = Table(
    name="licences",
    about="The licences of the objects.",
    key=("name",),
    columns=(
        Column(name="name", about="its SPDX name where it has one"),
        Column(name="url", about="its text"),
        Column(name="meaning", about="what it allows here"),
        Column(name="objects", type="INTEGER"),
        Column(name="published", type="INTEGER", about="1 where objects themselves are in this file"),
    ),
)
CREDITS = Table(
    name="credits",
    about="Whom to credit.",
    key=("name",),
    columns=(
        Column(name="name"),
        Column(name="citation"),
        Column(name="url"),
        Column(name="objects", type="INTEGER"),
    ),
)
FACET_COUNTS = Table(
    name="facet_counts",
    about="How many rows have each value, counted when the file was made: the data never changes.",
    key=("table", "column", "position"),
    columns=(
        Column(name="table"),
        Column(name="column"),
        Column(name="position", type="INTEGER", about="from 0, the most frequent value first"),
        Column(name="value", about="empty where there is none"),
        Column(name="count", type="INTEGER"),
    ),
    rowid=False,
)
CLASS_COUNTS = Table(
    name="class_counts",
    about="Objects by class and split, and how many of them are answered, and rightly; game is not counted.",
    key=("class", "split"),
    columns=(
        Column(name="class", refers="classes(name)"),
        Column(name="split"),
        Column(name="objects", type="INTEGER"),
        Column(name="answered", type="INTEGER"),
        Column(name="right", type="INTEGER"),
    ),
    rowid=False,
)
ABOUT = Table(
    name="about",
    about="What this file is.",
    key=("key",),
    columns=(Column(name="key"), Column(name="value")),
)
OBSERVATIONS = Table(
    name="observations",
    about="The points of the light curves.",
    columns=(
        Column(name="object", refers="objects(id)"),
        Column(name="mjd", type="REAL", about="Modified Julian Date", unit="days"),
        Column(name="band"),
        Column(name="flux", type="REAL", about="zero point 27.5"),
        Column(name="flux_err", type="REAL", about="its standard deviation"),
        Column(name="detected", type="INTEGER", about="1 where the change is significant"),
    ),
    indexes=(("object",),),
    facets=("band", "detected"),
)
FIXED = (
    CLASSES,
    LICENCES,
    CREDITS,
    MODELS,
    FILES,
    CLEANING,
    REJECTED,
    PREDICTIONS,
    CLASS_COUNTS,
    FACET_COUNTS,
    ABOUT,
)
"""Tables of every data file besides `objects`."""

DISAGREEMENTS = (
    "SELECT id, split, label, predicted, confidence, disagreement FROM objects "
    "WHERE disagreement IS NOT NULL ORDER BY disagreement DESC, id"
)
MISTAKES = (
    "SELECT id, split, label, predicted, confidence, disagreement FROM objects "
    "WHERE predicted <> label ORDER BY confidence DESC, id"
)
BY_CLASS = (
    "SELECT classes.name AS class, classes.title AS title, "
    "COALESCE(SUM(objects), 0) AS objects, COALESCE(SUM(answered), 0) AS answered, "
    'ROUND(1.0 * SUM("right") / NULLIF(SUM(answered), 0), 4) AS accuracy '
    "FROM classes LEFT JOIN class_counts ON class_counts.class = classes.name "
    "GROUP BY classes.name ORDER BY classes.position"
)
VIEWS: Mapping[str, tuple[str, str]] = {
    "disagreements": ("The objects on which the models disagree most.", DISAGREEMENTS),
    "mistakes": ("The objects on which the answer is wrong, the surest answers first.", MISTAKES),
    "by_class": ("Classes with their objects, and how many of the answered ones are right.", BY_CLASS),
}
"""Views by name, with what they are and their SQL: their columns stay what they are."""


def objects_table(more: Sequence[Column], *, facets: Sequence[str] = ()) -> Table:
    """Return the table of objects with the columns of a kind of input."""
    return Table(
        name="objects",
        about="One row for each object.",
        key=("id",),
        columns=(*OBJECT, *more),
        indexes=(*INDEXES, *((name,) for name in facets)),
        facets=(*FACETS, *facets),
    )


def free_name(name: str) -> str:
    """Return a column's name; one that every object has gets a line after it.

    >>> free_name("label"), free_name("odor")
    ('label_', 'odor')
    """
    return f"{name}_" if name.lower() in RESERVED else name
