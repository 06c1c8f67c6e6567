"""Read light curves from a request body: JSON in columns or in rows, or CSV, one object or many.

Whatever the form, a series comes out sorted by time, with bands as places in the declared list.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.document import parse_json
from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.series import (
    DETECTION,
    FACTS,
    LARGEST_FLUX,
    LAST_MJD,
    SMALLEST_ERROR,
    Floats,
    Series,
)

CONTENT_TYPES = ("application/json", "text/csv")
JULIAN = 2_400_000.5
"""Julian Date less Modified Julian Date."""
JULIAN_HINT = "this looks like a Julian Date: take 2400000.5 off"
REQUIRED = ("mjd", "passband", "flux", "flux_err")
OPTIONAL = ("detected", "object_id", *FACTS)
TRUTHS = {"1": True, "true": True, "0": False, "false": False, "1.0": True, "0.0": False}

Label = Annotated[str, Meta(max_length=100)]
Angle = Annotated[float, Meta(ge=0, le=360)]
Declination = Annotated[float, Meta(ge=-90, le=90)]
Flag = Annotated[float, Meta(ge=0, le=1)]
Redshift = Annotated[float, Meta(ge=0, le=20)]
Reddening = Annotated[float, Meta(ge=0, le=100)]


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of the object; null or absent where it is not."""

    ra: Annotated[Angle | None, Meta(description="right ascension, degrees")] = None
    decl: Annotated[Declination | None, Meta(description="declination, degrees")] = None
    ddf: Annotated[Flag | None, Meta(description="1 in a deep drilling field")] = None
    hostgal_photoz: Annotated[
        Redshift | None, Meta(description="photometric redshift of the host; 0 means galactic")
    ] = None
    hostgal_photoz_err: Annotated[Redshift | None, Meta(description="its error")] = None
    mwebv: Annotated[Reddening | None, Meta(description="E(B-V) by dust of the Milky Way")] = None


class Observation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One point of a light curve."""

    mjd: float
    passband: int | str
    flux: float
    flux_err: float
    detected: bool | int | None = None


class Curve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object: its points in columns of equal length, or in rows under `observations`."""

    id: Annotated[Label | None, Meta(description="your name of the object, given back")] = None
    object: Facts = msgspec.field(default_factory=Facts)
    mjd: Annotated[list[float] | None, Meta(description="days, Modified Julian Date")] = None
    passband: Annotated[list[int | str] | None, Meta(description="numbers or names of bands")] = None
    flux: Annotated[list[float] | None, Meta(description="zero point 27.5; may be negative")] = None
    flux_err: Annotated[list[float] | None, Meta(description="standard deviations, above 0")] = None
    detected: Annotated[
        list[bool | int | None] | None,
        Meta(description="whether the change is significant; from five errors on if not given"),
    ] = None
    observations: Annotated[list[Observation] | None, Meta(description="the same in rows")] = None


