"""Croissant and cards: what they say is in the files that they describe, and programs can read it."""

import re
from pathlib import Path

import polars as pl
import pytest
import yaml

from outclass.base.settings import Settings
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.publish.bundle.ustar import read_files
from outclass.publish.bundle.write import write_bundle
from outclass.publish.croissant import PublishedFile, croissant_of
from outclass.publish.data_card import data_card
from outclass.publish.front_matter import licence_facts
from outclass.publish.model_card import model_card
from outclass.registry.card import SECTIONS, read_card
from outclass.registry.store import Registry
from publications import series_project, shapes_project
from small_challenge import settings_in

Project = tuple[LoadedChallenge, DatasetVersion, Settings, Path]


@pytest.fixture(scope="module", params=[shapes_project, series_project], ids=["shapes", "curves"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    settings = settings_in(folder / "home")
    loaded, version = request.param(folder, settings)
    return loaded, version, settings, folder


def described(project: Project) -> dict[str, object]:
    loaded, version, _, _ = project
    files = {
        name: PublishedFile(place=f"data/{name}.parquet", path=version.folder / f"{name}.parquet")
        for name in version.document.tables
    }
    return croissant_of(version, loaded, files)


def test_every_file_has_its_hash_and_every_column_its_field(project):
    _, version, _, _ = project

    found = described(project)

    files = {file["@id"]: file for file in found["distribution"]}
    for name, expected in version.document.tables.items():
        path = version.folder / f"{name}.parquet"
        file = files[f"{name}-file"]
        assert file["sha256"] == expected
        assert file["contentSize"] == f"{path.stat().st_size} B"
        table = next(each for each in found["recordSet"] if each["@id"] == name)
        columns = [field["source"]["extract"]["column"] for field in table["field"]]
        assert columns == [column for column in pl.read_parquet_schema(path) if column != "image"]


def test_every_reference_of_the_description_leads_somewhere(project):
    found = described(project)
    ids = [file["@id"] for file in found["distribution"]]
    for table in found["recordSet"]:
        ids += [table["@id"], *(field["@id"] for field in table["field"])]

    def references(value: object) -> list[str]:
        if isinstance(value, list):
            return [each for one in value for each in references(one)]
        if not isinstance(value, dict):
            return []
        own = [value["@id"]] if list(value) == ["@id"] else []
        return own + [each for key, one in value.items() if key != "@context" for each in references(one)]

    assert len(set(ids)) == len(ids)
    assert set(references(found)) <= set(ids)
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert found["license"].startswith("https://creativecommons.org/publicdomain/zero")
    assert {"name", "description", "citeAs", "creator", "datePublished", "version"} <= set(found)


def test_the_library_of_the_format_reads_every_row(project, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant", reason="it is kept in an environment of its own")
    loaded, version, settings, _ = project
    path = write_bundle(loaded, settings, tmp_path / "one.tar.gz").path

    def keep(member, pieces):
        place = tmp_path / "unpacked" / member.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"".join(pieces))

    read_files(path, keep)
    dataset = mlcroissant.Dataset(str(tmp_path / "unpacked" / "croissant.json"))

    public = sum(sum(found.values()) for side, found in version.document.counts.items() if side != Split.GAME)
    assert sum(1 for _ in dataset.records("labels")) == public


def first_lines(card: str) -> dict[str, object]:
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert found
    return yaml.safe_load(found[1])


def test_the_data_card_tells_counts_terms_and_what_is_left_out(project):
    loaded, version, _, _ = project

    card = data_card(version, loaded, {"CC-BY-NC-4.0": 3})

    facts = first_lines(card)
    assert facts["license"] == "cc0-1.0"
    assert facts["size_categories"] == ["n<1K"]
    assert "- left out: 3 objects, CC-BY-NC-4.0" in card
    assert version.document.content_sha256 in card
    for name in version.document.classes:
        assert f"(`{name}`)" in card


def test_the_model_card_keeps_the_sections_of_the_card_and_tells_scores(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, version = shapes_project(tmp_path, settings)
    model = Registry(settings).champion("shapes")

    card = model_card(model, loaded, version)

    facts = first_lines(card)
    assert set(read_card(card)) == set(SECTIONS)
    assert facts["pipeline_tag"] == "image-classification"
    assert facts["datasets"] == [f"shapes-{version.id}"]
    scores = facts["model-index"][0]["results"][0]["metrics"]
    assert {each["type"]: each["value"] for each in scores} == {"accuracy": 0.9, "log_loss": 0.3}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("CC-BY-SA-4.0", {"license": "cc-by-sa-4.0"}),
        ("CC0-1.0", {"license": "cc0-1.0"}),
        ("cc by nc 4.0", {"license": "cc-by-nc-4.0"}),
        ("my own terms", {"license": "other", "license_name": "my own terms", "license_link": ""}),
    ],
)
def test_licences_are_called_as_hugging_face_calls_them(stated, expected):
    assert licence_facts(stated) == expected
