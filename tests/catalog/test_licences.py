"""What licences allow."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.licence_uses import licence_uses
from outclass.catalog.licences import (
    LENT,
    MEANINGS,
    STRICTNESS,
    Licence,
    Terms,
    licence_of,
    licence_of_credit,
)
from outclass.inputs.photos import Credit
from small_photos import licensed_version

CC = "https://creativecommons.org/licenses"
PERMISSIONS = ("may_show", "may_play", "may_export", "may_crop", "may_train_shipped")
KINDS = [
    ("CC0-1.0", "CC0-1.0", Terms.OPEN),
    ("cc0", "CC0-1.0", Terms.OPEN),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", Terms.OPEN),
    ("public domain", "Public-Domain", Terms.OPEN),
    ("pd", "Public-Domain", Terms.OPEN),
    ("cc-by", "CC-BY", Terms.OPEN),
    ("CC BY 4.0", "CC-BY-4.0", Terms.OPEN),
    ("Creative Commons CC-BY 3.0", "CC-BY-3.0", Terms.OPEN),
    ("cc-by-sa", "CC-BY-SA", Terms.SHARE_ALIKE),
    (f"{CC}/by-sa/3.0/", "CC-BY-SA-3.0", Terms.SHARE_ALIKE),
    ("CC-BY-ND-2.0", "CC-BY-ND-2.0", Terms.NO_DERIVATIVES),
    ("cc-by-nc", "CC-BY-NC", Terms.NON_COMMERCIAL),
    ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0", Terms.NON_COMMERCIAL),
    ("cc-by-nc-nd", "CC-BY-NC-ND", Terms.NON_COMMERCIAL_NO_DERIVATIVES),
    ("an open Creative Commons licence, which one is not recorded", "CC", Terms.SOME_CREATIVE_COMMONS),
    ("Community Data License Agreement - Permissive 1.0", "CDLA-Permissive-1.0", Terms.OPEN),
    ("own", "LicenseRef-own", Terms.OPEN),
    (LENT, LENT, Terms.LENT),
    ("", "none stated", Terms.NONE),
    ("none stated", "none stated", Terms.NONE),
    ("C", "C", Terms.NONE),
    ("All Rights Reserved", "All Rights Reserved", Terms.NONE),
    ("not open: a photo without a free licence", "not open: a photo without a free licence", Terms.NONE),
    ("ImageNet terms", "ImageNet terms", Terms.NONE),
    ("not CC BY", "not CC BY", Terms.NONE),
]


@pytest.mark.parametrize(("stated", "name", "terms"), KINDS)
def test_a_licence_is_known_in_all_its_forms(stated: str, name: str, terms: Terms) -> None:
    found = licence_of(stated)
    assert (found.name, found.terms) == (name, terms)


@pytest.mark.parametrize(
    ("terms", "allowed"),
    [
        (Terms.OPEN, PERMISSIONS),
        (Terms.SHARE_ALIKE, PERMISSIONS),
        (Terms.NO_DERIVATIVES, ("may_show", "may_play", "may_export")),
        (Terms.NON_COMMERCIAL, ("may_show", "may_play", "may_crop")),
        (Terms.NON_COMMERCIAL_NO_DERIVATIVES, ("may_show", "may_play")),
        (Terms.SOME_CREATIVE_COMMONS, ("may_show", "may_play")),
        (Terms.LENT, ("may_crop",)),
        (Terms.NONE, ()),
    ],
)
def test_what_each_kind_of_licence_allows(terms: Terms, allowed: tuple[str, ...]) -> None:
    found = Licence(name="x", terms=terms)
    assert tuple(name for name in PERMISSIONS if getattr(found, name)) == allowed
    assert found.share_alike is (terms is Terms.SHARE_ALIKE)
    assert MEANINGS[terms]


def test_of_a_name_and_a_link_that_differ_the_stricter_counts() -> None:
    assert licence_of("CC BY 4.0", f"{CC}/by-nc/4.0/").terms is Terms.NON_COMMERCIAL
    assert licence_of("CC BY-NC-ND", f"{CC}/by/4.0/").terms is Terms.NON_COMMERCIAL_NO_DERIVATIVES
    assert licence_of("all rights reserved", f"{CC}/by/4.0/").terms is Terms.NONE
    assert licence_of_credit(Credit(licence_url=f"{CC}/by-nd/3.0/")).name == "CC-BY-ND-3.0"


def test_a_link_leads_to_the_text() -> None:
    assert licence_of("cc by-sa 4.0").link == f"{CC}/by-sa/4.0/"
    assert licence_of("cc by-sa").link == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_are_taken_and_a_second_statement_never_allows_more(stated: str, link: str) -> None:
    alone, both = licence_of(stated), licence_of(stated, link)
    if stated.strip():
        assert alone.terms is Terms.NONE or STRICTNESS[both.terms] >= STRICTNESS[alone.terms]


@given(st.lists(st.sampled_from(["nc", "nd", "sa"]), unique=True), st.sampled_from(["-", " ", ""]))
def test_nothing_non_commercial_goes_out_and_nothing_without_derivatives_is_cut(
    parts: list[str], between: str
) -> None:
    found = licence_of(between.join(["cc", "by", *parts]))
    assert found.may_export is ("nc" not in parts)
    assert found.may_crop is ("nd" not in parts)
    assert found.may_train_shipped is not bool({"nc", "nd"} & set(parts))


def test_the_licences_of_a_version_are_counted(tmp_path: Path) -> None:
    version = licensed_version(tmp_path)
    uses = licence_uses(version)
    frame = pl.read_parquet(version.folder / "objects.parquet")
    assert sum(use.photos for use in uses) == len(frame) == 48
    by_name = {use.licence.name: use for use in uses}
    assert len(by_name) == 8
    assert by_name["CC-BY-NC"].photos == by_name["CC-BY-NC"].authors == (frame["licence"] == "cc-by-nc").sum()
    assert "never passed on" in by_name["CC-BY-NC"].meaning
