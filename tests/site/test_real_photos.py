"""Real photos on the pages: the shipped models about cats and mushrooms, and a game with credits."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.site.play import advice, challenges, pool
from outclass.site.play.models import Round
from playing import text
from sites import migrated_site
from small_challenge import write_challenge

NAME = "grove"
GENERA = ("Russula", "Lactarius", "Cantharellus")


@pytest.fixture(scope="module")
def grove(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Path]:
    """Return a project folder with photos of three genera, collected."""
    project = tmp_path_factory.mktemp("grove")
    folder = write_challenge(project / "challenges" / NAME, declared())
    photos = pl.read_parquet(shared_data / "mushrooms" / "mushroom_photos.parquet")
    photos.filter(pl.col("genus").is_in(GENERA) & pl.col("flag").is_null()).select(
        "image", label="genus", author="photographer", licence_url="license_url", link="source_url"
    ).write_parquet(folder / "photos.parquet")
    collect(load_challenge(folder), migrated_site())
    yield project
    advice.site_advisers().close()
    advice.site_advisers.cache_clear()


def declared() -> dict[str, object]:
    """Return the challenge."""
    return {
        "name": NAME,
        "title": "Grove",
        "question": "Which genus?",
        "summary": "Real photos.",
        "accent": "#ff8800",
        "warning": "No foraging aid.",
        "input": {"kind": "photo"},
        "classes": [{"name": name, "title": name} for name in GENERA],
        "dataset": {
            "title": "Mushroom Observer",
            "licence": "CC-BY-SA-3.0",
            "citation": "Each photo by its author",
            "source": {"kind": "photos", "files": {"photos": {"path": "photos.parquet"}}},
        },
        "split": {"salt": "grove-1", "train": 0.4, "validation": 0.1, "holdout": 0.0, "game": 0.5},
        "models": {"probe": {"title": "Probe"}},
        "advisers": ["probe"],
        "champion": "probe",
        "game": {"rounds": 4},
    }


@pytest.fixture
def played(grove: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return what is dealt."""
    monkeypatch.chdir(grove)
    forget_challenges()
    found = pool.pools().current(NAME)
    assert found is not None
    yield found
    forget_challenges()


def forget_challenges() -> None:
    """Read the challenges anew, since they depend on the folder that the process works in."""
    challenges.forget_challenges()


def test_a_real_round_shows_each_photo_with_whose_it_is(played: pool.Pool, browser: Client) -> None:
    url = re.sub(r"\d+/$", "", browser.post(f"/c/{NAME}/deal/", {"once": "x" * 12}).headers["Location"])

    for round_ in Round.objects.order_by("position"):
        page = text(browser.get(f"{url}{round_.position}/"))
        credit = played.photo(round_.object_id).credits[0]
        assert credit.author in page
        assert "CC BY-SA 3.0" in page
        assert credit.link not in page
        photo = Image.open(io.BytesIO(browser.get(f"{url}{round_.position}/large.jpg").content))
        assert min(photo.size) >= 100
        browser.post(f"{url}{round_.position}/", {"bet_0": "50", "bet_1": "25", "bet_2": "25"})
        assert credit.link in text(browser.get(f"{url}{round_.position}/result/"))
    assert "4 of 4 settled" in text(browser.get(url))


@pytest.mark.parametrize(
    ("challenge", "table", "column", "label", "titles"),
    [
        ("cats", "cats/wild_cat_photos.parquet", "label", "mountain_lion", {"Cougar", "A wild cat", "A cat"}),
        (
            "mushrooms",
            "mushrooms/mushroom_photos_2.parquet",
            "label",
            "Amanita muscaria",
            {"Amanita", "A gilled mushroom", "A mushroom"},
        ),
    ],
)
def test_the_shipped_models_answer_about_real_photos(
    browser: Client,
    shared_data: Path,
    challenge: str,
    table: str,
    column: str,
    label: str,
    titles: set[str],
) -> None:
    found = pl.read_parquet(shared_data / table).filter(pl.col(column) == label)["image"].head(3).to_list()
    said = []

    for number, content in enumerate(found):
        photo = SimpleUploadedFile("photo.jpg", content)
        page = text(
            browser.post(f"/c/{challenge}/try/", {"photo": photo, "once": f"{number}-one-time-token"})
        )
        said.append(re.search(r'verdict__title">([^<]*)<', page)[1])
        if challenge == "mushrooms":
            assert "What is known about poison" in page
            assert page.count("This is no foraging aid.") == 2

    assert sum(title in titles for title in said) >= 2, said
