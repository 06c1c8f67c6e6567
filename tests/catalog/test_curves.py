"""Sources of light curves: PLAsTiCC, and pairs of tables with declared columns."""

import gzip
import io
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.catalog.cleaning import Reason
from outclass.catalog.declared_data import Magnitudes
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.sources import scratch, tables
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.curves import LightCurvesSource, PlasticcSource
from outclass.catalog.sources.objects import degrees
from outclass.catalog.sources.rows import RowFault
from outclass.catalog.versions import collect
from outclass.inputs.series import SeriesTable
from small_challenge import settings_in
from small_series import declaration, series_challenge

ROOT = Path(__file__).resolve().parents[2]
STARS = load_challenge("stars").challenge
METADATA = """\
object_id,ra,decl,gal_l,gal_b,ddf,hostgal_specz,hostgal_photoz,hostgal_photoz_err,distmod,mwebv,target
615,349.05,-61.94,320.8,-51.8,1,0.0,0.0,0.0,nan,0.017,92
713,53.1,-27.8,223.5,-54.5,1,1.8,1.6,0.26,45.4,0.007,88
730,33.6,-6.6,170.5,-61.5,0,0.23,0.23,0.02,40.3,0.021,42
"""
CURVES = """\
object_id,mjd,passband,flux,flux_err,detected
615,59750.4229,2,-544.81,3.62,1
615,59750.4306,1,-816.43,5.55,1
713,59825.2600,0,1.5,0.9,0
713,59824.2600,5,-1.5,0.9,0
730,59798.3205,2,1.17,1.36,0
"""
ARCHIVE_METADATA = """\
object_id,ra,decl,ddf_bool,hostgal_specz,hostgal_photoz,mwebv,target,true_target,true_submodel,true_z
11,1,2,1,0.0,0.0,0.01,6,6,1,0.0
12,3,4,0,-9.0,0.5,0.02,99,994,1,0.5
"""
ARCHIVE_CURVES = (
    "object_id,mjd,passband,flux,flux_err,detected_bool\n11,59000.5,0,3,1,0\n12,59001.5,1,4,0.5,1\n"
)


def write(folder: Path, name: str, text: str) -> Path:
    """Write a text as plain, gzipped or zipped CSV, or Parquet, by the file's name."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".gz":
            path.write_bytes(gzip.compress(text.encode()))
        case ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(path.stem, text)
        case ".parquet":
            pl.read_csv(io.StringIO(text)).write_parquet(path)
        case _:
            path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, curves: str = CURVES, metadata: str = METADATA, ending: str = ".csv") -> SourceTable:
    """Read PLAsTiCC's training set from texts."""
    files = {
        "metadata": write(folder, f"metadata{ending}", metadata),
        "light_curves": write(folder, f"curves{ending}", curves),
    }
    return PlasticcSource().read(files, STARS)


def series(table: SourceTable) -> SeriesTable:
    """Return the series of a table."""
    assert isinstance(table.inputs, SeriesTable)
    return table.inputs


def faults(table: SourceTable) -> dict[str, int]:
    """Return how many rows were rejected, by reason."""
    assert table.rows is not None
    assert table.rows.rows_read == table.rows.rows_kept + sum(table.rows.removed.values())
    return {reason.value: count for reason, count in table.rows.removed.items() if count}


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zip", ".parquet"])
def test_the_training_set_is_read_in_every_form(tmp_path: Path, ending: str) -> None:
    table = read(tmp_path, ending=ending)
    assert table.object_ids == ("615", "713", "730")
    assert table.labels == ("92", "88", "42")
    assert faults(table) == {}
    assert series(table)[1].mjd.tolist() == [59824.26, 59825.26]
    assert series(table)[1].passband.tolist() == [5, 0]
    assert series(table)[0].flux.tolist() == [-544.81, -816.43]
    assert series(table)[0].detected.tolist() == [True, True]
    assert series(table)[2].fact("hostgal_photoz") == 0.23
    assert series(table)[2].fact("ddf") == 0.0


