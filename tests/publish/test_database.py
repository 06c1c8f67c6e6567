"""The data file of a version: what is in it, what never is, and that it is the same for the same data."""

import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from outclass.base.settings import Settings
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.removal import remove_photos
from outclass.catalog.retired import retire_objects
from outclass.catalog.split import Split
from outclass.inputs.masking import mask
from outclass.publish.database.build import build_database
from outclass.publish.database.files import current_file, data_files
from outclass.publish.database.metadata import metadata_of
from outclass.publish.database.schema import VIEWS
from publications import (
    advised_model,
    private_texts,
    series_project,
    shapes_project,
    table_project,
    text_project,
)
from small_challenge import settings_in
from small_photos import licensed_version


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def rows(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with opened(path) as connection:
        found = connection.execute(sql, values).fetchall()
    connection.close()
    return found


@pytest.fixture(scope="module")
def shapes(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[LoadedChallenge, DatasetVersion, Settings, Path]:
    folder = tmp_path_factory.mktemp("shapes")
    settings = settings_in(folder / "home")
    loaded, version = shapes_project(folder, settings)
    return loaded, version, settings, build_database(version, loaded, settings).path


def test_every_object_is_there_with_its_label_and_who_to_credit(shapes):
    _, version, _, path = shapes

    found = dict(rows(path, "SELECT id, label FROM objects WHERE split <> 'game'"))

    wanted = {}
    for side in (Split.TRAIN, Split.VALIDATION, Split.HOLDOUT):
        table = version.objects(side)
        wanted |= dict(zip(table.ids, table.labels, strict=True))
    assert found == wanted
    assert rows(path, "SELECT DISTINCT licence, attribution FROM objects") == [("CC0-1.0", "Shapes")]


def test_nothing_is_told_of_objects_that_are_played(shapes):
    _, version, _, path = shapes
    played = version.objects(Split.GAME)

    hidden = rows(
        path,
        "SELECT id, label, label_origin, predicted, confidence, disagreement FROM objects "
        "WHERE split = 'game'",
    )

    assert len(hidden) == len(played) > 0
    assert all(row[1:] == (None,) * 5 for row in hidden)
    assert not {row[0] for row in hidden} & set(played.ids)
    content = path.read_bytes()
    assert not [name for name in played.ids if name.encode() in content]


def test_the_order_of_hidden_objects_tells_nothing(shapes):
    _, _, _, path = shapes

    names = [row[0] for row in rows(path, "SELECT id FROM objects WHERE split = 'game' ORDER BY rowid")]

    assert names == sorted(names)


def test_predictions_are_those_of_the_registry(shapes):
    _, version, _, path = shapes
    known = version.objects(Split.TRAIN)

    sums = rows(
        path,
        "SELECT object, model, SUM(probability), COUNT(*) FROM predictions WHERE object = ? GROUP BY model",
        known.ids[0],
    )

    assert [row[1] for row in sums] == ["shapes", "shapes.second"]
    assert all(row[2] == pytest.approx(1, abs=1e-4) and row[3] == 4 for row in sums)
    answered = rows(
        path, "SELECT predicted, confidence, disagreement FROM objects WHERE id = ?", known.ids[0]
    )[0]
    best = rows(
        path,
        "SELECT class, probability FROM predictions WHERE object = ? AND model = 'shapes' ORDER BY 2 DESC",
        known.ids[0],
    )[0]
    assert answered[:2] == best
    assert 0 < answered[2] < 1


def test_views_have_the_columns_that_were_promised(shapes):
    path = shapes[3]
    listed = ["id", "split", "label", "predicted", "confidence", "disagreement"]

    with opened(path) as connection:
        columns = {
            name: [each[0] for each in connection.execute(f"SELECT * FROM {name} LIMIT 0").description]
            for name in VIEWS
        }
    connection.close()

    assert columns == {
        "disagreements": listed,
        "mistakes": listed,
        "by_class": ["class", "title", "objects", "answered", "accuracy"],
    }
    apart = [row[0] for row in rows(path, "SELECT disagreement FROM disagreements")]
    assert apart == sorted(apart, reverse=True)


def test_facets_are_counted_beforehand(shapes):
    path = shapes[3]

    for column in ("split", "label", "predicted", "licence", "label_origin"):
        counted = rows(
            path,
            'SELECT value, "count" FROM facet_counts WHERE "column" = ? ORDER BY position',
            column,
        )
        truth = dict(rows(path, f"SELECT {column}, COUNT(*) FROM objects GROUP BY 1"))
        assert dict(counted) == truth
        assert [row[1] for row in counted] == sorted(truth.values(), reverse=True)


def test_every_reference_leads_somewhere(shapes):
    with opened(shapes[3]) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        whole = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()

    assert (broken, whole) == ([], ("ok",))


def test_drawings_are_pictures(shapes):
    _, version, _, path = shapes
    table = version.objects(Split.TRAIN)

    content = rows(path, "SELECT picture FROM objects WHERE id = ?", table.ids[3])[0][0]

    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG"
        assert picture.tobytes() == table.inputs[3].tobytes()
        assert picture.info == {}


AGAIN = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from outclass.publish.database.build import build_database
from publications import shapes_project
from small_challenge import settings_in
folder = Path({folder!r})
settings = settings_in(folder / "home")
loaded, version = shapes_project(folder, settings)
print(build_database(version, loaded, settings).content_sha256)
"""


def test_the_same_version_gives_the_same_bytes_in_another_process_and_place(shapes, tmp_path):
    _, _, _, path = shapes
    code = AGAIN.format(tests=str(Path(__file__).parents[1]), folder=str(tmp_path / "elsewhere"))

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    again = next((tmp_path / "elsewhere").rglob("published/*/*.sqlite"))
    assert again.name == path.name
    assert again.read_bytes() == path.read_bytes()
    assert done.stdout.strip().startswith(path.stem)


def test_building_twice_builds_once(shapes):
    loaded, version, settings, path = shapes
    before = path.stat().st_mtime_ns

    again = build_database(version, loaded, settings)

    assert (again.path, path.stat().st_mtime_ns) == (path, before)
    assert current_file("shapes", settings) == again
    assert data_files("shapes", settings) == (again,)


def test_a_retired_object_is_told_in_full_by_another_file(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = shapes_project(tmp_path, settings)
    first = build_database(version, loaded, settings)
    played = version.objects(Split.GAME)
    retire_objects("shapes", played.ids[:1], settings)

    second = build_database(version, loaded, settings)

    assert second.content_sha256 != first.content_sha256
    assert rows(second.path, "SELECT label FROM objects WHERE id = ?", played.ids[0]) == [(played.labels[0],)]
    assert rows(second.path, "SELECT COUNT(*) FROM predictions WHERE object = ?", played.ids[0]) == [(8,)]
    assert current_file("shapes", settings) == second


def test_the_file_of_a_deleted_version_is_gone(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = text_project(tmp_path, settings)
    file = build_database(version, loaded, settings)
    version.folder.rename(tmp_path / "deleted")

    assert current_file("notes", settings) is None
    assert data_files("notes", settings) == ()
    assert file.path.is_file()  # until the next one is made


def test_a_photo_that_is_taken_back_is_in_no_data_file(tmp_path):
    version = licensed_version(tmp_path)
    settings, loaded = settings_in(tmp_path), load_challenge(tmp_path / "pets")
    build_database(version, loaded, settings)
    taken = version.objects(Split.TRAIN).inputs.names[0]

    remove_photos(loaded, [taken], settings)

    assert list(tmp_path.rglob("*.sqlite")) == []
    again = build_database(current_version("pets", settings), loaded, settings)
    assert taken.encode() not in again.path.read_bytes()


def test_texts_are_masked_and_searched(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = text_project(tmp_path, settings)
    path = build_database(version, loaded, settings).path

    texts = {row[0] for row in rows(path, "SELECT text FROM objects")}
    found = rows(path, "SELECT COUNT(*) FROM objects_fts WHERE objects_fts MATCH 'prize'")[0][0]

    originals = [text for block in version.blocks() for text in block.inputs]
    assert texts == {mask(text) for text in originals}
    assert found == sum("prize" in text for text in originals)


def test_ids_and_advice_of_texts_tell_nothing_of_what_is_hidden(tmp_path):
    settings, folder = private_texts(tmp_path)
    loaded = load_challenge(folder)
    version = current_version("letters", settings)
    advised_model(settings, loaded, version, "letters")

    path = build_database(version, loaded, settings).path

    content = path.read_bytes()
    for block in version.blocks():
        for name, text in zip(block.ids, block.inputs, strict=True):
            assert (name.encode() in content) is (mask(text) == text and name in shown_ids(path))
    advised = rows(path, "SELECT COUNT(DISTINCT object) FROM predictions")[0][0]
    assert advised == len(version.ids(Split.TRAIN)) + len(version.ids(Split.VALIDATION))
    assert rows(path, "SELECT COUNT(*) FROM predictions WHERE object NOT IN (SELECT id FROM objects)") == [
        (0,)
    ]


def shown_ids(path: Path) -> set[object]:
    return {row[0] for row in rows(path, "SELECT id FROM objects")}


def test_records_have_their_columns_and_facets(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = table_project(tmp_path, settings)
    path = build_database(version, loaded, settings).path
    table = version.objects(Split.TRAIN)

    names = ", ".join(column.name for column in loaded.challenge.input.columns)
    found = rows(path, f"SELECT id, {names} FROM objects WHERE split = 'train' ORDER BY rowid")

    assert [row[0] for row in found] == list(table.ids)
    assert [row[1:] for row in found] == [tuple(record.values()) for record in table.inputs]
    described = metadata_of(current_file("flowers", settings), loaded)["tables"]["objects"]
    assert {"color", "thorns"} <= set(described["facets"])
    assert described["units"]["height"] == "cm"
    assert "petals" not in described["facets"]


def test_light_curves_come_with_their_points(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = series_project(tmp_path, settings)
    path = build_database(version, loaded, settings).path
    table = version.objects(Split.TRAIN)

    points = rows(
        path,
        "SELECT mjd, band, flux, detected FROM observations WHERE object = ? ORDER BY rowid",
        table.ids[0],
    )

    one, names = table.inputs[0], [band.name for band in loaded.challenge.input.bands]
    assert [row[0] for row in points] == one.mjd.tolist()
    assert [row[1] for row in points] == [names[band] for band in one.passband]
    assert [row[3] for row in points] == [int(found) for found in one.detected]
    told = sum(len(version.objects(side).inputs.mjd) for side in Split if side is not Split.GAME)
    assert rows(path, "SELECT COUNT(*) FROM observations") == [(told,)]
    assert rows(path, "SELECT SUM(observations) FROM objects") == [(told,)]
    played = rows(path, "SELECT mwebv, observations, first_mjd FROM objects WHERE split = 'game'")
    assert len(played) == len(version.ids(Split.GAME))
    assert set(played) == {(None, None, None)}  # later nights would tell who bets early
    unknown = rows(path, "SELECT COUNT(*) FROM observations WHERE object NOT IN (SELECT id FROM objects)")
    assert unknown == [(0,)]


def test_photos_are_there_only_where_the_licence_lets_them(tmp_path):
    version = licensed_version(tmp_path)
    settings = settings_in(tmp_path)
    path = build_database(version, load_challenge(tmp_path / "pets"), settings).path

    found = rows(path, "SELECT licence, picture, source_url, attribution, split FROM objects")
    shown = {row[0] for row in found if row[1] is not None}
    kept_back = {row[0] for row in found if row[1] is None}

    assert shown == {"CC-BY", "CC-BY-SA-4.0", "CC0-1.0"}
    assert kept_back == {"CC-BY-NC", "CC-BY-ND-4.0", "CC-BY-NC-ND", "none stated", "all rights reserved"}
    assert all(str(row[3]).startswith("Author ") for row in found)
    assert all((row[2] is None) is (row[4] == "game") for row in found)
    for content in (row[1] for row in found if row[1]):
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == "JPEG"
            assert "exif" not in picture.info
    published = dict(rows(path, "SELECT name, published FROM licences"))
    assert {name for name, is_published in published.items() if is_published} == shown


def test_the_metadata_describes_what_is_there(shapes):
    loaded, _, settings, path = shapes

    found = metadata_of(current_file("shapes", settings), loaded)

    tables = found["tables"]
    with opened(path) as connection:
        for name, described in tables.items():
            columns = {each[1] for each in connection.execute(f"PRAGMA table_info({name})")}
            assert columns >= set(described.get("columns", {})) | set(described.get("facets", ()))
        for query in found["queries"].values():
            connection.execute(str(query["sql"]), {"label": "dot"}).fetchall()
    connection.close()
    assert found["license"] == "CC0-1.0"
    assert json.dumps(found)
