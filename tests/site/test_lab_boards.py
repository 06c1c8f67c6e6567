"""The boards of the lab."""

import itertools
import json
import time
from collections.abc import Iterator

import numpy as np
import pytest
from django.test import Client

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.charts.specs import Bars, Lines, Linked, Matrix
from outclass.inputs.text import TextTable
from outclass.registry import history
from outclass.site.lab import boards
from outclass.site.lab.answers import Answers
from outclass.site.lab.exploring import distributions, explored
from outclass.site.shared.models import Prediction
from playing import text

pytestmark = pytest.mark.usefixtures("shapes")
TRUTH = [0, 0, 0, 1, 1, 2]
CHANCES = [
    [0.9, 0.05, 0.05, 0.0],
    [0.6, 0.3, 0.1, 0.0],
    [0.2, 0.7, 0.1, 0.0],
    [0.1, 0.8, 0.1, 0.0],
    [0.3, 0.5, 0.2, 0.0],
    [0.45, 0.45, 0.1, 0.0],
]


@pytest.fixture
def answers() -> Answers:
    """Return answers of which four are right."""
    return Answers(
        model="shapes@0123456789ab",
        unseen="made up",
        targets=np.array(TRUTH),
        probabilities=np.array(CHANCES),
        inputs=TextTable(tuple(f"call 0800 55512{place} now" for place in range(6))),
    )


@pytest.fixture
def measured(site: Settings) -> Iterator[None]:
    """Record two measurements."""
    for day, accuracy in ((1, 0.91), (2, 0.93)):
        history.append(
            site,
            "shapes",
            model=f"shapes@{day}",
            data="kept.tsv",
            scores={"accuracy": accuracy, "log_loss": 0.2},
            at=f"2026-01-0{day}T00:00:00Z",
        )
    yield
    history.history_file(site, "shapes").unlink()


def test_data_quality_shows_balance_and_what_was_taken_out(browser: Client) -> None:
    page = text(browser.get("/lab/shapes/boards/data/"))
    assert "Classes of version" in page
    assert "rows kept" in page
    board = boards.data_board(load_challenge("shapes").challenge)
    balance, rows, *_ = board.charts
    assert isinstance(balance, Bars)
    assert isinstance(rows, Bars)
    assert sum(sum(values) for values in balance.series.values()) == rows.series["kept"][-1]


@pytest.mark.parametrize("name", ["quality", "explore"])
def test_the_champion_is_asked_about_validation_objects(browser: Client, name: str) -> None:
    response = browser.get(f"/lab/shapes/boards/{name}/")
    page = text(response)
    assert "validation objects" in page
    assert (
        "'unsafe-inline'" in response["Content-Security-Policy"].partition("style-src")[2].partition(";")[0]
    )
    items = json.loads(browser.get(f"/lab/shapes/boards/{name}/charts.json").content)
    assert all("doc" in item for item in items)
    assert len(items) == response.content.decode().count("data-chart>")


def test_history_says_what_makes_one_and_then_shows_it(browser: Client) -> None:
    assert "outclass evaluate --record" in text(browser.get("/lab/shapes/boards/history/"))


@pytest.mark.usefixtures("measured")
def test_history_lists_the_latest_first(browser: Client) -> None:
    page = text(browser.get("/lab/shapes/boards/history/"))
    assert page.index("0.93") < page.index("0.91")
    charts = boards.history_board(load_challenge("shapes").challenge).charts
    assert [chart.title for chart in charts] == ["accuracy", "log_loss"]


def test_an_unknown_board_is_not_found(browser: Client) -> None:
    assert browser.get("/lab/shapes/boards/nothing/").status_code == 404
    assert browser.get("/lab/shapes/boards/nothing/charts.json").status_code == 404


def test_confusion_calibration_and_roc_are_counted_right(answers: Answers) -> None:
    counts = boards.confusion(answers, 4)
    assert counts.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    bins = boards.calibration_bins(answers)
    assert sum(n for _, _, n in bins) == 6
    assert bins[-1] == (0.9, 1.0, 1)
    lines = boards.roc_lines(answers, ["dot", "bar", "ring", "cross"])
    assert list(lines) == ["dot", "bar", "ring"]
    alarms, finds = lines["dot"]
    assert (alarms[0], alarms[-1], finds[-1]) == (0.0, 1.0, 1.0)
    assert all(a <= b for a, b in itertools.pairwise(finds))


def test_the_worst_predicted_come_first_and_numbers_of_texts_are_masked(answers: Answers) -> None:
    linked, items = explored(load_challenge("shapes").challenge, answers)
    assert isinstance(linked, Linked)
    assert [item.of_truth for item in items] == sorted(item.of_truth for item in items)
    assert items[0].truth == "Ring"
    assert "555" not in items[0].text
    assert set(linked.numbers) >= {"characters", "words", "confidence"}
    assert all(len(values) == 6 for values in linked.numbers.values())
    assert all(x in linked.numbers and y in linked.numbers for x, y in linked.pairs)


def test_distributions_are_shares_of_each_class(answers: Answers) -> None:
    length, confidence = distributions(load_challenge("shapes").challenge, answers)
    assert length.title == "characters by class"
    for chart in (length, confidence):
        assert set(chart.lines) == {"Dot", "Bar", "Ring"}
        assert all(abs(sum(shares) - 1) < 1e-3 for _, shares in chart.lines.values())


def test_without_predictions_there_is_no_drift_to_show(browser: Client) -> None:
    assert "Nothing was asked of late" in text(browser.get("/lab/shapes/boards/drift/"))


def test_drift_lays_what_was_asked_beside_what_was_labelled(browser: Client) -> None:
    rows = [
        Prediction(
            id=f"drift-{n}",
            challenge="shapes",
            model="shapes@1",
            created_at=time.time() - n,
            answer="ring",
            confidence=0.99,
            abstained=False,
            probabilities="{}",
            milliseconds=1.0,
            input_sha256="0",
            input=bytes(784),
            source="api",
        )
        for n in range(60)
    ]
    Prediction.objects.bulk_create(rows)
    page = text(browser.get("/lab/shapes/boards/drift/"))
    assert "answers: labelled objects" in page
    assert "share of ink" in page
    assert "large" in page
    assert len(json.loads(browser.get("/lab/shapes/boards/drift/charts.json").content)) == 3


def test_quality_charts_are_a_matrix_and_two_diagonals(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "answers_of", lambda _: answers)
    matrix, calibration, roc = boards.quality_board(load_challenge("shapes").challenge).charts
    assert isinstance(matrix, Matrix)
    assert isinstance(calibration, Lines)
    assert isinstance(roc, Lines)
    assert calibration.diagonal
    assert roc.diagonal
