"""Photos in tables of any columns, and what is wrong with how they are declared."""

import base64
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.base.errors import ChallengeFileError, DataError
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.catalog.challenge import ClassLabel
from outclass.catalog.cleaning import Reason
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import load_challenge
from outclass.catalog.sources.photo_rows import ClassFinder
from outclass.catalog.sources.photo_tables import box_of
from outclass.catalog.sources.photos import PhotoSource
from outclass.catalog.sources.readers import READERS
from outclass.catalog.versions import collect
from outclass.inputs.photos import WHOLE, Box, Credit
from small_challenge import settings_in, write_challenge
from small_photos import CLASSES, declaration, photo, photo_challenge, write_photos

FILES = {"kind": "photos", "files": {"all": {"path": "all.parquet"}}}


def challenge_in(home: Path, frames: dict[str, pl.DataFrame], **dataset: object) -> Path:
    """Write a challenge with its tables beside it."""
    declared = declaration()
    source = {"kind": "photos", "files": {Path(name).stem: {"path": name} for name in frames}}
    declared["dataset"] = {
        "title": "P",
        "licence": "CC-BY-4.0",
        "citation": "Ann",
        "source": source,
    } | dataset
    folder = write_challenge(home / "pets", declared)
    for name, frame in frames.items():
        if name.endswith(".csv"):
            frame.write_csv(folder / name)
        else:
            frame.write_parquet(folder / name)
    return folder


def collected(home: Path, frames: dict[str, pl.DataFrame], **dataset: object) -> DatasetVersion:
    return collect(load_challenge(challenge_in(home, frames, **dataset)), settings_in(home))


def table(first: int, count: int = 20, **more: list[object]) -> pl.DataFrame:
    columns = {
        "image": [photo(first + number, 120, 90) for number in range(count)],
        "label": [CLASSES[number % 2] for number in range(count)],
    }
    return pl.DataFrame(columns | more)


def test_files_of_other_columns_are_one_data_set(tmp_path: Path) -> None:
    one = table(0, image_id=[f"a{n}" for n in range(20)], group=[f"g{n // 4}" for n in range(20)])
    two = table(50, key=[f"b{n}" for n in range(20)], x=[5.4] * 20, y=[6] * 20, w=[50] * 20, h=[30.2] * 20)
    two = two.rename({"image": "photo", "label": "kind"}).with_columns(
        pl.col("kind").replace({"bobcat": "Western Bobcat"}),
        who=pl.lit("Bo"),
        flag=pl.Series(["bad", None] * 10),
    )
    version = collected(
        tmp_path,
        {"one.parquet": one, "two.parquet": two},
        columns={"id": "image_id", "group": "group"},
        labels={"Western Bobcat": "bobcat"},
        tables={
            "two": {
                "columns": {
                    "image": "photo",
                    "label": "kind",
                    "id": "key",
                    "author": "who",
                    "box": list("xywh"),
                },
                "column_rules": {"flag": {"exclude": ["bad"]}},
            }
        },
    )
    objects = version.objects()
    assert set(objects.ids) == {f"a{n}" for n in range(20)} | {f"b{n}" for n in range(1, 20, 2)}
    place = {name: place for place, name in enumerate(objects.ids)}
    photos = objects.inputs
    assert photos.box(place["a3"]) is None
    assert photos.box(place["b3"]) == (5, 6, 50, 30)
    assert photos.credits[place["b3"]] == Credit(author="Bo", licence="CC-BY-4.0")
    assert photos.content(place["b3"]) == photo(53, 120, 90)
    assert objects.labels[place["b3"]] == "house_cat"
    assert objects.groups[place["a7"]] == "g1"
    sides = {}
    for name, side in zip(objects.groups, objects.splits, strict=True):
        assert sides.setdefault(name, side) is side
    dropped = version.document.cleaning.tables[1].dropped
    assert [(rule.rule, rule.rows) for rule in dropped] == [("flag: exclude", 10)]


