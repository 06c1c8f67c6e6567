"""No page, answer or post says that a mushroom is safe, and the warning stands on each."""

import asyncio
import html
import json
import re
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image

from databases import make_shared_tables, sqlite_url
from photographs import encoded
from sites import empty_tables, migrated_site, site_settings

site_settings()

from apis import client_of  # noqa: E402
from outclass.api.app import create_api  # noqa: E402
from outclass.base.settings import Settings  # noqa: E402
from outclass.bots.answers import Answer, Chance, Verdict  # noqa: E402
from outclass.bots.wording import Space, Speaker  # noqa: E402
from outclass.catalog.challenge import Challenge  # noqa: E402
from outclass.catalog.loader import load_challenge, packaged_folder  # noqa: E402
from outclass.cli.main import main  # noqa: E402
from outclass.registry.store import Registry  # noqa: E402

NAME = "mushrooms"
PREDICT = f"/api/v1/challenges/{NAME}/predict"
CHALLENGE: Challenge = load_challenge(NAME).challenge
FORBIDDEN = re.compile(
    r"\b(is|are|be|looks?|probably|perfectly|completely)\s+(safe|harmless|edible|non-?toxic)\b"
    r"|\bsafe(ly)?\s+(to|for)\s+eat|\bsafely\s+eat|\b(can|may|could)\s+(safely\s+)?be\s+(eaten|consumed|cooked)"
    r"|\b(good|fit|delicious|fine|okay|ok)\s+(to|for)\s+eat|\bnot\s+(poisonous|toxic|deadly)\b"
    r"|\bnon-?(poisonous|toxic)\b|\bunpoisonous\b|\bpoison-free\b|\bedible\b|\bharmless\b|\bdelicious\b|\btasty\b"
    r"|\bsafe\b",
    re.IGNORECASE,
)
QUOTED = (
    "listed as not poisonous in a 1987 table",
    'one of which reads "edible"',
    "Nothing is ever paid for calling a mushroom harmless",
    'no class stands for "may be eaten"',
    "tells from a photo whether a mushroom may be eaten",
    "some on each is safe",
    "Safe to serve",
    "to be on the safe side",
)
"""Sentences that name such words to deny them, or speak of bets, model files and licences."""
FLY_AGARIC = (170, 30, 25)


def plain(text: str) -> str:
    """Return a text as people read it, without mark-up and with single spaces."""
    without = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(html.unescape(without).split())


def unsafe_words(text: str) -> list[str]:
    """Return what a text says that it must not."""
    read = plain(text).replace("\u201c", '"').replace("\u201d", '"')
    for sentence in QUOTED:
        read = read.replace(sentence, " ")
    return [found[0] for found in FORBIDDEN.finditer(read)]


def warned(text: str) -> bool:
    """Tell whether the warning stands in a text."""
    return CHALLENGE.warning in plain(text)


def photo() -> bytes:
    """Return a photo of something red with white spots on green."""
    pixels = np.full((300, 300, 3), (40, 90, 30), dtype=np.uint8)
    pixels[60:180, 40:260] = FLY_AGARIC
    pixels[80:100, 80:100] = pixels[120:140, 160:190] = 240
    pixels[180:280, 130:170] = (235, 230, 220)
    return encoded(Image.fromarray(pixels))


# --- what is declared ---


def test_the_warning_says_what_the_rules_of_this_project_ask_for():
    assert "no foraging aid" in CHALLENGE.warning
    assert "field-guide knowledge" in CHALLENGE.warning
    assert "checked by no mycologist" in CHALLENGE.warning
    assert "specimen in hand" in CHALLENGE.warning


def test_poison_of_each_class_is_told_with_its_source():
    for label in (*CHALLENGE.classes, *CHALLENGE.groups):
        if label.name == "no_mushroom":
            assert "toxicity" not in label.facts
            continue
        assert label.facts["toxicity"], label.name
        assert "checked by no mycologist" in label.facts["toxicity_source"], label.name


def test_amanita_is_poisonous_and_no_group_of_it_says_less():
    facts = {label.name: label.facts.get("toxicity", "") for label in (*CHALLENGE.classes, *CHALLENGE.groups)}

    assert facts["amanita"] == "poisonous"
    assert "deadly poisonous" in facts["agaric"]
    assert "deadly poisonous" in facts["mushroom"]


@pytest.mark.parametrize(
    "path", sorted((packaged_folder() / NAME).rglob("*.[ym][ad]*")), ids=lambda path: path.name
)
def test_no_file_of_the_challenge_says_that_a_mushroom_is_safe(path):
    assert unsafe_words(path.read_text(encoding="utf-8")) == []


def test_the_test_knows_such_words():
    for sentence in (
        "This mushroom is safe.",
        "It is edible",
        "may be eaten",
        "not poisonous",
        "safe to eat",
        "good to eat",
        "harmless",
        "<b>edible</b>",
    ):
        assert unsafe_words(sentence), sentence
    assert not unsafe_words("It is listed as not poisonous in a 1987 table.")
    assert not unsafe_words("Poisonous kinds are among them. Deadly poisonous.")


# --- the site ---


