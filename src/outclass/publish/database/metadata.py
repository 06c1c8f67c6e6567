"""What people read beside a data file: titles, terms, what columns mean, facets, questions that are asked."""

from collections.abc import Mapping, Sequence

from outclass.catalog.challenge import InputKind
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.database import schema
from outclass.publish.database.files import DataFile
from outclass.publish.database.kinds import KindColumns, columns_of_kind
from outclass.publish.database.schema import Column, Table, objects_table

Metadata = dict[str, object]
LABEL_COLUMNS = {"classes": "title", "models": "name", "licences": "name", "credits": "name", "files": "name"}
PAGE = 50
SKY = {"right_ascension": "ra", "declination": "decl"}
LATITUDES = ("latitude", "lat")
LONGITUDES = ("longitude", "lon", "lng", "long")


def metadata_of(data_file: DataFile, loaded: LoadedChallenge) -> Metadata:
    """Return the metadata of one database in the form of Datasette: what stands under `databases: NAME`.

    Besides Datasette's keys a table may have `map`: its columns `latitude` and `longitude`, or of the sky
    `right_ascension` and `declination`.

    Parameters
    ----------
    data_file
        The file, of which nothing but its document is read.
    """
    challenge, dataset = loaded.challenge, loaded.challenge.dataset
    kind = columns_of_kind(challenge.input.kind, challenge)
    tables = [objects_table(kind.columns, facets=kind.facets), *schema.FIXED]
    tables += [schema.OBSERVATIONS] if challenge.input.kind is InputKind.SERIES else []
    described: dict[str, Metadata] = {table.name: table_metadata(table) for table in tables}
    described["objects"] |= objects_metadata(kind)
    described |= {name: {"description": about} for name, (about, _) in schema.VIEWS.items()}
    return {
        "title": f"{challenge.title}: {dataset.title}",
        "description": " ".join(filter(None, (challenge.summary, challenge.warning))),
        "license": dataset.licence,
        "license_url": dataset.licence_url or None,
        "source": dataset.title,
        "source_url": dataset.homepage or None,
        "about": f"version {data_file.version}",
        "citation": dataset.citation,
        "tables": described,
        "queries": queries_of(challenge.input.kind, len(challenge.advisers)),
    }


def table_metadata(table: Table) -> Metadata:
    """Return what people read of a table."""
    found: Metadata = {
        "description": table.about,
        "columns": {column.name: column.about for column in table.columns if column.about},
        "size": PAGE,
    }
    if units := {column.name: column.unit for column in table.columns if column.unit}:
        found["units"] = units
    if table.name in LABEL_COLUMNS:
        found["label_column"] = LABEL_COLUMNS[table.name]
    if table.facets:
        found["facets"] = list(table.facets)
    return found


def objects_metadata(kind: KindColumns) -> Metadata:
    """Return what only the table of objects has."""
    found: Metadata = {"label_column": "id", "sortable_columns": sortable(kind.columns)}
    if kind.searched:
        found |= {"fts_table": "objects_fts", "fts_pk": "rowid"}
    if place := map_of([column.name for column in kind.columns]):
        found["map"] = place
    return found


def sortable(more: Sequence[Column]) -> list[str]:
    """Return the columns of objects by which it makes sense to sort."""
    return [column.name for column in (*schema.OBJECT, *more) if column.type != "BLOB"]


def map_of(names: Sequence[str]) -> Mapping[str, str] | None:
    """Return which columns are places on the earth or in the sky, None where there are none.

    >>> map_of(["Lat", "Lon"])
    {'latitude': 'Lat', 'longitude': 'Lon'}
    """
    lower = {name.lower(): name for name in names}
    if all(name in lower for name in SKY.values()):
        return SKY
    latitude = next((lower[name] for name in LATITUDES if name in lower), None)
    longitude = next((lower[name] for name in LONGITUDES if name in lower), None)
    return {"latitude": latitude, "longitude": longitude} if latitude and longitude else None


def queries_of(kind: InputKind, advisers: int) -> dict[str, Metadata]:
    """Return the questions that a data file answers, by the name in their address."""
    found = dict(QUESTIONS)
    if advisers < 2:
        del found["disagreements"]
    return found | OF_KIND.get(kind, {})


def question(title: str, description: str, sql: str) -> Metadata:
    """Return one question."""
    return {"title": title, "description": description, "sql": sql, "hide_sql": True}


QUESTIONS = {
    "disagreements": question(
        "Where the advisers disagree most",
        "Objects on which the models' probabilities are furthest apart, with what each is surest of.",
        "SELECT objects.id, objects.label, objects.disagreement, predictions.model, predictions.class, "
        "MAX(predictions.probability) AS probability FROM "
        "(SELECT id, label, disagreement FROM disagreements LIMIT 50) AS objects "
        "JOIN predictions ON predictions.object = objects.id "
        "GROUP BY objects.id, predictions.model "
        "ORDER BY objects.disagreement DESC, objects.id, predictions.model",
    ),
    "surest-mistakes": question(
        "Mistakes that the model is surest of",
        "Maybe the label is wrong: these are worth a look.",
        "SELECT * FROM mistakes LIMIT 100",
    ),
    "confusions": question(
        "What is taken for what",
        "How many objects of each class are answered as another one.",
        "SELECT label, predicted, COUNT(*) AS objects FROM objects "
        "WHERE predicted <> label GROUP BY label, predicted ORDER BY objects DESC, label, predicted",
    ),
    "least-sure": question(
        "Where the model is least sure",
        "Objects with the smallest probability of the answer.",
        "SELECT id, split, label, predicted, confidence FROM objects "
        "WHERE confidence IS NOT NULL ORDER BY confidence, id LIMIT 100",
    ),
    "classes-by-split": question(
        "Classes by split",
        "How many objects of each class are learned from, chosen by and held out.",
        'SELECT class, split, objects, answered, "right" FROM class_counts ORDER BY class, split',
    ),
    "objects-of-a-class": question(
        "Objects of one class",
        "The first objects with this label.",
        "SELECT * FROM objects WHERE label = :label ORDER BY id LIMIT 100",
    ),
}
OF_KIND: dict[InputKind, dict[str, Metadata]] = {
    InputKind.SERIES: {
        "points": question(
            "The points of one light curve",
            "By the id of its object.",
            "SELECT mjd, band, flux, flux_err, detected FROM observations "
            "WHERE object = :object ORDER BY mjd, band",
        ),
    },
    InputKind.TEXT: {
        "words": question(
            "Messages with these words",
            "Searched as whole words, the best matches first.",
            "SELECT objects.id, objects.label, objects.text FROM objects_fts "
            "JOIN objects ON objects.rowid = objects_fts.rowid "
            "WHERE objects_fts MATCH escape_fts(:words) ORDER BY rank LIMIT 100",
        ),
    },
    InputKind.PHOTO: {
        "photographers": question(
            "Whose photos these are",
            "People by the number of their photos.",
            "SELECT name, objects FROM credits ORDER BY objects DESC, name",
        ),
    },
}