def test_only_rows_without_a_flag_are_taken_by_a_rule(tmp_path: Path) -> None:
    frame = table(0, flag=["bag", None, "microscope", None] * 5)
    version = collected(tmp_path, {"a.parquet": frame}, column_rules={"flag": {"regex": "^$"}})
    assert len(version.objects()) == 10


def test_boxes_are_cut_to_the_photo_and_not_drawn_where_nothing_may_be_cut(tmp_path: Path) -> None:
    frame = table(
        0,
        4,
        id=list("abcd"),
        x=[-10, 100, 20, 20],
        y=[-10, 80, 20, 20],
        w=[60, 500, 30, 3],
        h=[60, 500, 30, 30],
        licence=["CC-BY-4.0", "cc-by", "CC-BY-ND-4.0", "cc-by"],
    )
    objects = collected(tmp_path, {"a.parquet": frame}, columns={"box": list("xywh")}).objects()
    boxes = dict(zip(objects.ids, objects.inputs.boxes.tolist(), strict=True))
    assert boxes == {"a": [0, 0, 50, 50], "b": [100, 80, 20, 10], "c": [0] * 4, "d": [0] * 4}


@pytest.mark.parametrize(
    ("value", "box"),
    [
        ("12.4", (12, 0, 30, 30)),
        ("", WHOLE),
        (None, WHOLE),
        (float("nan"), WHOLE),
        (float("inf"), WHOLE),
        (1e300, (100_000_000, 0, 30, 30)),
        (-3, (-3, 0, 30, 30)),
    ],
)
def test_a_side_of_a_box_may_be_missing_or_far_off(value: object, box: Box) -> None:
    row = {"__row": 1, "x": value, "y": 0, "w": 30, "h": 30}
    assert box_of(row, list("xywh"), "a.csv") == box


def test_a_side_of_a_box_that_is_no_number_is_an_error() -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 7, x: this is no number of pixels"):
        box_of({"__row": 7, "x": "left"}, ["x"], "a.csv")