def test_the_public_archive_is_read_with_its_batches_held_out(tmp_path: Path) -> None:
    files = {
        "metadata": write(tmp_path, "train.csv", METADATA),
        "light_curves": write(tmp_path, "curves.csv", CURVES),
        "test_metadata": write(tmp_path, "test.csv.gz", ARCHIVE_METADATA),
        "test_light_curves_01": write(tmp_path, "batch1.csv.gz", ARCHIVE_CURVES),
        "test_light_curves_02": write(
            tmp_path, "batch2.csv.gz", ARCHIVE_CURVES.replace("59000.5", "58000.5").partition("12,")[0]
        ),
    }
    table = PlasticcSource().read(files, STARS)
    assert table.object_ids == ("615", "713", "730", "11", "12")
    assert table.labels[3:] == ("6", "99")
    assert table.fixed_splits == (None, None, None, "holdout", "holdout")
    assert series(table)[3].mjd.tolist() == [58000.5, 59000.5]
    assert series(table)[4].detected.tolist() == [True]
    write(tmp_path, "batch2.csv.gz", ARCHIVE_CURVES)
    again = PlasticcSource().read(files, STARS)
    assert again.rows is not None
    assert [(row.file, row.row) for row in again.rows.rejected] == [
        ("test_light_curves_02", 1),
        ("test_light_curves_02", 2),
    ]
    with pytest.raises(DataError, match="test set is not whole"):
        PlasticcSource().read({name: path for name, path in files.items() if name != "test_metadata"}, STARS)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("615,nan,2,1,1,0", RowFault.NOT_A_NUMBER),
        ("615,59750,2,inf,1,0", RowFault.NOT_A_NUMBER),
        ("615,59750,2,1,,0", RowFault.NOT_A_NUMBER),
        ("615,59750,2,bright,1,0", RowFault.NOT_A_NUMBER),
        ("615,59750,6,1,1,0", RowFault.UNKNOWN_BAND),
        ("615,59750,,1,1,0", RowFault.UNKNOWN_BAND),
        ("615,59750,2,1,0,0", RowFault.BAD_ERROR),
        ("615,59750,2,1,-2,0", RowFault.BAD_ERROR),
        ("615,59750,2,-9,-9,0", RowFault.MISSING),
        ("615,59750,2,1,1e-9,0", RowFault.OUT_OF_RANGE),
        ("615,59750,2,-1e13,1,0", RowFault.OUT_OF_RANGE),
        ("615,2459750.5,2,1,1,0", RowFault.OUT_OF_RANGE),
        ("999,59750,2,1,1,0", RowFault.UNKNOWN_OBJECT),
        (",59750,2,1,1,0", RowFault.UNKNOWN_OBJECT),
        ("615,59750.4229,2,7,1,0", RowFault.DUPLICATE),
    ],
)
def test_each_unusable_row_is_rejected_with_its_reason(tmp_path: Path, row: str, fault: RowFault) -> None:
    table = read(tmp_path, CURVES + row + "\n")
    assert faults(table) == {fault.value: 1}
    assert table.rows is not None
    (rejected,) = table.rows.rejected
    assert rejected.reason is fault
    assert (rejected.file, rejected.row) == ("light_curves", 6)
    assert len(series(table).mjd) == 5
    assert series(table)[0].flux.tolist() == [-544.81, -816.43]


def test_a_second_row_of_the_same_object_is_rejected(tmp_path: Path) -> None:
    again = METADATA.splitlines()[1]
    table = read(tmp_path, metadata=f"{METADATA}{again}\n,1,2,3,4,0,0,0,0,0,0,92\n")
    assert faults(table) == {"duplicate-object": 1, "not-a-number": 1}
    assert len(table.object_ids) == 3


def test_of_many_rejected_rows_a_thousand_are_listed(tmp_path: Path) -> None:
    table = read(tmp_path, CURVES + "1,59750,2,1,1,0\n" * 1500 + "615,1,9,1,1,0\n" * 20)
    assert faults(table) == {"unknown-object": 1500, "unknown-band": 20}
    assert table.rows is not None
    assert len(table.rows.rejected) == 1000


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ("object_id,mjd,flux,flux_err\n", "there is no column passband"),
        ("615,59750.4,2,1,1,0\n615,59750.5,2,1,1,0\n", "there is no column|no header"),
        ("", "no header"),
        (CURVES + "615,59750,2,1,1,0,8\n", "cannot be read"),
    ],
    ids=["a column missing", "no header", "nothing", "a cell too many"],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, curves: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, curves)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "curves.csv.gz", CURVES * 50)
    path.write_bytes(path.read_bytes()[:-12])
    files = {"metadata": write(tmp_path, "metadata.csv", METADATA), "light_curves": path}
    with pytest.raises(DataError, match="broken compressed data"):
        PlasticcSource().read(files, STARS)


