"""Data that no challenge can be made of is refused for the true reason."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from outclass.base.errors import NotFoundError
from outclass.catalog.recognizing import (
    REFUSALS,
    Choices,
    Refusal,
    RefusedDataError,
    recognize,
    write_challenge,
)
from own_data import FLOWERS, csv_text, flowers, things, write

THINGS = ("color", "size", "weight", "kind")
CODES = {"apple": 7, "pear": 8}


def hollow() -> str:
    rows = [
        [value if (3 * n + place) % 100 == 0 else "" for place, value in enumerate(row[:3])]
        for n, row in enumerate(flowers(300))
    ]
    return csv_text([[*row, "ab"[n % 2]] for n, row in enumerate(rows)], FLOWERS)


def labeled(label: Callable[[int], object], header: str = "species") -> str:
    """Return flowers with other labels."""
    rows = [[*row[:3], label(n)] for n, row in enumerate(flowers())]
    return csv_text(rows, [*FLOWERS[:3], header])


STRAY = csv_text([*(["a", n, "x"] for n in range(40)), ["b", 1, "y"]], ["q", "n", "class"])
MEASURED = csv_text([[1.37 * float(str(value)) for value in row[:3]] for row in flowers()], FLOWERS[:3])
COPY = csv_text([[*row, CODES[str(row[3])]] for row in things()], [*THINGS, "code"])
RIVALS = csv_text(
    [["ab"[n % 2], row[2], "xy"[n // 2 % 2]] for n, row in enumerate(things())], ["label", "w", "class"]
)
ALIKE = [[f"Call {n} now for your big prize!", "ham" if n % 2 else "spam"] for n in range(60)]

TABLES: dict[str, tuple[str, Refusal, str]] = {
    "nothing": ("", Refusal.EMPTY, "empty"),
    "a header alone": ("a,b,class\n", Refusal.EMPTY, "no rows"),
    "three rows": (csv_text(flowers(3), FLOWERS), Refusal.TOO_FEW, "3 rows"),
    "one class": (labeled(lambda _: "setosa"), Refusal.ONE_CLASS, "setosa"),
    "one class and strays": (STRAY, Refusal.ONE_CLASS, "y: 1"),
    "99 % missing": (hollow(), Refusal.MISSING, "99.0% of the values in 3 of 4 columns"),
    "labels of their own": (labeled(lambda n: f"flower {n}"), Refusal.UNIQUE_LABELS, "90 different"),
    "a measured label": (labeled(lambda n: 3.7 * n, "price"), Refusal.CONTINUOUS_LABEL, "regression"),
    "numbers to predict": (labeled(lambda n: 1000 + 7 * n, "target"), Refusal.CONTINUOUS_LABEL, "to 1623"),
    "no labels": (labeled(lambda _: ""), Refusal.UNLABELED, "data site"),
    "measurements alone": (MEASURED, Refusal.NO_LABEL, "--label"),
    "a copy of the label": (COPY, Refusal.LEAK, "--ignore code"),
    "two labels": (RIVALS, Refusal.UNCLEAR_LABEL, "--label"),
    "too many values in a row": (
        csv_text([*flowers(), [1, 2, 3, 4, 5, 6]], FLOWERS),
        Refusal.UNREADABLE,
        "row 91",
    ),
    "a web page": ("<html><body>Not found</body></html>\n", Refusal.UNREADABLE, "web page"),
    "old line ends": (csv_text(flowers(), FLOWERS).replace("\n", "\r"), Refusal.UNREADABLE, "carriage"),
    "ids and nothing else": (
        csv_text([[n, "ab"[n % 2]] for n in range(60)], ["id", "class"]),
        Refusal.NO_INPUTS,
        "names rows",
    ),
    "one text again and again": (csv_text(ALIKE, ["text", "label"]), Refusal.TOO_FEW, "different texts"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_refused_for_the_true_reason(tmp_path: Path, name: str) -> None:
    text, expected, told = TABLES[name]
    with pytest.raises(RefusedDataError) as refused:
        recognize(write(tmp_path, "table.csv", text))

    assert refused.value.id is expected, refused.value.sentence()
    assert told in refused.value.sentence()


def test_a_copy_that_is_left_out_or_kept_is_no_reason(tmp_path: Path) -> None:
    path = write(tmp_path, "things.csv", COPY)

    assert recognize(path, Choices(ignore=("code",))).objects == 120
    assert recognize(path, Choices(keep=("code",))).objects == 120


def test_a_column_that_nearly_tells_the_label_is_no_leak(shared_data: Path) -> None:
    found = recognize(shared_data / "mushrooms" / "agaricus-lepiota.csv")

    columns = found.draft["input"]["columns"]  # type: ignore[index]
    assert "odor" in [column["name"] for column in columns]
    assert not found.doubts


def test_a_label_that_is_cut_from_a_column_is_told(tmp_path: Path) -> None:
    rows = [[n % 97 / 7, n * 31 % 13, "high" if n % 97 > 50 else "low"] for n in range(300)]
    found = recognize(write(tmp_path, "risk.csv", csv_text(rows, ["score", "age", "risk"])))

    assert any("`score`" in doubt and "cut from it" in doubt for doubt in found.doubts)


@pytest.mark.parametrize("label", ["no such column", "sepal length (cm)"])
def test_a_label_that_is_named_must_be_one(tmp_path: Path, label: str) -> None:
    path = write(
        tmp_path, "flowers.csv", csv_text([[n / 7, *row[1:]] for n, row in enumerate(flowers())], FLOWERS)
    )
    with pytest.raises(RefusedDataError) as refused:
        recognize(path, Choices(label=label))

    assert refused.value.id in {Refusal.NO_LABEL, Refusal.CONTINUOUS_LABEL}


def test_bytes_that_are_no_table(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(RefusedDataError) as refused:
        recognize(path)

    assert refused.value.id is Refusal.UNREADABLE


def test_archives_folders_without_data_and_paths_that_are_not_there(tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("cat/1.jpg", b"x")
        content.writestr("dog/1.jpg", b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    write(tmp_path / "notes", "readme.md", "hello")
    for path, expected in (
        (archive, Refusal.ARCHIVE),
        (tmp_path / "empty", Refusal.EMPTY),
        (tmp_path / "notes", Refusal.UNKNOWN_KIND),
    ):
        with pytest.raises(RefusedDataError) as refused:
            recognize(path)
        assert refused.value.id is expected
    with pytest.raises(NotFoundError):
        recognize(tmp_path / "nowhere.csv")


def test_every_reason_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "errors.md").read_text(
        encoding="utf-8"
    )

    assert set(REFUSALS) == set(Refusal)
    assert [reason for reason in Refusal if f"| `{reason.value}` |" not in page] == []


def test_a_draft_that_cannot_be_read_is_taken_back(tmp_path: Path) -> None:
    path = write(tmp_path, "flowers.csv", csv_text(flowers(), FLOWERS))
    found = recognize(path)
    path.write_text(csv_text(flowers(30)[:6], FLOWERS))
    with pytest.raises(RefusedDataError):
        write_challenge(found, "flowers", tmp_path / "challenges")

    assert not (tmp_path / "challenges" / "flowers" / "challenge.yaml").exists()
