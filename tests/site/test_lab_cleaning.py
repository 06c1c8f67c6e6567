"""How a version of the data was cleaned, on a page of the lab."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from album import NAME
from outclass.base.settings import Settings
from outclass.catalog.cleaning import CleaningReport, NearDuplicate, PhotoReport, Reason, Rejected
from outclass.catalog.dataset import current_version
from outclass.catalog.dictionary.report import DictionaryReport, FileCount, RowExample, RuleCount
from outclass.catalog.sources.rows import RowFault, RowReport
from outclass.site.lab.cleaning import LISTED, reasons_of, rejected_of, row_faults_of, table_of
from playing import text

PHONE = "0906 170 1461"


def report(count: int = 3, note: str = "") -> CleaningReport:
    """A report on rows of which some were taken out."""
    rejected = [
        Rejected(object_id=f"row-{number}", reason=Reason.UNKNOWN_LABEL, note=note) for number in range(count)
    ]
    return CleaningReport(
        rows_read=100,
        rows_kept=100 - count - 1,
        removed={Reason.EMPTY: 1, Reason.DUPLICATE: 0, Reason.UNKNOWN_LABEL: count},
        rejected=(Rejected(object_id="blank", reason=Reason.EMPTY), *rejected),
    )


@pytest.mark.usefixtures("shapes")
def test_the_page_is_reached_from_the_board_and_tells_the_version(browser: Client, site: Settings) -> None:
    version = current_version("shapes", site)
    assert version is not None
    address = f"/lab/shapes/data/{version.id}/"
    assert f'href="{address}"' in text(browser.get("/lab/shapes/boards/data/"))
    page = text(browser.get(address))
    assert "in use" in page
    assert f"{version.document.cleaning.rows_kept:,} of {version.document.cleaning.rows_read:,} rows" in page
    for name, number in version.document.counts["train"].items():
        assert name in page
        assert f">{number:,}<" in page


@pytest.mark.usefixtures("shapes")
@pytest.mark.parametrize("name", ["0123456789ab", "current", "files"])
def test_there_is_no_page_of_what_is_no_version(browser: Client, name: str) -> None:
    assert browser.get(f"/lab/shapes/data/{name}/").status_code == 404
    assert browser.get(f"/lab/nothing/data/{name}/").status_code == 404


@pytest.mark.usefixtures("album")
def test_photos_that_are_nearly_the_same_are_told(browser: Client, site: Settings) -> None:
    version = current_version(NAME, site)
    assert version is not None
    page = text(browser.get(f"/lab/{NAME}/data/{version.id}/"))
    found = version.document.cleaning.photos
    assert found is not None
    assert ("fewer groups" in page) == bool(found.near_duplicates)
    assert ("None: no photo" in page) == (not found.near_duplicates)


def test_how_many_are_nearly_the_same_is_told() -> None:
    near = (NearDuplicate(object_id="a-2", other="a-1"),)
    context = {
        "challenge": {"name": NAME, "title": "Colors"},
        "document": {"id": "0123456789ab", "cleaning": {"rows_kept": 3, "rows_read": 3}},
        "photos": PhotoReport(near_duplicates=1, groups_joined=1, listed=near),
        "near": near,
    }
    page = " ".join(render_to_string("lab/cleaning.html", context).split())
    assert "1 photo is nearly the same as one before" in page
    assert '<th scope="row">a-2</th><td>a-1</td>' in page


def test_reasons_come_with_their_meaning_the_most_frequent_first() -> None:
    assert [(one.name, one.rows) for one in reasons_of(report())] == [("unknown-label", 3), ("empty", 1)]
    assert "no class of the challenge" in reasons_of(report())[0].meaning


def test_the_first_rows_are_listed_and_numbers_in_them_hidden() -> None:
    rows = rejected_of(report(300, note=f"call {PHONE}"))
    assert len(rows) == LISTED
    assert rows[1].note == "call [number]"


def test_rows_of_files_come_with_their_meaning() -> None:
    found = RowReport(
        rows_read=9, rows_kept=7, removed={RowFault.MISSING: 2, RowFault.DUPLICATE: 0}, rejected=()
    )
    assert [(one.name, one.rows) for one in row_faults_of(found)] == [("missing", 2)]


def test_a_table_tells_its_rules_without_numbers_of_people() -> None:
    examples = (
        RowExample(file="sms.csv", row=12_345_678, value=f"call {PHONE}"),
        RowExample(file="sms.csv", row=2),
    )
    one = table_of(
        DictionaryReport(
            name="sms",
            rows_in=10,
            rows_sampled=10,
            rows_out=8,
            dropped=(RuleCount(rule="length: max_length 20", rows=2, examples=examples),),
            repaired=(),
            files=(FileCount(name="sms.csv", rows=10),),
            columns={"text": "String"},
            warnings=("<b>odd</b>",),
        )
    )
    (rule,) = one.rules
    assert (rule.done, rule.rows) == ("dropped", 2)
    assert rule.examples == "row 12,345,678 'call [number]', row 2"
    assert ("rows out", "8") in one.facts
    page = render_to_string("lab/parts/cleaned_table.html", {"table": one, "number": 1})
    assert "&lt;b&gt;odd&lt;/b&gt;" in page
    assert PHONE not in page
