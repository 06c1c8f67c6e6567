"""A small data file with everything that data sites show, and a site of it that tests ask in process."""

import asyncio
import hashlib
import random
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import httpx

from outclass.base.settings import Settings
from outclass.publish.data_site.app import DataSites
from outclass.publish.data_site.shelf import Shelf, SiteFile, State

OBJECTS = 120
CLASSES = ("cougar", "lynx", "tabby")
METADATA = {
    "title": "Cats: seen in the wild",
    "short_title": "Cats",
    "description": "Cats that were seen.",
    "license": "CC-BY-4.0",
    "license_url": "https://creativecommons.org/licenses/by/4.0/",
    "source": "The cat watchers",
    "source_url": "https://example.org/cats",
    "about": "version abc",
    "citation": "Watchers, A. (2020). Cats.",
    "accent": "#8f4a00",
    "tables": {
        "objects": {
            "description": "One row for each object.",
            "columns": {"label": "the true class", "weight": "of the cat"},
            "units": {"weight": "kg"},
            "facets": ["split", "label"],
        },
        "classes": {"label_column": "title"},
    },
    "queries": {
        "of-a-class": {
            "title": "Objects of a class",
            "description": "By its name.",
            "sql": "select id, label from objects where label = :label order by id",
        },
    },
}


def png(color: int) -> bytes:
    """Return a PNG of one gray pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes([0, color])))
        + chunk(b"IEND", b"")
    )


SCHEMA = """
create table classes (name text primary key, title text, facts text);
create table objects (
  id text primary key, split text, label text references classes(name), weight real, text text, facts text,
  latitude real, longitude real, picture blob, observations integer, source_url text);
create index objects_label on objects(label);
create table observations (object text references objects(id), mjd real, band text, flux real, flux_err real,
  detected integer);
create index observations_object on observations(object);
create table facet_counts ("table" text, "column" text, position integer, value text, count integer,
  primary key ("table", "column", position)) without rowid;
create view heavy as select id, label, weight from objects where weight > 50;
create virtual table objects_fts using fts5(text, content="objects");
"""


def write_data_file(path: Path) -> Path:
    """Write the data file."""
    chance = random.Random(5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.executemany(
            "insert into classes values (?, ?, ?)",
            [(name, name.title() + " <b>", '{"legs": 4, "wild": ["yes", "no"]}') for name in CLASSES],
        )
        for place in range(OBJECTS):
            connection.execute(
                "insert into objects values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    f"cat {place:03}/x" if place == 7 else f"cat{place:03}",
                    ("train", "holdout")[place % 4 == 0],
                    CLASSES[place % 3] if place % 10 else None,
                    None if place % 9 == 0 else round(chance.uniform(3, 80), 1),
                    f"<script>alert({place})</script> a {CLASSES[place % 3]} in tree {place}",
                    f'{{"age": {place % 5}, "tags": ["t{place % 3}"]}}',
                    40 + chance.uniform(-3, 3),
                    -110 + chance.uniform(-3, 3),
                    png(place) if place != 8 else b"<svg onload=alert(1)>",
                    3,
                    f"https://example.org/{place}",
                ),
            )
            connection.executemany(
                "insert into observations values (?, ?, ?, ?, ?, ?)",
                [(f"cat{place:03}", 59000.0 + day, "gri"[day % 3], day * 2.5, 0.5, 1) for day in range(3)],
            )
        connection.execute("insert into objects_fts(objects_fts) values ('rebuild')")
        for column in ("split", "label"):
            connection.execute(
                f"insert into facet_counts select 'objects', '{column}', row_number() over "
                f"(order by count(*) desc, {column}) - 1, {column}, count(*) from objects group by {column}"
            )
    return path


def site_file(path: Path, group: str = "cats", mark: str = "0123456789ab", **changes: object) -> SiteFile:
    """Return a data file as the shelf tells of it."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        rows = {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}
    given = {
        "group": group,
        "mark": mark,
        "path": path,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": rows,
        "metadata": METADATA,
        "version": "abc",
    }
    return SiteFile(**given | changes)


class Asker:
    """Asks a data site from ordinary functions."""

    def __init__(self, app: DataSites) -> None:
        self.app = app
        self.runner = asyncio.Runner()
        self.runner.get_loop()

    def get(self, path: str, **options: object) -> httpx.Response:
        """Ask for a path."""
        return self.ask("GET", path, **options)

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://data.test") as client:
                return await client.request(method, path, **options)

        return self.runner.run(asked())

    def sql(self, statement: str, name: str = "cats-0123456789ab", **given: str) -> httpx.Response:
        """Ask a statement."""
        return self.get(f"/data/{name}.json", params={"sql": statement, **given})

    def close(self) -> None:
        """Stop the site."""
        self.runner.run(self.app.stop())
        self.runner.close()


def settings_of(folder: Path) -> Settings:
    """Return settings with a home of their own."""
    return Settings(home=folder, database_url=f"sqlite:///{(folder / 'site.sqlite3').as_posix()}")


def site_of(folder: Path, *files: SiteFile, states: dict[str, State] | None = None) -> Asker:
    """Return a site of some data files."""
    known = {file.group: State.SHOWN for file in files} | (states or {})
    shelf = Shelf(files=files, states=known, titles={name: name.title() for name in known})
    return Asker(DataSites(settings_of(folder), shelf=lambda: shelf, context={"site_url": "/"}))