def site_paths(patterns: list[object], prefix: str = "/") -> Iterator[str]:
    """Yield the pages of the site that need no more than the name of a challenge."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            path = re.sub(r"<slug:challenge>", NAME, path)
            if "<" not in path:
                yield path
        elif isinstance(pattern, URLResolver) and path != "/admin/":
            yield from site_paths(pattern.url_patterns, path)


def all_pages() -> list[str]:
    """Return the pages of the site, those of information and of models by their names, too."""
    pages = sorted((packaged_folder() / NAME / "pages").glob("*.md"))
    info = [f"/c/{NAME}/info/{path.stem.partition('-')[2]}/" for path in pages]
    versions = [
        Registry(Settings(home=site_settings().home, database_url="")).champion(one) for one in MODELS
    ]
    models = [f"/lab/{NAME}/models/{version.name}/{version.id}/" for version in versions]
    return [*site_paths(get_resolver("outclass.site.urls").url_patterns), *info, *models]


MODELS = (NAME, f"{NAME}.imagenet")


@pytest.fixture
def browser() -> Iterator[Client]:
    migrated_site()
    empty_tables()
    yield Client()
    empty_tables()


@pytest.mark.parametrize("path", all_pages())
def test_no_page_says_that_a_mushroom_is_safe(browser, path):
    answer = browser.get(path, follow=True)
    kind = answer.headers.get("Content-Type", "")

    if not kind.startswith("text/html"):
        return
    page = answer.content.decode()
    assert unsafe_words(page) == []
    if answer.status_code == 200 and f"/{NAME}/" in answer.request["PATH_INFO"]:
        assert warned(page), "the warning is missing"


def test_the_answer_to_a_photo_has_the_warning_and_no_such_word(browser):
    upload = SimpleUploadedFile("photo.jpg", photo(), content_type="image/jpeg")
    answer = browser.post(f"/c/{NAME}/try/", {"photo": upload, "once": "a-one-time-token"})
    page = answer.content.decode()

    assert answer.status_code == 200
    assert 'data-state="answered"' in page
    assert warned(page)
    assert unsafe_words(page) == []


# --- the API ---


def test_no_answer_of_the_api_says_that_a_mushroom_is_safe(tmp_path):
    settings = Settings(home=tmp_path, database_url=sqlite_url(tmp_path))
    make_shared_tables(settings.database_url).close()
    warned_of, others = asyncio.run(api_answers(settings))

    for answer in warned_of:
        assert answer.status_code == 200, answer.text
        assert answer.json()["warning"] == CHALLENGE.warning
    for answer in [*warned_of, *others]:
        assert unsafe_words(json.dumps(answer.json(), ensure_ascii=False)) == []


async def api_answers(settings: Settings) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """Return answers that must have the warning, and others."""
    app = create_api(settings, challenges={NAME: CHALLENGE})
    headers = {"Content-Type": "image/jpeg"}
    async with app.service.running(), client_of(app) as client:
        answers = [
            await client.post(PREDICT, content=photo(), headers=headers),
            await client.post(f"{PREDICT}?explain=1", content=photo(), headers=headers),
            await client.get(f"/api/v1/challenges/{NAME}"),
        ]
        answers.append(await client.get(f"/api/v1/predictions/{answers[0].json()['id']}"))
        paths = (f"/api/v1/challenges/{NAME}/models", "/api/v1/challenges", "/api/openapi.json")
        return answers, [await client.get(path) for path in paths]


# --- the bot ---


def answers() -> Iterator[Answer]:
    """Yield every kind of answer for every class."""
    names = CHALLENGE.class_names
    for place, name in enumerate(names):
        others = tuple(Chance(name=other, probability=0.2) for other in (names[place - 1], names[place - 2]))
        for verdict in Verdict:
            yield Answer(
                verdict=verdict,
                best=Chance(name=name, probability=0.6),
                group=Chance(name="agaric", probability=0.9),
                others=others,
            )


@pytest.mark.parametrize("limit", [280, 300, 500])
def test_no_post_says_that_a_mushroom_is_safe(limit):
    assert CHALLENGE.bot is not None
    for game in CHALLENGE.bot.games:
        speaker = Speaker(game=game, challenge=CHALLENGE)
        for answer in answers():
            text = speaker.reply([answer], Space(limit=limit, length=len), mention="@ann@example.social")
            assert CHALLENGE.warning in text
            assert unsafe_words(text) == []


# --- the command line, and the cards ---


def test_the_command_line_warns(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OUTCLASS_HOME", str(tmp_path))
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo())
    with pytest.raises(SystemExit) as ended:
        main(["predict", NAME, str(path)])
    said = capsys.readouterr()

    assert ended.value.code in (0, None), said.err
    assert warned(said.out + said.err)
    assert unsafe_words(said.out + said.err) == []


@pytest.mark.parametrize("name", MODELS)
def test_each_card_warns(name, tmp_path):
    version = Registry(Settings(home=tmp_path, database_url="")).champion(name)
    card = (version.folder / "card.md").read_text(encoding="utf-8")

    assert CHALLENGE.warning in card
    assert unsafe_words(card) == []