@settings(max_examples=15)
@given(contents=st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_any_bytes_are_taken_for_what_they_are(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    home = tmp_path_factory.mktemp("any")
    good = [photo(number) for number in range(4)]
    content = good + contents
    frame = pl.DataFrame({"image": content, "label": (CLASSES * len(content))[: len(content)]})
    report = collected(home, {"a.parquet": frame}).document.cleaning
    assert report.rows_kept == 4
    assert report.removed[Reason.UNREADABLE] == len(contents)


def test_two_objects_on_one_photo_stay_together(tmp_path: Path) -> None:
    image = [photo(number // 2, 120, 90) for number in range(20)]
    frame = table(0, x=[0, 60] * 10, y=[0, 0] * 10, w=[50] * 20, h=[80] * 20).with_columns(
        pl.Series("image", image), label=pl.Series(list(CLASSES) * 10)
    )
    objects = collected(tmp_path, {"a.parquet": frame}, columns={"box": list("xywh")}).objects()
    assert len(objects) == 20
    assert len(set(objects.groups)) == 10
    names = objects.inputs.names
    assert len({(name, group) for name, group in zip(names, objects.groups, strict=True)}) == 10


def test_names_of_files_are_looked_for_beside_their_table(tmp_path: Path) -> None:
    frame = pl.DataFrame({"path": ["photos/bobcat/Bobcat_9005100.jpg"], "label": ["bobcat"], "id": ["x"]})
    folder = challenge_in(tmp_path, {"a.csv": frame})
    write_photos(folder / "photos", 2)
    objects = collect(load_challenge(folder), settings_in(tmp_path)).objects()
    assert objects.inputs.content(0) == photo(0)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("../secret.jpg", "leaves the folder"),
        ("/etc/passwd", "leaves the folder"),
        ("no.jpg", "no such photo"),
    ],
)
def test_a_path_that_leaves_its_folder_or_is_not_there_is_an_error(
    tmp_path: Path, path: str, fault: str
) -> None:
    (tmp_path / "secret.jpg").write_bytes(photo(1))
    frame = pl.DataFrame({"path": [path], "label": ["bobcat"]})
    with pytest.raises(DataError, match=rf"a\.csv, row 1.*{fault}"):
        collected(tmp_path, {"a.csv": frame})


def test_rows_without_a_photo_are_told(tmp_path: Path) -> None:
    frame = table(0, 10).with_columns(image=pl.Series([None, *[photo(n) for n in range(9)]]))
    report = collected(tmp_path, {"a.parquet": frame}).document.cleaning
    assert report.removed[Reason.UNREADABLE] == 1


def test_bytes_in_a_field_are_read_as_some_writers_put_them(tmp_path: Path) -> None:
    frame = table(0, 10)
    frame = frame.with_columns(image=pl.struct(bytes="image", path=pl.lit("x.jpg")))
    assert len(collected(tmp_path, {"a.parquet": frame}).objects()) == 10


def test_a_column_of_texts_is_no_column_of_photos(tmp_path: Path) -> None:
    frame = table(0, 2).with_columns(image=pl.Series([base64.b64encode(photo(n)).decode() for n in range(2)]))
    with pytest.raises(DataError, match="no bytes of a photo"):
        collected(tmp_path, {"a.parquet": frame})


def test_a_missing_column_is_named_with_the_key_to_declare(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column taken_by.*dataset\.columns\.author"):
        collected(tmp_path / "1", {"a.parquet": table(0, 4)}, columns={"author": "taken_by"})
    with pytest.raises(DataError, match=r"no column image.*dataset\.columns\.image, or path, or url"):
        collected(tmp_path / "2", {"a.parquet": table(0, 4).rename({"image": "jpg"})})


def test_an_id_that_two_photos_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two photos have the same id"):
        collected(tmp_path, {"a.parquet": table(0, 2, id=["same", "same"])})


def test_files_by_pattern_need_no_source(tmp_path: Path) -> None:
    declared = declaration()
    declared["dataset"] = {"title": "P", "licence": "own", "citation": "A", "glob": "*.parquet"}
    folder = write_challenge(tmp_path / "pets", declared)
    table(0).write_parquet(folder / "a.parquet")
    table(30).write_parquet(folder / "b.parquet")
    assert len(collect(load_challenge(folder), settings_in(tmp_path)).objects()) == 40


class Photos(http.server.BaseHTTPRequestHandler):
    """Serves the photo whose number stands in the path, of which there are six."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        number = int(self.path.strip("/").partition(".")[0])
        content = photo(number) if number < 6 else b"not here"
        self.send_response(200 if number < 6 else 404)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Photos)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_addresses_are_fetched_once_by_the_rules_for_all_addresses(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [f"http://127.0.0.1:{port}/{number}.jpg" for number in range(7)]
    frame = pl.DataFrame({"url": addresses, "label": [*CLASSES * 3, "bobcat"]})
    refused = challenge_in(tmp_path, {"a.csv": frame})
    with pytest.raises(DataError, match="no row is left"):
        collect(load_challenge(refused), settings_in(tmp_path / "refused"))
    assert Photos.asked == []
    reader = PhotoSource(Fetcher(allow_private=frozenset({("127.0.0.1", port)})), pause=0.01)
    monkeypatch.setitem(READERS, "photos", reader)
    for _ in range(2):
        version = collect(load_challenge(refused), settings_in(tmp_path))
    photos = version.objects().inputs
    assert {photos.content(place) for place in range(len(photos))} == {photo(n) for n in range(6)}
    (row,) = version.document.cleaning.rejected
    assert "404" in row.note
    assert sorted(Photos.asked) == sorted([f"/{n}.jpg" for n in range(7)] + ["/6.jpg"])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ({"kind": "photos"}, "no-photos"),
        (FILES | {"names": "(?P<label>a)"}, "no-photos"),
        ({"kind": "photos", "folder": "x", "names": "(?P<label>["}, "bad-pattern"),
        ({"kind": "photos", "folder": "x", "names": "(?P<lable>a)"}, "bad-pattern"),
        ({"kind": "photos", "folder": "x", "names": "a+"}, "bad-pattern"),
        ({"kind": "idx", "folder": "x"}, "not-of-photos"),
    ],
)
def test_what_is_wrong_with_a_source_of_photos_is_told(
    tmp_path: Path, source: dict[str, object], found: str
) -> None:
    dataset = {"title": "P", "licence": "own", "citation": "A", "source": source}
    folder = photo_challenge(tmp_path / "pets", count=0, dataset=dataset)
    with pytest.raises(ChallengeFileError) as error:
        load_challenge(folder)
    assert found in {problem.id for problem in error.value.problems}


def test_labels_are_found_whatever_their_letters() -> None:
    classes = load_class_labels()
    finder = ClassFinder(classes, {"Western Bobcat": "bobcat"})
    for label in ("bobcat", "Bobcat", " BOBCAT ", "Western-Bobcat", "western_bobcat"):
        assert finder(label) == "bobcat"
    assert finder("House-Cat") == "house_cat"
    assert finder("Lynx") == "Lynx"
    assert finder(None) is finder("  ") is None


def load_class_labels() -> tuple[ClassLabel, ...]:
    return tuple(ClassLabel(name=name, title=name.replace("_", " ").title()) for name in CLASSES)


def test_real_photos_of_two_files_are_one_data_set(tmp_path: Path, shared_data: Path) -> None:
    columns = {"image": "image", "id": "image_id", "label": "label", "group": "group", "link": "source_url"}
    names = ("domestic_cat", "big_cat", "small_wild_cat", "mountain_lion", "bobcat", "not_a_cat")
    declared = declaration()
    declared["classes"] = [{"name": name, "title": name.replace("_", " ")} for name in names]
    wild = {"columns": columns | {"licence": "licence", "box": [f"bbox_{side}" for side in "xywh"]}}
    wild |= {
        "column_rules": {"flag": {"exclude": ["no_box_animal_often_not_visible"]}},
        "nrows": {"random": 300, "seed": 1},
    }
    declared["dataset"] = {
        "title": "Cats",
        "licence": "CC-BY-SA-4.0",
        "citation": "see the files",
        "columns": columns | {"author": "author", "licence": "licence"},
        "source": {
            "kind": "photos",
            "files": {
                "cats": {"path": "cats/cat_photos.parquet"},
                "wild": {"path": "cats/wild_cat_photos.parquet"},
            },
        },
        "tables": {"wild": wild},
    }
    folder = write_challenge(tmp_path / "pets", declared)
    home = tmp_path / "home"
    mirrored = Settings(home=home, database_url=f"sqlite:///{home}/x.sqlite3", mirror=str(shared_data))
    version = collect(load_challenge(folder), mirrored)
    objects, report = version.objects(), version.document.cleaning
    assert report.rows_kept == len(objects) > 600
    assert report.removed[Reason.UNREADABLE] == report.removed[Reason.CONFLICT] == 0
    photos = objects.inputs
    assert (photos.sizes >= 64).all()
    assert (photos.boxes[:, :2] + photos.boxes[:, 2:] <= photos.sizes).all()
    assert (photos.boxes[:, 2] > 0).sum() > 100
    assert all(credit.licence for credit in photos.credits)
    sides = {}
    for group, side in zip(objects.groups, objects.splits, strict=True):
        assert sides.setdefault(group, side) is side
    played = version.objects("game").inputs
    assert not any(credit.licence.startswith("none stated") for credit in played.credits)
