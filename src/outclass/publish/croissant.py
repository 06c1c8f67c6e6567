"""A data version described in Croissant 1.1: files with their hashes, tables with their fields, terms.

Source: Croissant Format Specification 1.1, MLCommons, http://mlcommons.org/croissant/1.1
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.base.store import sha256_of_file
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import licence_of
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.database.kinds import FACT_COLUMNS
from outclass.publish.database.schema import OBSERVATIONS

Json = dict[str, object]
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
FORMATS = {".parquet": "application/x-parquet", ".sqlite": "application/vnd.sqlite3"}
CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""Part of the format: every document has it."""
KEY = "object_id"
SKIPPED = frozenset({"image"})
"""Columns that are no field: the pixels of a drawing, row by row, which no reader of pictures knows."""
MEANINGS = {
    KEY: "name of the object",
    "group_id": "what stays on one side of the split",
    "label": "the true class",
    "split": "train: learned from; validation: chosen by; holdout: for a last look; game: played",
    "text": "the text; numbers and addresses of people are hidden",
    "media_sha256": "name of the photo's file: media/AB/NAME, AB its first two digits",
    "author": "who took the photo",
    "licence": "of the photo",
    "licence_url": "its text",
    "link": "the page of the photo or its observation",
    "observations": "number of points",
    **{column.name: column.about for column in OBSERVATIONS.columns if column.about},
    **{name: about for name, (about, _) in FACT_COLUMNS.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file, and where it lies relative to the description."""

    place: str
    path: Path


def croissant_of(
    version: DatasetVersion, loaded: LoadedChallenge, files: Mapping[str, PublishedFile]
) -> Json:
    """Return the description of a data version.

    Parameters
    ----------
    files
        The version's Parquet files by the name of their table, and others, such as `database`.

    Examples
    --------
    >>> json.dumps(croissant_of(version, loaded, files))  # doctest: +SKIP
    """
    document, challenge = version.document, loaded.challenge
    licence = document.licence_url or licence_of(document.licence).link or document.licence
    described = " ".join(filter(None, (challenge.summary, document.notes, challenge.warning)))
    meanings = MEANINGS | {column.name: column.description for column in challenge.input.columns}
    tables = {name: file for name, file in files.items() if name in document.tables}
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": f"{challenge.name}-{document.id}",
        "alternateName": document.title,
        "description": described,
        "conformsTo": CONFORMS_TO,
        "license": licence,
        "url": document.homepage or f"urn:outclass:{challenge.name}:{document.content_sha256}",
        "version": "1.0.0",
        "identifier": document.content_sha256,
        "datePublished": document.created[:10],
        "citeAs": document.citation,
        "creator": {"@type": "sc:Organization", "name": document.citation},
        "keywords": ["classification", document.kind.value, *document.classes],
        "isLiveDataset": False,
        "distribution": [file_object(name, file) for name, file in files.items()],
        "recordSet": [*(record_set(name, file, meanings) for name, file in tables.items()), classes(loaded)],
    }


def file_object(name: str, file: PublishedFile) -> Json:
    """Return the description of a file."""
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}-file",
        "name": Path(file.place).name,
        "contentUrl": file.place,
        "contentSize": f"{file.path.stat().st_size} B",
        "encodingFormat": FORMATS.get(file.path.suffix, "application/octet-stream"),
        "sha256": sha256_of_file(file.path),
    }


def record_set(name: str, file: PublishedFile, meanings: Mapping[str, str]) -> Json:
    """Return the description of a Parquet file's table."""
    found: Json = {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The rows of {name}.parquet.",
        "field": list(fields(name, file.path, meanings)),
    }
    return found | ({"key": {"@id": f"{name}/{KEY}"}} if name == "objects" else {})


def fields(table: str, path: Path, meanings: Mapping[str, str]) -> Iterator[Json]:
    """Yield the descriptions of a table's columns."""
    for column, kind in pl.read_parquet_schema(path).items():
        if column in SKIPPED:
            continue
        found: Json = {
            "@type": "cr:Field",
            "@id": f"{table}/{column}",
            "name": column,
            "description": meanings.get(column) or column.replace("_", " "),
            "dataType": data_type(kind),
            "source": {"fileObject": {"@id": f"{table}-file"}, "extract": {"column": column}},
        }
        if column == KEY and table != "objects":
            found["references"] = {"field": {"@id": f"objects/{KEY}"}}
        if table == "labels" and column == "label":
            found["references"] = {"field": {"@id": "classes/name"}}
        yield found


def data_type(kind: pl.DataType) -> str:
    """Return the type of a column as the format calls it."""
    if kind.is_integer():
        return "sc:Integer"
    if kind.is_float():
        return "sc:Float"
    return "sc:Boolean" if kind == pl.Boolean else "sc:Text"


def classes(loaded: LoadedChallenge) -> Json:
    """Return the classes as a table that stands in the description itself."""
    names = ("name", "title", "description")
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "description": "The possible answers.",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"classes/{name}",
                "name": name,
                "description": f"the {name} of a class",
                "dataType": "sc:Text",
            }
            for name in names
        ],
        "data": [
            {f"classes/{name}": getattr(label, name) for name in names} for label in loaded.challenge.classes
        ],
    }
