"""How a text file that is a table is written: encoding, delimiter, quotes, header, numbers."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from outclass.catalog.dictionary.drafting import MISSING, NUMBER
from outclass.catalog.packed import open_data
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError

HEAD_BYTES = 1 << 18
CHUNK = 1 << 22
RECORDS = 300
DELIMITERS = ("\t", ";", "|", ",")
"""A comma comes last: it also stands in numbers and sentences."""
STEADY = 0.9
"""The share of lines that must have the same number of values for a delimiter to be one."""
CP1252_HOLES = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
TABS = {".tsv", ".tab"}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
COMMENT = ("#", "%", "//")
COMMA_NUMBER = re.compile(r"[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?")
POINT_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
COMMA_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
SPACE_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+([.,][0-9]+)?")

Records = list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsing:
    """How a text file is read.

    Attributes
    ----------
    keys
        Those of a data dictionary that differ from the usual.
    notes
        Why, by key.
    header
        The names as they stand in the file; empty where it has none.
    records
        The first rows of data.
    """

    keys: dict[str, object] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    records: tuple[tuple[str, ...], ...] = ()


def parsing_of(path: Path) -> Parsing:
    """Find out how a text file is read.

    Raises
    ------
    RefusedDataError
        It is empty, or no text.
    """
    with open_data(path) as content:
        head = content.read(HEAD_BYTES)
    if not head.strip():
        raise RefusedDataError(Refusal.EMPTY, "the file is empty", where=str(path))
    keys: dict[str, object] = {}
    notes: dict[str, str] = {}
    encoding = encoding_of(path, head)
    if encoding != "utf-8":
        keys["encoding"], notes["encoding"] = encoding, "the file is not in UTF-8"
    text = head.decode(encoding if encoding != "utf-8" else "utf-8-sig", "replace")
    check_text(text, path)
    if len(head) == HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text
    check_form(text, path)
    delimiter, quote = delimiter_of(text)
    if delimiter != ("\t" if TABS & {each.lower() for each in path.suffixes} else ","):
        keys["delimiter"] = delimiter
        notes["delimiter"] = "what stands between values on nearly every line"
    if quote != '"':
        keys["quote"], notes["quote"] = quote, quotes_told(quote)
    records = records_of(text, delimiter, quote)
    header, rows = header_of(records, lines_of(text, delimiter, quote), keys, notes)
    keys |= numbers_of(rows, delimiter, notes)
    return Parsing(keys=keys, notes=notes, header=header, records=tuple(map(tuple, rows)))


def check_text(text: str, path: Path) -> None:
    """Refuse what is no text."""
    odd = sum(text.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f")
    if odd > len(text) / 1000:
        raise RefusedDataError(
            Refusal.UNREADABLE,
            "this file is no text that could be a table",
            where=str(path),
            accepted="CSV, TSV, Parquet, JSON lines, a workbook, SQLite",
        )


def check_form(text: str, path: Path) -> None:
    """Refuse texts of other forms that people take for tables."""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        what, hint = (
            "this is a web page or XML, not a table",
            "was the download refused? open the file and see",
        )
    elif start.startswith(("[{", "[\n", "[ ", "{")) and path.suffix.lower() == ".json":
        what, hint = "JSON is read one object a line", "write each object on a line of its own, as .jsonl"
    elif "\r" in text and "\n" not in text:
        what, hint = "its lines end with a carriage return alone", "save it with line breaks of today"
    else:
        return
    raise RefusedDataError(Refusal.UNREADABLE, what, where=str(path), got=text.strip()[:40], hint=hint)


def encoding_of(path: Path, head: bytes) -> str:
    """Return how the characters of the whole file are written."""
    if head[:2] in UTF_16:
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open_data(path) as content:
            while chunk := content.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        with open_data(path) as content:
            return "latin-1" if CP1252_HOLES.search(content.read(CHUNK)) else "windows-1252"
    return "utf-8"


def delimiter_of(text: str) -> tuple[str, str]:
    """Return what stands between values, and around them."""
    best, found = (False, 0.0), (",", '"')
    for delimiter in DELIMITERS:
        quote = quote_of(text, delimiter)
        records = records_of(text, delimiter, quote)
        widths = Counter(len(row) for row in records if len(row) > 1)
        if not widths:
            continue
        share = widths.most_common(1)[0][1] / len(records)
        score = (share >= STEADY, 1.0 if share >= STEADY else round(share, 2))
        if score > best:
            best, found = score, (delimiter, quote)
    return found


def quote_of(text: str, delimiter: str) -> str:
    """Return what stands around values: quotes that are closed before each delimiter, or nothing."""
    if '"' in text:
        return '"' if are_closed(text, delimiter) else ""
    wrapped = re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\n]|$)", text, re.MULTILINE)
    return "'" if len(wrapped) > text.count("\n") / 2 else '"'


def are_closed(text: str, delimiter: str) -> bool:
    """Tell whether quotes stand around values only: inside one they are doubled (RFC 4180)."""
    mark = re.escape(delimiter)
    inside = re.search(rf'(?<![\n\r"{mark}])"(?![\n\r"{mark}])', text[1:])
    return inside is None or share_of(text, delimiter, '"') > share_of(text, delimiter, "")


def share_of(text: str, delimiter: str, quote: str) -> float:
    """Return the share of records that have as many values as most."""
    widths = Counter(map(len, records_of(text, delimiter, quote)))
    return max(widths.values(), default=0) / max(widths.total(), 1)


def quotes_told(quote: str) -> str:
    """Say why the quote is not the usual one."""
    return "values stand in single quotes" if quote else "quotes are part of the values here"


def lines_of(text: str, delimiter: str, quote: str) -> Records:
    """Return the first records of a text, blank lines among them."""
    return list(islice(reader_of(text, delimiter, quote), 50))


def records_of(text: str, delimiter: str, quote: str) -> Records:
    """Return the first records of a text that hold anything."""
    found: Records = []
    try:
        for record in reader_of(text, delimiter, quote):
            if any(map(str.strip, record)):
                found.append(record)
            if len(found) == RECORDS:
                break
    except csv.Error:
        return found
    return found


def reader_of(text: str, delimiter: str, quote: str) -> Iterator[list[str]]:
    """Yield the records of a text."""
    content = io.StringIO(text, newline="")
    if quote:
        return csv.reader(content, delimiter=delimiter, quotechar=quote)
    return csv.reader(content, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def header_of(
    records: Records, lines: Records, keys: dict[str, object], notes: dict[str, str]
) -> tuple[tuple[str, ...], Records]:
    """Find the line that names the columns, and the rows of data; set the keys that say so.

    Parameters
    ----------
    lines
        The first records, blank lines among them.
    """
    width = Counter(map(len, records)).most_common(1)[0][0] if records else 0
    start = next((n for n, record in enumerate(records) if not is_before(record, width)), 0)
    first, rows = records[start], records[start + 1 :]
    before = line_of(lines, first)
    if len(first) in {width, width - 1} or (len(first) > width and not any(first[width:])):
        named = has_header([*first, *[""] * (width - len(first))], [row for row in rows if len(row) == width])
    else:
        named = True
    if before:
        keys["header"] = before
        notes["header"] = f"the first {before} line{'s say' if before > 1 else ' says'} something else"
    if not named:
        keys["header"], notes["header"] = False, "the first line has values as the others do"
        return (), records[start:]
    names = own_names(first, width)
    if names != [name.strip() or f"column_{n}" for n, name in enumerate(first, 1)]:
        keys["column_names"] = names
        notes["column_names"] = "the header names a column twice, or has another width than the rows"
    return tuple(names), rows


def line_of(lines: Records, record: Sequence[str]) -> int:
    """Return how many lines, blank ones among them, stand before a record."""
    return next((number for number, line in enumerate(lines) if line == record), 0)


def is_before(record: Sequence[str], width: int) -> bool:
    """Tell whether a record at the start is no part of the table: a title or a comment."""
    if record[0].lstrip().startswith(COMMENT):
        return len(record) != width
    filled = sum(1 for value in record if value.strip())
    return width > 2 and (filled == 1 or (len(record) < width - 1 and filled <= 2))


def own_names(first: Sequence[str], width: int) -> list[str]:
    """Return a name for each column, all different."""
    given = [name.strip() for name in first]
    if len(given) == width - 1:
        given = ["row_name", *given]
    elif len(given) > width and not any(given[width:]):
        given = given[: max(width, len([name for name in given if name]))]
    given += [""] * (width - len(given))
    names: list[str] = []
    for number, name in enumerate(given, 1):
        base = name or f"column_{number}"
        count = sum(1 for other in names if other == base or other.rpartition("_")[0] == base)
        names.append(base if base not in names else f"{base}_{count + 1}")
    return names


def has_header(first: Sequence[str], rows: Records) -> bool:
    """Tell whether the first record names columns, by how it differs from what is below."""
    if not rows:
        return True
    score = 0.0
    for place, name in enumerate(first):
        below = [
            row[place].strip() for row in rows if row[place].strip() and row[place].strip() not in MISSING
        ]
        score += named_score(name.strip(), below)
    numbered = [name.strip() for name in first]
    if numbered in ([str(n) for n in range(len(first))], [str(n) for n in range(1, len(first) + 1)]):
        return True
    return score > 0


def named_score(name: str, below: Sequence[str]) -> float:
    """Return how much a value of the first record looks like the name of what is below it."""
    if not below:
        return 0.0
    numbers = sum(map(is_number, below)) / len(below)
    if numbers > 0.8:
        return -1.0 if is_number(name) else (0.0 if not name else 1.0)
    values = Counter(below)
    if values[name]:
        return -2.0 if len(values) <= max(20, len(below) / 3) else -0.5
    if not name:
        return 0.0
    few = len(values) <= max(2, len(below) / 5)
    identifier = re.fullmatch(r"[^\W\d][\w .()/%-]{0,40}", name) is not None
    return (0.6 if identifier else -0.3) if few else (0.4 if identifier and len(name) < 30 else -0.2)


def is_number(text: str) -> bool:
    """Tell whether a text is a number in any of the forms that are read."""
    return any(
        pattern.fullmatch(text)
        for pattern in (NUMBER, COMMA_NUMBER, POINT_THOUSANDS, COMMA_THOUSANDS, SPACE_THOUSANDS)
    )


def numbers_of(rows: Records, delimiter: str, notes: dict[str, str]) -> dict[str, object]:
    """Return how decimals and thousands are written, by the columns in which numbers are."""
    votes: Counter[str] = Counter()
    pointed = False
    width = max(map(len, rows), default=0)
    for place in range(width):
        texts = [row[place].strip() for row in rows if place < len(row)]
        texts = [text for text in texts if text and text not in MISSING]
        if texts and sum(map(is_number, texts)) >= 0.9 * len(texts):
            votes[form_of(texts)] += 1
            pointed |= form_of(texts) == "plain" and any("." in text for text in texts)
    del votes["plain"]
    if not votes:
        return {}
    form = votes.most_common(1)[0][0]
    form = fuller_form(form, votes, pointed=pointed)
    forms: dict[str, dict[str, object]] = {
        "comma": {"decimal": ","},
        "point-comma": {"decimal": ",", "thousands": "."},
        "thousands": {"thousands": ","},
        "spaces": {"thousands": " "},
        "spaces-comma": {"thousands": " ", "decimal": ","},
    }
    found = forms[form]
    notes |= dict.fromkeys(found, f"as numbers are written in {votes[form]} columns")
    if delimiter == "," and form == "comma":
        notes["decimal"] += ", in quotes"
    return found


def fuller_form(form: str, votes: Counter[str], *, pointed: bool) -> str:
    """Return the form that reads all columns with decimal commas, where some of them have thousands, too.

    Parameters
    ----------
    pointed
        Some column has decimal points: these may not be taken for what stands between thousands.
    """
    if form != "comma":
        return form
    if votes["spaces-comma"]:
        return "spaces-comma"
    return "point-comma" if votes["point-comma"] and not pointed else form


def form_of(texts: Sequence[str]) -> str:
    """Return how the numbers of a column are written."""
    if any(SPACE_THOUSANDS.fullmatch(text) for text in texts):
        return "spaces-comma" if any("," in text for text in texts) else "spaces"
    if any(POINT_THOUSANDS.fullmatch(text) for text in texts):
        return "point-comma"
    commas = [text for text in texts if "," in text]
    if not commas:
        return "plain"
    return "thousands" if all(COMMA_THOUSANDS.fullmatch(text) for text in commas) else "comma"
