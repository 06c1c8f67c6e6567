"""Light curves and other series: one long table, a table of objects and one of observations, or lists."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.bands import bands_of
from outclass.catalog.recognizing.columns import columns_of, numbers_of, texts_of
from outclass.catalog.recognizing.found import Choices, Found, Prepare
from outclass.catalog.recognizing.labels import Classes, LabelColumn, classes_of, find_label, tidy
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OF_CLASS, check_classes, draft_of
from outclass.catalog.recognizing.tables import TableLook

IDS = (
    "object_id",
    "objid",
    "snid",
    "id",
    "oid",
    "object",
    "source_id",
    "star",
    "star_id",
    "name",
    "curve",
    "series",
)
TIMES = (
    "mjd",
    "time",
    "jd",
    "hjd",
    "bjd",
    "t",
    "date",
    "days",
    "day",
    "obstime",
    "epoch",
    "timestamp",
    "phase",
)
FLUXES = (
    "flux",
    "fluxcal",
    "pdcsap_flux",
    "sap_flux",
    "intensity",
    "brightness",
    "counts",
    "value",
    "signal",
)
FLUX_ERRORS = (
    "flux_err",
    "fluxerr",
    "fluxcalerr",
    "flux_error",
    "flux_uncertainty",
    "error",
    "err",
    "sigma",
    "e_flux",
)
MAGNITUDES = ("mag", "magnitude", "magpsf")
MAGNITUDE_ERRORS = ("mag_err", "magerr", "sigmapsf", "mag_error", "e_mag", "err", "error")
BANDS = ("passband", "band", "filter", "fid", "flt", "channel")
FACTS = ("ra", "decl", "dec", "hostgal_photoz", "hostgal_photoz_err", "mwebv", "photoz", "ddf")
JULIAN, MODIFIED = 2_000_000.0, 2_400_000.5
SEVERAL = 3.0
"""An object has at least so many observations on average."""
ERROR_OF_MAGNITUDE = 0.05
NO_BAND = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveColumns:
    """The columns of observations."""

    id: str
    time: str
    value: str
    error: str | None
    band: str | None
    magnitudes: bool


def find_curves(frame: pl.DataFrame) -> CurveColumns | None:
    """Return the columns of a table of observations, None where it is none."""
    lower = {names.plain(header): header for header in reversed(frame.columns)}

    def first(words: tuple[str, ...]) -> str | None:
        return next((lower[word] for word in words if word in lower), None)

    flux, magnitude = first(FLUXES), first(MAGNITUDES)
    own, time = first(IDS), first(TIMES)
    value = flux or magnitude
    if own is None or time is None or value is None:
        return None
    nested = frame.schema[value] == pl.List or frame.schema[value] == pl.Array
    if not nested and frame[own].n_unique() * SEVERAL > len(frame):
        return None
    return CurveColumns(
        id=own,
        time=time,
        value=value,
        error=first(FLUX_ERRORS if flux else MAGNITUDE_ERRORS),
        band=first(BANDS),
        magnitudes=flux is None,
    )


def found_curves(
    path: Path, curves: TableLook, columns: CurveColumns, objects: TableLook | None, choices: Choices
) -> Found:
    """Draft the challenge of light curves; objects and observations are written beside it.

    Parameters
    ----------
    objects
        The table of objects with their labels, where the observations have none.
    """
    observed = observations_of(curves, columns)
    known = known_of(curves, columns) if objects is None else objects_of(objects, columns.id)
    label = label_of(known, path, choices)
    text = texts_of(known, label.column.header)
    counts = dict(text.drop_nulls().value_counts().rows())
    classes = classes_of(counts, LEAST_OF_CLASS)
    check_classes(classes.counts, classes.ignored, f"{path}, column {label.column.header}")
    bands, guessed = bands_of(observed["passband"].unique().drop_nulls().to_list())
    shown = ", ".join(f"{name} {count:,}" for name, count in list(classes.counts.items())[:12])
    title = choices.title or names.title_of(path.resolve().name.partition(".")[0])
    return Found(
        kind=InputKind.SERIES,
        path=path,
        title=title,
        objects=sum(classes.counts.values()),
        classes=classes.counts,
        evidence=(
            *curves.evidence,
            told_of(observed, columns),
            *label.evidence,
            f"{len(classes.counts)} classes: {shown}",
            f"bands: {', '.join(str(band['name']) for band in bands)}",
        ),
        doubts=(*curve_doubts(columns, guessed=guessed), *rare_doubts(classes.ignored)),
        questions=label.questions,
        draft=curves_draft(path, title, choices, classes, bands, magnitudes=columns.magnitudes),
        notes={
            "dataset.source": "Objects and observations were written beside this file.",
            "input.bands": "Wavelengths are in Angstrom; extinctions matter only where the dust is known.",
        },
        prepare=writer_of(labeled(known, text, classes), observed),
    )


def labeled(known: pl.DataFrame, text: pl.Series, classes: Classes) -> pl.DataFrame:
    """Return the objects of the classes that stay, with what is known of them."""
    by_plain = {tidy(name): name for name in classes.counts}
    named = {
        one: by_plain[tidy(one)] for one in text.drop_nulls().unique().to_list() if tidy(one) in by_plain
    }
    labels = text.replace_strict(named, default=None).alias("label")
    return known.select(pl.col("object_id"), labels, *facts_of(known)).filter(pl.col("label").is_not_null())


def writer_of(objects: pl.DataFrame, observed: pl.DataFrame) -> Prepare:
    """Return what writes objects and observations as the reader of light curves takes them."""

    def prepare(folder: Path) -> None:
        """Write both tables under `data` of a folder."""
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        objects.write_parquet(data / "objects.parquet")
        own = observed.join(objects.select("object_id"), on="object_id", how="semi")
        own.write_parquet(data / "light_curves.parquet")

    return prepare


def curves_draft(
    path: Path,
    title: str,
    choices: Choices,
    classes: Classes,
    bands: list[dict[str, object]],
    *,
    magnitudes: bool,
) -> dict[str, object]:
    """Return the draft of a challenge of light curves in files beside it."""
    total_light = {"magnitudes": "total"} if magnitudes else {}
    source: dict[str, object] = {"kind": "light-curves", **total_light}
    files = {role: {"path": f"data/{role}.parquet"} for role in ("objects", "light_curves")}
    total = sum(classes.counts.values())
    return draft_of(
        kind=InputKind.SERIES,
        title=title,
        question=choices.question or "What kind of object is this?",
        summary=f"{total:,} light curves of {path.name}: tell of which of {len(classes.counts)} classes "
        "each is.",
        source=path,
        inputs={"bands": bands},
        classes=classes.declared,
        dataset={"source": {**source, "files": files}},
        objects=total,
    )


def told_of(observed: pl.DataFrame, columns: CurveColumns) -> str:
    """Say how many observations there are, and by which columns they are known."""
    objects = observed["object_id"].n_unique()
    named = f"`{columns.id}`, `{columns.time}`, `{columns.value}`"
    return f"light curves: {len(observed):,} observations of {objects:,} objects by columns {named}"


def rare_doubts(ignored: dict[str, int]) -> tuple[str, ...]:
    """Say which classes are left out."""
    return (
        (f"left out, as fewer than {LEAST_OF_CLASS} objects have them: {', '.join(ignored)}",)
        if ignored
        else ()
    )


def curve_doubts(columns: CurveColumns, *, guessed: bool) -> list[str]:
    """Say what was guessed."""
    found = []
    if columns.band is None:
        found.append("there is no column of bands: all observations are taken for one band")
    elif guessed:
        found.append(
            "the wavelengths of some bands are not known and were made up: set them under `input.bands`"
        )
    if columns.error is None:
        found.append("there is no column of errors: they are taken from how much each curve jumps")
    return found


def label_of(known: pl.DataFrame, path: Path, choices: Choices) -> LabelColumn:
    """Find the column of the label among what is known of the objects."""
    columns = columns_of(known.drop("object_id", *[name for name in FACTS if name in known.columns]), {})
    if not columns:
        raise RefusedDataError(
            Refusal.NO_LABEL,
            "nothing says of what kind each object is",
            where=str(path),
            hint="put a table of objects with a column `label` beside it and name the folder",
        )
    return find_label(columns, choices, path, named=True)


def observations_of(look: TableLook, columns: CurveColumns) -> pl.DataFrame:
    """Return the observations in the columns of the reader."""
    frame = look.frame
    if frame.schema[columns.value] in (pl.List, pl.Array):
        lists = [
            name for name in (columns.time, columns.value, columns.error, columns.band) if name is not None
        ]
        lists = [name for name in dict.fromkeys(lists) if frame.schema[name] in (pl.List, pl.Array)]
        frame = frame.explode(lists)
    keys = look.keys
    time = numbers_of(texts_of(frame, columns.time), keys)
    if float(time.median() or 0) > JULIAN:  # type: ignore[arg-type]
        time = time - MODIFIED
    value = numbers_of(texts_of(frame, columns.value), keys)
    band = (
        pl.repeat(NO_BAND, len(frame), eager=True) if columns.band is None else texts_of(frame, columns.band)
    )
    found = pl.DataFrame(
        {
            "object_id": texts_of(frame, columns.id),
            "mjd": time,
            "passband": band.cast(pl.String).str.strip_suffix(".0"),
            "value": value,
        }
    )
    error = None if columns.error is None else numbers_of(texts_of(frame, columns.error), keys)
    found = found.with_columns((jumps() if error is None else error).alias("error"))
    if columns.magnitudes:
        errors = pl.col("error") if error is not None else pl.lit(ERROR_OF_MAGNITUDE)
        return found.select("object_id", "mjd", "passband", mag="value", mag_err=errors)
    if float((value.drop_nulls() > 0).mean() or 0) > 0.99:  # type: ignore[arg-type]
        template = pl.col("value").median().over("object_id", "passband")
        found = found.with_columns(pl.col("value") - template)
    return found.select("object_id", "mjd", "passband", flux="value", flux_err="error")


def jumps() -> pl.Expr:
    """Return the error of each value as the jumps of its curve tell it."""
    step = pl.col("value").diff().abs().median().over("object_id", "passband") / 0.954
    return pl.max_horizontal(step, pl.col("value").abs() * 1e-3, pl.lit(1e-3)).fill_null(1e-3)


def known_of(look: TableLook, columns: CurveColumns) -> pl.DataFrame:
    """Return what a table of observations says of each object: the columns that do not change within one."""
    used = {columns.time, columns.value, columns.error, columns.band}
    others = [name for name in look.frame.columns if name not in used and name != columns.id]
    frame = look.frame.select(
        pl.col(columns.id).cast(pl.String).str.strip_chars().alias("object_id"), *others
    )
    if not others:
        return frame.unique("object_id", maintain_order=True)
    grouped = frame.group_by("object_id", maintain_order=True)
    changes = grouped.agg(pl.col(others).drop_nulls().n_unique()).select(pl.col(others).max())
    steady = [name for name in others if changes[name][0] is not None and changes[name][0] <= 1]
    return grouped.agg(pl.col(steady).drop_nulls().first())


def objects_of(look: TableLook, own: str) -> pl.DataFrame:
    """Return a table of objects with its ids as the observations have them."""
    lower = {names.plain(header): header for header in reversed(look.frame.columns)}
    header = lower.get(names.plain(own)) or next(lower[word] for word in IDS if word in lower)
    frame = look.frame.with_columns(pl.col(header).cast(pl.String).str.strip_chars().alias("object_id"))
    kept = [name for name in frame.columns if name == "object_id" or name != header]
    return (
        frame.select(kept).filter(pl.col("object_id").is_not_null()).unique("object_id", maintain_order=True)
    )


def facts_of(known: pl.DataFrame) -> list[str]:
    """Return the columns of facts that the reader understands."""
    return [name for name in FACTS if name in known.columns]


def has_ids(look: TableLook, own: str) -> bool:
    """Tell whether a table may be that of the objects: it has their ids, each about once."""
    lower = {names.plain(header): header for header in look.frame.columns}
    header = lower.get(names.plain(own)) or next((lower[word] for word in IDS if word in lower), None)
    return header is not None and look.frame[header].n_unique() >= 0.9 * len(look.frame)
