"""The page of what looks wrong with the data."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client

from outclass.base.settings import Settings
from outclass.registry.store import Registry
from outclass.registry.suspects import (
    Confusion,
    LabelSuspect,
    NearRepeat,
    SuspectReport,
    TellingColumn,
    read_report,
    report_path,
    write_report,
)
from playing import text


def report(**changed: object) -> SuspectReport:
    """A report with one of each."""
    known: dict[str, object] = {
        "challenge": "shapes",
        "model": "shapes@0123456789ab",
        "data_version": "0123456789ab",
        "created": "2026-01-01T00:00:00Z",
        "objects": 1000,
        "labels": 1,
        "listed": (
            LabelSuspect(
                object_id="<row-7>",
                split="train",
                label="circle",
                suggested="line",
                given=0.01,
                likelier=0.98,
            ),
        ),
        "confusions": (Confusion(label="circle", suggested="line", objects=1),),
        "looked_for_repeats": True,
        "repeats": 1,
        "listed_repeats": (
            NearRepeat(object_id="row-9", split="train", other_split="holdout", same_label=True),
        ),
        "columns": (TellingColumn(name="odor", share=0.985, base=0.52),),
    }
    return SuspectReport(**known | changed)  # type: ignore[arg-type]


@pytest.mark.usefixtures("shapes")
def test_a_page_without_a_report_says_how_to_get_one(browser: Client) -> None:
    page = text(browser.get("/lab/shapes/suspects/"))
    assert "outclass data check shapes" in page
    assert 'href="/lab/shapes/suspects/"' in text(browser.get("/lab/"))
    assert browser.get("/lab/nothing/suspects/").status_code == 404


def test_the_page_tells_everything_and_leads_to_the_queue() -> None:
    found = report()
    context = {"challenge": {"name": "shapes", "title": "Shapes"}, "report": found}
    page = render_to_string(
        "lab/suspects.html", context | {"labels": found.listed, "repeats": found.listed_repeats}
    )
    assert "1 of 1,000 labels look wrong" in page
    assert "&lt;row-7&gt;" in page
    assert "<row-7>" not in page
    assert "98.5%" in page
    assert 'href="/check/shapes/queue/"' in page
    assert "row-9" in page


def test_a_report_is_read_as_it_was_written_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    home = Settings(home=tmp_path, database_url="sqlite:///x")
    version = next(iter(Registry(home).versions("digits")))
    mine = replace(version)
    assert read_report(mine, home) is None
    write_report(mine, report(), home)
    assert read_report(mine, home) == report()
    report_path(mine, home).write_bytes(b"{")
    with pytest.raises(Exception, match="outclass data check digits"):
        read_report(mine, home)