class SeriesRequest(Curve, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object, plain or under `series`; or many under `objects`."""

    series: Curve | None = None
    objects: list[Curve] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesBody:
    """What a body holds; `many`: sent as several objects; `ids`: the caller's names of them."""

    series: tuple[Series, ...]
    ids: tuple[str | None, ...]
    many: bool


_decoder = msgspec.json.Decoder(SeriesRequest | list[Observation])


def read_series(
    body: bytes, content_type: str | None, limits: Limits, places: Mapping[int | str, int]
) -> SeriesBody:
    """Read the light curves of a body.

    Parameters
    ----------
    body
        The request body as it came.
    content_type
        Its media type, with or without parameters; None or an empty text means: find out.
    limits
        How many points a series and how many objects a request may have.
    places
        The place of each band by its number and by its name.

    Raises
    ------
    InputError
        Or one of its kinds: TooLargeError, UnsupportedMediaError, InvalidInputError.
    """
    if not body.strip():
        raise InputError("the body is empty", accepted=", ".join(CONTENT_TYPES))
    match (content_type or "").partition(";")[0].strip().lower() or sniff(body):
        case "application/json":
            curves, many = decode_json(body, limits)
        case "text/csv":
            curves, many = decode_csv(body, limits)
        case other:
            raise UnsupportedMediaError(
                "this kind of body is not read here", got=other, accepted=", ".join(CONTENT_TYPES)
            )
    series = tuple(
        to_series(curve, limits, places, f"objects[{place}]" if many else "")
        for place, curve in enumerate(curves)
    )
    return SeriesBody(series=series, ids=tuple(curve.id for curve in curves), many=many)


def sniff(body: bytes) -> str:
    """Return the media type of a body that does not say."""
    return "application/json" if body.lstrip()[:1] in b"{[" else "text/csv"


def decode_json(body: bytes, limits: Limits) -> tuple[list[Curve], bool]:
    """Return the curves of a JSON body, and whether it is a list of objects."""
    found = parse_json(body, _decoder.decode)
    if isinstance(found, list):
        return [Curve(observations=found)], False
    if found.objects is None:
        return [found.series if found.series is not None else found], False
    if found.series is not None or found.mjd is not None or found.observations is not None:
        raise InvalidInputError("`objects` stands alone", accepted="one object, or a list under `objects`")
    if not found.objects:
        raise InvalidInputError("there are no objects", where="objects")
    check_count(len(found.objects), limits)
    return found.objects, True


def check_count(count: int, limits: Limits) -> None:
    """Refuse more objects than one request may have."""
    if count > limits.batch:
        raise TooLargeError(
            "there are too many objects", where="objects", got=count, accepted=f"at most {limits.batch}"
        )


def decode_csv(body: bytes, limits: Limits) -> tuple[list[Curve], bool]:
    """Return the curves of a CSV body; with a column object_id it may hold several."""
    try:
        lines = csv.DictReader(io.StringIO(body.decode("utf-8-sig")), strict=True)
        names = [name.strip() for name in lines.fieldnames or ()]
        check_header(names)
        lines.fieldnames = names
        grouped: dict[str | None, list[dict[str, str]]] = {}
        for row in numbered(lines):
            grouped.setdefault(row.get("object_id"), []).append(row)
            check_count(len(grouped), limits)
    except UnicodeDecodeError as error:
        raise InputError("the text is not UTF-8", got=str(error)) from None
    except csv.Error as error:
        raise InputError("the body is not valid CSV", got=str(error)) from None
    curves = [curve_of_rows(name, rows) for name, rows in grouped.items()]
    return curves or [Curve(observations=[])], "object_id" in names


def check_header(names: Sequence[str]) -> None:
    """Refuse a header that lacks a column, or has one that means nothing here."""
    accepted = f"{', '.join(REQUIRED)}; besides {', '.join(OPTIONAL)}"
    for name in REQUIRED:
        if name not in names:
            raise InvalidInputError(
                f"the column {name} is missing", where="line 1", got=",".join(names), accepted=accepted
            )
    for name in names:
        if name not in (*REQUIRED, *OPTIONAL) or names.count(name) > 1:
            raise InvalidInputError(
                "this column is not known, or comes twice", where="line 1", got=name, accepted=accepted
            )


def numbered(lines: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    """Yield the rows with their line under `line`; each must have as many values as the header."""
    for row in lines:
        if None in row or None in row.values():
            raise InvalidInputError(
                "this line has not as many values as the header", where=f"line {lines.line_num}"
            )
        yield {**row, "line": str(lines.line_num)}


def curve_of_rows(name: str | None, rows: Sequence[Mapping[str, str]]) -> Curve:
    """Return one object of the lines that name it."""
    first = rows[0]
    known = {fact: number(first, fact) if first[fact].strip() else None for fact in FACTS if fact in first}
    try:
        facts = msgspec.convert(known, Facts)
    except msgspec.ValidationError as error:
        raise InvalidInputError(str(error), where=f"line {first['line']}") from None
    for row in rows:
        if changed := [fact for fact in known if row[fact] != first[fact]]:
            raise InvalidInputError(
                f"{changed[0]} must be the same on all lines of an object",
                where=f"line {row['line']}",
                got=row[changed[0]],
                accepted=first[changed[0]],
            )
    return Curve(
        id=name,
        object=facts,
        mjd=[number(row, "mjd") for row in rows],
        passband=[band(row["passband"].strip()) for row in rows],
        flux=[number(row, "flux") for row in rows],
        flux_err=[number(row, "flux_err") for row in rows],
        detected=[truth(row) for row in rows] if "detected" in first else None,
    )


def number(row: Mapping[str, str], name: str) -> float:
    """Return a value of a line as a number."""
    try:
        return float(row[name])
    except ValueError:
        raise InvalidInputError(
            "this is no number", where=f"line {row['line']}, {name}", got=row[name]
        ) from None


def band(text: str) -> int | str:
    """Return a band as its number, or else its name."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text


def truth(row: Mapping[str, str]) -> bool | None:
    """Return whether a line says that it is a detection; None where it says nothing."""
    text = row["detected"].strip().lower()
    if text and text not in TRUTHS:
        raise InvalidInputError(
            "this is neither yes nor no", where=f"line {row['line']}, detected", got=text, accepted="1 or 0"
        )
    return TRUTHS[text] if text else None


def to_series(curve: Curve, limits: Limits, places: Mapping[int | str, int], where: str) -> Series:
    """Check one object and return it sorted by time; `where` names it among others."""
    prefix = f"{where}." if where else ""
    columns = in_columns(curve, prefix)
    count = len(columns.mjd or ())
    if count > limits.series_points:
        raise TooLargeError(
            "the series has too many points",
            where=where or None,
            got=count,
            accepted=f"at most {limits.series_points}",
        )
    mjd = checked(columns.mjd or [], f"{prefix}mjd", 0.0, LAST_MJD)
    flux = checked(columns.flux or [], f"{prefix}flux", -LARGEST_FLUX, LARGEST_FLUX)
    error = checked(columns.flux_err or [], f"{prefix}flux_err", SMALLEST_ERROR, LARGEST_FLUX)
    passband = numbers_of_bands(columns.passband or [], places, f"{prefix}passband")
    order = np.lexsort((passband, mjd))
    refuse_repeats(mjd[order], passband[order], order, prefix)
    return Series(
        mjd=mjd[order],
        passband=passband[order],
        flux=flux[order],
        flux_err=error[order],
        detected=detections(columns.detected, flux, error)[order],
        facts=np.array(
            [math.nan if value is None else float(value) for value in msgspec.structs.astuple(curve.object)]
        ),
    )


def in_columns(curve: Curve, prefix: str) -> Curve:
    """Return a curve whose points stand in columns of equal length."""
    named = {name: getattr(curve, name) for name in (*REQUIRED, "detected")}
    given = [name for name, values in named.items() if values is not None]
    if curve.observations is not None:
        if given:
            raise InvalidInputError(
                "points stand in columns and in rows", where=f"{prefix}{given[0]}", accepted="one of both"
            )
        rows = curve.observations
        return msgspec.structs.replace(
            curve,
            observations=None,
            mjd=[row.mjd for row in rows],
            passband=[row.passband for row in rows],
            flux=[row.flux for row in rows],
            flux_err=[row.flux_err for row in rows],
            detected=[row.detected for row in rows],
        )
    if missing := [name for name in REQUIRED if named[name] is None]:
        raise InvalidInputError(
            f"`{missing[0]}` is missing", where=prefix.rstrip(".") or None, accepted=", ".join(REQUIRED)
        )
    lengths = {name: len(named[name]) for name in given}
    if len(set(lengths.values())) > 1:
        raise InvalidInputError(
            "the columns have unequal lengths",
            where=prefix.rstrip(".") or None,
            got=", ".join(f"{name} {length}" for name, length in lengths.items()),
        )
    return curve


def checked(values: Sequence[float], where: str, least: float, most: float) -> Floats:
    """Return numbers as an array, all in range."""
    try:
        found = np.array(values, dtype=np.float64)
    except OverflowError:
        found = np.array([math.inf])
    wrong = np.flatnonzero(~((found >= least) & (found <= most)))
    if len(wrong):
        raise InvalidInputError(
            "this value is out of range or no number",
            where=f"{where}[{wrong[0]}]",
            got=float(found[wrong[0]]),
            accepted=f"{least:g} to {most:g}",
            hint=JULIAN_HINT if most == LAST_MJD and found[wrong[0]] > JULIAN else None,
        )
    return found


def numbers_of_bands(
    named: Sequence[int | str], places: Mapping[int | str, int], where: str
) -> NDArray[np.int64]:
    """Return the places of bands that are given by number or name."""
    try:
        return np.array([places[name] for name in named], dtype=np.int64)
    except KeyError as error:
        place = next(place for place, name in enumerate(named) if name not in places)
        raise InvalidInputError(
            "there is no such band",
            where=f"{where}[{place}]",
            got=error.args[0],
            accepted=", ".join(str(name) for name in places),
        ) from None


def refuse_repeats(mjd: Floats, passband: NDArray[np.int64], order: NDArray[np.intp], prefix: str) -> None:
    """Refuse two observations of one band at one moment; the arrays are sorted."""
    same = np.flatnonzero((np.diff(mjd) == 0) & (np.diff(passband) == 0))
    if len(same):
        raise InvalidInputError(
            "this band was observed twice at the same moment",
            where=f"{prefix}mjd[{order[same[0] + 1]}]",
            got=float(mjd[same[0]]),
            hint="send each observation once",
        )


def detections(given: Sequence[bool | int | None] | None, flux: Floats, error: Floats) -> NDArray[np.bool_]:
    """Return which points are detections; where it is not said, those of five errors and more."""
    significant: NDArray[np.bool_] = np.abs(flux) >= DETECTION * error
    if given is None:
        return significant
    pairs = zip(given, significant.tolist(), strict=True)
    return np.array([found if said is None else bool(said) for said, found in pairs], dtype=np.bool_)
