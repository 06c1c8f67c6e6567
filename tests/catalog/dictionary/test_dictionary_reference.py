"""The reference is made from the types, and the how-to works as it is written."""

import re
from pathlib import Path

import msgspec
import pytest

from outclass.catalog.declared_data import DatasetDeclaration
from outclass.catalog.dictionary.files import parse_catalogue
from outclass.catalog.dictionary.reference import PAGE, SCHEMA, page_text, schema_text, write_reference
from outclass.catalog.dictionary.steps import FEATURES, PATTERNS, STEPS, StepName
from outclass.catalog.dictionary.texts import CHANGES, DELETED
from outclass.catalog.strict_yaml import parse_yaml

DOCS = Path(__file__).parents[3] / "docs"
REMEDY = "run python -m outclass.catalog.dictionary.reference docs/reference"


@pytest.mark.parametrize(("name", "text"), [(PAGE, page_text()), (SCHEMA, schema_text())], ids=[PAGE, SCHEMA])
def test_the_reference_is_that_of_the_types(name: str, text: str) -> None:
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == text, REMEDY


def test_the_reference_is_written_where_asked(tmp_path: Path) -> None:
    write_reference(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [SCHEMA, PAGE]


def test_every_step_is_explained_and_does_something() -> None:
    assert set(STEPS) == set(StepName)
    assert {*CHANGES, *DELETED} == set(StepName) - set(FEATURES)
    assert all(f"| `_{name}` |" in page_text() for name in PATTERNS)


def blocks(language: str) -> list[str]:
    text = (DOCS / "howto" / "clean-a-table.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_how_to_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    catalogue, database, challenge = blocks("yaml")
    lines = ["id,text,label,score", *(f"{n},Message {n // 2},spam,0.{n % 10}" for n in range(100)), "x,y,z,w"]
    (tmp_path / "messages.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text(catalogue, encoding="utf-8")
    exec(blocks("python")[0], {})
    read, out, length = map(int, capsys.readouterr().out.split())
    assert read == 100
    assert 0 < out == length <= 50
    assert parse_catalogue(database.encode(), Path("catalog.yaml")).entries
    file = parse_yaml(challenge.encode())
    assert file.problems == ()
    declared = msgspec.convert(file.value["dataset"], DatasetDeclaration)  # type: ignore[index]
    assert declared.table("others").header is False
    assert declared.table("ours").header is True
    assert declared.table("others").labels == declared.labels