@settings(max_examples=25)
@given(
    order=st.permutations(range(5)),
    rows=st.integers(min_value=1, max_value=7),
    block=st.integers(min_value=8, max_value=200),
)
def test_neither_order_nor_batches_change_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], rows: int, block: int
) -> None:
    folder = tmp_path_factory.mktemp("order")
    header, *lines = CURVES.splitlines()
    text = "\n".join([header, *(lines[place] for place in order)]) + "\n"
    expected = series(read(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BLOCK_BYTES", block)
        patch.setattr(tables, "BLOCK_ROWS", rows)
        patch.setattr(scratch, "OWNERS_PER_BUCKET", rows)
        for ending in (".csv", ".parquet"):
            found = series(read(folder, text, ending=ending))
            for name in ("starts", "mjd", "passband", "flux", "flux_err", "detected", "facts"):
                np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.fixture
def curves(tmp_path: Path) -> LoadedChallenge:
    """Return a challenge whose files are magnitudes with names of their own."""
    changed = declaration()["dataset"]
    assert isinstance(changed, dict)
    changed["source"] |= {
        "columns": {"object_id": "name", "hostgal_photoz": "redshift", "split": "part"},
        "labels": {"sine": "wave"},
        "ignored": ["odd"],
        "splits": {"test": "holdout"},
    }
    folder = series_challenge(tmp_path / "curves", dataset=changed)
    write(
        folder,
        "data/objects.csv",
        "name,type,redshift,ra,decl,a_v,part\n"
        "a,bump,0.1,06:00:00,-01:30:00,0.31,train\nb,sine,,1,2,0,test\nc,odd,0.2,1,2,0,\nd,flat,0.2,1,2,0,\n",
    )
    write(
        folder,
        "data/light_curves.csv",
        "name,mjd,band,mag,mag_err\na,2,g,25.0,0.1\na,1,2,27.5,0.2\nb,1,1,20,0.1\nb,1,1,20,0.1\nc,1,1,20,0.1\n"
        "a,3,1,99,0.1\na,4,1,,0.1\n",
    )
    return load_challenge(folder)


def test_magnitudes_become_flux(curves: LoadedChallenge) -> None:
    roles = {role: curves.folder / file.path for role, file in curves.challenge.dataset.source.files.items()}
    table = LightCurvesSource().read(roles, curves.challenge)
    assert table.labels == ("bump", "wave", "odd", "flat")
    assert table.fixed_splits == (None, "holdout", None, None)
    assert faults(table) == {"duplicate": 1, "missing": 2}
    one = series(table)[0]
    np.testing.assert_allclose(one.flux, [1.0, 10.0])
    np.testing.assert_allclose(one.flux_err, [0.2 * np.log(10) / 2.5, 10 * 0.1 * np.log(10) / 2.5])
    assert one.passband.tolist() == [1, 0]
    assert one.detected.all()
    assert [one.fact(name) for name in ("ra", "decl", "hostgal_photoz")] == [90.0, -1.5, 0.1]
    assert one.fact("mwebv") == pytest.approx(0.1)
    assert np.isnan(series(table)[1].fact("hostgal_photoz"))


def test_the_steady_light_is_taken_from_total_magnitudes(tmp_path: Path, curves: LoadedChallenge) -> None:
    source = msgspec.structs.replace(curves.challenge.dataset.source, magnitudes=Magnitudes.TOTAL, columns={})
    dataset = msgspec.structs.replace(curves.challenge.dataset, source=source)
    files = {
        "objects": write(tmp_path, "o.csv", "object_id,label\na,wave\n"),
        "light_curves": write(
            tmp_path,
            "c.csv",
            "object_id,mjd,passband,mag,mag_err\na,1,1,25,0.01\na,2,1,27.5,0.01\na,3,1,22.5,0.01\na,1,2,20,0.01\n",
        ),
    }
    table = LightCurvesSource().read(files, msgspec.structs.replace(curves.challenge, dataset=dataset))
    one = series(table)[0]
    np.testing.assert_allclose(one.flux, [0.0, 0.0, -9.0, 90.0], atol=1e-9)
    assert one.passband.tolist() == [0, 1, 0, 0]
    assert one.detected.tolist() == [False, False, True, True]


def test_a_version_tells_what_was_left_out(curves: LoadedChallenge, tmp_path: Path) -> None:
    version = collect(curves, settings_in(tmp_path / "home"))
    report = version.document.cleaning
    assert (report.removed[Reason.IGNORED], report.removed[Reason.EMPTY]) == (1, 1)
    assert report.observations is not None
    assert report.observations.removed[RowFault.DUPLICATE] == 1
    assert version.objects("holdout").ids == ("b",)
    assert collect(curves, settings_in(tmp_path / "home")).id == version.id


def test_a_declared_column_that_is_not_there_is_an_error(curves: LoadedChallenge, tmp_path: Path) -> None:
    write(curves.folder, "data/objects.csv", "object_id,type\na,bump\n")
    with pytest.raises(DataError, match=r"columns\.object_id"):
        collect(curves, settings_in(tmp_path / "home"))


@pytest.mark.parametrize(
    ("text", "hours", "expected"),
    [("08:13:16.95", True, 123.320625), ("+22:38:53.9", False, 22.648306), ("-00:30:00", False, -0.5)],
)
def test_angles_are_read_as_surveys_write_them(text: str, hours: bool, expected: float) -> None:
    assert degrees(text, hours=hours) == pytest.approx(expected, abs=1e-6)
    assert np.isnan(degrees("somewhere", hours=hours))


@pytest.mark.parametrize(
    "names",
    [
        ("stars/training_set_metadata.csv", "stars/training_set.csv"),
        ("stars/training_set_metadata.csv.zip", "stars/training_set.csv.zip"),
        ("training_set_metadata.parquet", "training_set.parquet"),
        ("stars/plasticc_train_metadata.csv", "stars/plasticc_train_lightcurves.csv"),
    ],
    ids=["plain", "zip", "Parquet", "archive, unpacked"],
)
def test_an_owner_of_plasticc_is_served_from_a_mirror(tmp_path: Path, names: tuple[str, str]) -> None:
    write(tmp_path / "mirror", names[0], METADATA)
    write(tmp_path / "mirror", names[1], CURVES)
    settings = settings_in(tmp_path / "home", str(tmp_path / "mirror"))
    version = collect(load_challenge("stars"), settings)
    assert sorted(version.objects().ids) == ["615", "713", "730"]
    assert version.document.sources["light_curves"].name == Path(names[1]).name
    assert not version.document.sample


def test_the_real_objects_are_read(shared_data: Path) -> None:
    files = {
        "metadata": shared_data / "stars" / "plasticc_training_metadata.parquet",
        "light_curves": shared_data / "stars" / "plasticc_sample10_light_curves.parquet",
    }
    table = PlasticcSource().read(files, STARS)
    seen = np.flatnonzero(np.diff(series(table).starts))
    found = {table.object_ids[place]: table.labels[place] for place in seen}
    expected = {"615": "92", "713": "88", "730": "42", "745": "90", "1124": "90"}
    expected |= {"1227": "65", "1598": "90", "1632": "42", "1920": "90", "1926": "65"}
    assert found == expected
    assert faults(table) == {}
    assert len(series(table).mjd) == 3279
    galactic = {table.object_ids[place] for place in seen if series(table)[place].fact("hostgal_photoz") == 0}
    assert galactic == {"615", "1227", "1926"}


@pytest.mark.parametrize(
    ("name", "classes", "removed"),
    [
        ("snpcc", {"Ia": 4325, "Ibc": 2380, "II": 11415}, {RowFault.MISSING: 20}),
        ("ztf", {"Ia": 1698, "II": 374, "Ibc": 169}, {RowFault.DUPLICATE: 434}),
    ],
)
def test_the_benchmarks_are_collected(
    shared_data: Path, tmp_path: Path, name: str, classes: dict[str, int], removed: dict[RowFault, int]
) -> None:
    loaded = load_challenge(ROOT / "benchmarks" / "challenges" / name)
    version = collect(loaded, settings_in(tmp_path / "home", str(shared_data)))
    labels = version.objects().labels
    assert {label: labels.count(label) for label in set(labels)} == classes
    report = version.document.cleaning.observations
    assert report is not None
    assert {reason: count for reason, count in report.removed.items() if count} == removed


def test_classes_and_bands_are_those_of_plasticc() -> None:
    codes = ["6", "15", "16", "42", "52", "53", "62", "64", "65", "67", "88", "90", "92", "95", "99"]
    assert STARS.class_names == tuple(codes)
    heavy = [label.name for label in STARS.classes if label.weight == 2]
    assert heavy == ["15", "64", "99"]
    galactic = [label.name for label in STARS.classes if label.facts.get("galactic") == "yes"]
    assert galactic == ["6", "16", "53", "65", "92"]
    assert "".join(band.name for band in STARS.input.bands) == "ugrizy"
