"""The reference is made from the types, and the how-to works as it is written."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from PIL import Image, ImageDraw

from outclass.catalog.declared_data import FileDeclaration
from outclass.catalog.loader import load_challenge
from outclass.catalog.reference import PAGE, SCHEMA, page_text, schema_text, write_reference
from outclass.catalog.sources.idx import IdxSource
from outclass.catalog.sources.kinds import KINDS
from outclass.catalog.sources.readers import READERS

DOCS = Path(__file__).parents[2] / "docs"
REMEDY = "run python -m outclass.catalog.reference docs/reference"


@pytest.mark.parametrize(("name", "text"), [(PAGE, page_text()), (SCHEMA, schema_text())], ids=[PAGE, SCHEMA])
def test_the_reference_is_that_of_the_types(name: str, text: str) -> None:
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == text, REMEDY


def test_the_reference_is_written_where_asked(tmp_path: Path) -> None:
    write_reference(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [PAGE, SCHEMA]


def test_every_row_has_a_meaning() -> None:
    for row in re.findall(r"^\| `.*$", page_text(), re.MULTILINE):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        if len(cells) > 2 or "idx" not in row:
            assert cells[-1], row


def test_every_kind_of_source_has_its_reader() -> None:
    assert set(READERS) == set(KINDS)
    assert isinstance(READERS["idx"], IdxSource)


def blocks(language: str) -> list[str]:
    text = (DOCS / "howto" / "own-data.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def draw(folder: Path) -> None:
    """Draw twenty of each shape, no two alike."""
    for number in range(20):
        for name in ("circle", "cross", "line"):
            picture = Image.new("L", (60, 60))
            pen = ImageDraw.Draw(picture)
            low, high = 5 + number // 4, 40 + number % 4 * 3
            if name == "circle":
                pen.ellipse((low, 5, high, 55), outline=255, width=4)
            else:
                pen.line((low, 5, high, 55), fill=255, width=4)
            if name == "cross":
                pen.line((high, 5, low, 50), fill=255, width=4)
            (folder / name).mkdir(parents=True, exist_ok=True)
            picture.save(folder / name / f"{number}.png")


def test_the_how_to_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OUTCLASS_HOME", raising=False)
    monkeypatch.delenv("OUTCLASS_MIRROR", raising=False)
    draw(tmp_path / "pictures")
    (notebook,) = blocks("python")
    challenge, download = blocks("yaml")
    exec(notebook, {})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "drawing {'circle': 20, 'cross': 20, 'line': 20}"
    assert re.match(r"[0-9a-f]{12} \d+ \(\d+, 28, 28\) \('", second)
    assert (tmp_path / ".outclass" / "data" / "shapes" / "current.json").is_file()
    by_hand = tmp_path / "by-hand" / "challenge.yaml"
    by_hand.parent.mkdir()
    by_hand.write_text(challenge, encoding="utf-8")
    drafted, written = load_challenge("shapes").challenge, load_challenge(by_hand).challenge
    assert drafted.class_names == written.class_names == ("circle", "cross", "line")
    assert drafted.dataset.reader.files == written.dataset.reader.files
    msgspec.convert(yaml.safe_load(download)["train_images"], FileDeclaration)
