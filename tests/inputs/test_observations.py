"""Light curves in request bodies: every form gives the same series, and bad ones say where."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import (
    InputError,
    InvalidInputError,
    TooLargeError,
    UnsupportedMediaError,
)
from outclass.base.limits import Limits
from outclass.inputs.observations import read_series
from outclass.inputs.series import FACTS, Series

PLACES: dict[int | str, int] = {1: 0, "g": 0, 2: 1, "r": 1}
LIMITS = Limits(series_points=50, batch=3)
COLUMNS: dict[str, object] = {
    "object": {"hostgal_photoz": 0.3, "hostgal_photoz_err": 0.05, "ra": None},
    "mjd": [60002.5, 60001.0, 60001.0],
    "passband": [1, "r", 1],
    "flux": [120.0, -3.5, 80.0],
    "flux_err": [4.0, 2.0, 20.0],
    "detected": [1, 0, None],
}


def read(body: object, content_type: str | None = None) -> Series:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = read_series(content, content_type, LIMITS, PLACES)
    assert not found.many
    return found.series[0]


def changed(**changes: object) -> dict[str, object]:
    return {name: value for name, value in {**COLUMNS, **changes}.items() if value is not ...}


def rows() -> list[dict[str, object]]:
    names = ("mjd", "passband", "flux", "flux_err", "detected")
    columns = [COLUMNS[name] for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]  # type: ignore[call-overload]


def as_csv() -> bytes:
    lines = ["mjd, passband, flux, flux_err, detected, hostgal_photoz, hostgal_photoz_err"]
    for row in rows():
        values = ["" if row[name] is None else str(row[name]) for name in row]
        lines.append(",".join([*values, "0.3", "0.05"]))
    return "\r\n".join(lines).encode()


def assert_expected(series: Series) -> None:
    assert series.mjd.tolist() == [60001.0, 60001.0, 60002.5]
    assert series.passband.tolist() == [0, 1, 0]
    assert series.flux.tolist() == [80.0, -3.5, 120.0]
    assert series.flux_err.tolist() == [20.0, 2.0, 4.0]
    assert series.detected.tolist() == [False, False, True]
    assert series.fact("hostgal_photoz") == 0.3
    assert math.isnan(series.fact("ra"))


@pytest.mark.parametrize(
    "body",
    [
        COLUMNS,
        {"series": COLUMNS},
        {"object": COLUMNS["object"], "observations": rows()},
        as_csv(),
    ],
    ids=["columns", "under series", "rows", "csv"],
)
def test_every_form_gives_the_same_series(body: object) -> None:
    assert_expected(read(body))


def test_rows_alone_have_no_facts() -> None:
    series = read(rows())
    assert len(series) == 3
    assert np.isnan(series.facts).all()


def test_without_detected_five_errors_count() -> None:
    assert read(changed(detected=...)).detected.tolist() == [False, False, True]
    assert read(changed(detected=..., flux_err=[4.0, 0.7, 16.0])).detected.tolist() == [True, True, True]


def test_many_objects_keep_their_names() -> None:
    body = json.dumps({"objects": [changed(id="a"), changed()]}).encode()
    found = read_series(body, "application/json; charset=utf-8", LIMITS, PLACES)
    assert (found.many, found.ids, len(found.series)) == (True, ("a", None), 2)
    table = b"object_id,mjd,passband,flux,flux_err\n7,1,1,2,1\n8,1,1,2,1\n7,2,1,2,1\n"
    found = read_series(table, "text/csv", LIMITS, PLACES)
    assert (found.many, found.ids, [len(one) for one in found.series]) == (True, ("7", "8"), [2, 1])


def test_nothing_observed_is_a_series_too() -> None:
    assert len(read({"observations": []})) == 0
    assert len(read(b"mjd,passband,flux,flux_err\n")) == 0


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (changed(flux=[1.0, 2.0]), None),
        (changed(flux=...), None),
        (changed(flux=[1, 2, "x"]), "flux[2]"),
        (changed(passband=[1, 2, 5]), "passband[2]"),
        (changed(passband=[1, 2, "Z"]), "passband[2]"),
        (changed(flux_err=[1, 0, 1]), "flux_err[1]"),
        (changed(flux_err=[1, -1, 1]), "flux_err[1]"),
        (changed(flux=[1, 1e300, 1]), "flux[1]"),
        (changed(mjd=[1, 2, -1]), "mjd[2]"),
        (changed(mjd=[5, 1, 5]), "mjd[2]"),
        (changed(object={"hostgal_photoz": -1}), "object.hostgal_photoz"),
        (changed(object={"redshift": 1}), "object"),
        (changed(colour=1), None),
        (changed(observations=rows()), "mjd"),
        ({"objects": []}, "objects"),
        ({"objects": [COLUMNS, changed(flux_err=[1, 1, 0])]}, "objects[1].flux_err[2]"),
        ({"objects": [COLUMNS], **COLUMNS}, None),
        (b"mjd,passband,flux\n1,1,1\n", "line 1"),
        (b"mjd,passband,flux,flux_err,flux\n1,1,1,1,1\n", "line 1"),
        (b"mjd,passband,flux,flux_err\n1,1,1\n", "line 2"),
        (b"mjd,passband,flux,flux_err\n1,1,1,1\n2,1,nought,1\n", "line 3, flux"),
        (b"mjd,passband,flux,flux_err\n1,1,nan,1\n", "flux[0]"),
        (b"mjd,passband,flux,flux_err,detected\n1,1,1,1,maybe\n", "line 2, detected"),
        (b"mjd,passband,flux,flux_err,mwebv\n1,1,1,1,0.1\n2,1,1,1,0.2\n", "line 3"),
    ],
)
def test_broken_series_are_refused_with_their_place(body: object, where: str | None) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidInputError) as caught:
        read_series(content, None, LIMITS, PLACES)
    assert caught.value.where == where


def test_limits_hold() -> None:
    many = {name: [1.0] * 51 for name in ("flux", "flux_err")}
    with pytest.raises(TooLargeError):
        read({"mjd": list(range(51)), "passband": [1] * 51, **many})
    with pytest.raises(TooLargeError):
        read({"objects": [COLUMNS] * 4})
    table = b"object_id,mjd,passband,flux,flux_err\n" + b"".join(b"%d,1,1,2,1\n" % i for i in range(4))
    with pytest.raises(TooLargeError):
        read(table)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{", b"[1,", b"\xff\xfe{", b'{"mjd": [NaN]}'])
def test_what_is_no_json_or_csv_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        read(body)


def test_a_julian_date_is_recognized() -> None:
    with pytest.raises(InvalidInputError, match=r"take 2400000\.5 off"):
        read(changed(mjd=[2460000.5, 2460001.5, 2460002.5]))


def test_other_media_are_refused() -> None:
    with pytest.raises(UnsupportedMediaError):
        read(b"x", "application/xml")


keys = st.sampled_from([*COLUMNS, "objects", "observations", "series", *FACTS, "x"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*COLUMNS, "objects", "observations", "series", *FACTS, "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values | st.binary(max_size=80) | st.text('mjdpasbnflux_er,1.\n-"', max_size=80).map(str.encode))
def test_anything_is_read_or_refused(body: object) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        found = read_series(content, None, LIMITS, PLACES)
    except InputError:
        return
    for series in found.series:
        assert np.isfinite(series.flux).all()
        assert (series.flux_err > 0).all()
        assert (np.diff(series.mjd) >= 0).all()
