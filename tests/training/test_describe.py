"""The card of a version holds what was measured, and what the challenge itself has to say."""

import shutil
from pathlib import Path

import pytest

from outclass import training
from outclass.base.errors import DataError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.registry.card import SECTIONS, card_of, read_card
from outclass.registry.store import Registry

OWN = """## Limits

- It was never shown a circle.

## Scores

Other seeds:

{seeds}

Short:

{seeds short}
"""


@pytest.fixture
def described(bars: LoadedChallenge, tmp_path: Path) -> LoadedChallenge:
    """Return the challenge with a text for its card."""
    folder = shutil.copytree(bars.folder, tmp_path / "bars")
    (folder / "card.md").write_text(OWN, encoding="utf-8")
    return load_challenge(folder)


def card(challenge: LoadedChallenge, settings: Settings, *, seed: int = 1) -> dict[str, str]:
    record = training.train(challenge, settings=settings, seed=seed, promote=False)
    return read_card(card_of(Registry(settings).get(str(record.reference)).folder))


def test_a_challenge_adds_to_sections_of_the_card(described: LoadedChallenge, settings: Settings) -> None:
    sections = card(described, settings)
    assert tuple(sections) == SECTIONS
    limits = sections["Limits"]
    assert limits.index("It knows bars") < limits.index("It was never shown a circle.")
    assert "No finished run of the recipe `short`" in sections["Scores"]
    assert "{seeds" not in sections["Scores"]


def test_the_table_of_seeds_stands_where_the_challenge_says(
    described: LoadedChallenge, settings: Settings
) -> None:
    training.train(described, settings=settings, seed=5, recipe="short", promote=False)
    card(described, settings, seed=2)
    scores = card(described, settings)["Scores"]
    own, short = scores.split("Other seeds:")[1].split("Short:")
    starts = [[line.split("|")[1].strip() for line in part.strip().splitlines()] for part in (own, short)]
    assert starts == [["seed", "---", "1 (this one)", "2", "mean"], ["seed", "---", "5", "mean"]]


def test_without_a_text_the_seeds_follow_the_scores(bars: LoadedChallenge, settings: Settings) -> None:
    assert "seed" not in card(bars, settings, seed=2)["Scores"]
    assert "| 1 (this one) |" in card(bars, settings)["Scores"]


def test_a_text_for_one_model_follows_that_for_all(described: LoadedChallenge, settings: Settings) -> None:
    (described.folder / "card.centroid.md").write_text("## Limits\n\n- Means only.\n", encoding="utf-8")
    (described.folder / "card.other.md").write_text("## Limits\n\n- Not this.\n", encoding="utf-8")
    limits = card(described, settings)["Limits"]
    assert limits.endswith("- It was never shown a circle.\n\n- Means only.")


def test_an_unknown_section_is_refused_and_nothing_learned_is_lost(
    described: LoadedChallenge, settings: Settings
) -> None:
    (described.folder / "card.md").write_text("## Limit\n\n- None.\n", encoding="utf-8")
    with pytest.raises(DataError, match="no such section"):
        card(described, settings)
    (described.folder / "card.md").write_text("## Limits\n\n- Some.\n", encoding="utf-8")
    assert card(described, settings)["Limits"].endswith("- Some.")


def test_seeds_of_an_unknown_recipe_are_refused(described: LoadedChallenge, settings: Settings) -> None:
    (described.folder / "card.md").write_text("## Scores\n\n{seeds long}\n", encoding="utf-8")
    with pytest.raises(NotFoundError, match="no such recipe"):
        card(described, settings)
