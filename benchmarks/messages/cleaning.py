"""Clean generated messages by one dictionary: by outclass, and by the same steps written for pandas.

``python benchmarks/messages/cleaning.py --rows 1000000 5000000 15000000 --folder FOLDER`` runs each in a
process of its own and prints seconds, rows a second, seconds of the processor, and the most memory it took.
The messages are made up: words, numbers, links, emoji and repeats, about 70 bytes a row. Pandas reads the
whole file, as one does; with more rows than --whole it reads a part at a time, and repeats are found over all
parts.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from outclass.catalog.dictionary.dataset import Dataset
from outclass.catalog.dictionary.files import parse_catalogue
from outclass.catalog.dictionary.stopwords import ENGLISH

VOCABULARY = (
    "call me when you are home mum dinner at seven love free win prize claim now offer cash text stop "
    "today bonus your code is valid for minutes bank account balance delivery parcel arriving tomorrow "
    "meeting moved thanks see"
)
WORDS = VOCABULARY.split()
EXTRAS = ("\U0001f600", "caf\u00e9", "\t", "https://example.org/a?b=1", "08001234567", "\u00a3500!!!")
LABELS = ("personal", "notification", "spam", "unknown")
PART_ROWS = 250_000
CATALOGUE = r"""
messages:
  path: messages.csv
  dtypes: {id: integer, score: float}
  column_rules:
    text:
      drop_na: true
      regex: '[A-Za-z]{3}'
      drop_duplicates: true
      postprocessors:
        [remove_tabs, remove_emoji, remove_unicode, remove_digits, to_lowercase, remove_stopwords]
    label: {unique_values: [personal, notification, spam]}
    score: {min: 0, max: 100}
  dataframe_rules: {drop_na: true}
  postprocessors:
    - name: get_regex_features
      columns: [text]
      patterns: {exclamations: '!', links: 'https?://\S+|www\.\S+'}
"""


def make_messages(path: Path, rows: int) -> None:
    """Write a CSV file of made-up messages, always the same ones."""
    with path.open("wb") as file:
        for start in range(0, rows, PART_ROWS):
            part_of_messages(start, min(PART_ROWS, rows - start)).write_csv(file, include_header=start == 0)


def part_of_messages(start: int, rows: int) -> pl.DataFrame:
    """Return some messages; one in 20 repeats another, one in 50 lacks its text, one in 100 its label."""
    random = np.random.default_rng(start)
    pool = np.array(
        [" ".join(random.choice(WORDS, random.integers(4, 13))) for _ in range(20_000)], dtype=object
    )
    extras = np.array([*EXTRAS, *[""] * 14], dtype=object)
    texts = pl.Series(pool[random.integers(0, len(pool), rows)].tolist())
    ends = pl.Series(extras[random.integers(0, len(extras), rows)].tolist())
    numbers = pl.Series(random.integers(0, 10**6, rows)).cast(pl.String)
    kind = pl.Series(random.random(rows))
    text = (
        pl.when(kind < 0.05)
        .then(pl.lit("call me now"))
        .when(kind < 0.07)
        .then(None)
        .otherwise(pl.col("text"))
    )
    return pl.DataFrame(
        {
            "id": np.arange(start, start + rows),
            "text": texts + " " + ends + " " + numbers,
            "label": np.array(LABELS, dtype=object)[
                random.choice(4, rows, p=[0.6, 0.2, 0.19, 0.01])
            ].tolist(),
            "score": np.round(random.normal(50, 30, rows), 2),
        }
    ).with_columns(text.alias("text"))


def by_outclass(path: Path) -> int:
    """Clean the file, a batch at a time; return the number of rows that are left."""
    declared = parse_catalogue(CATALOGUE.encode(), path)["messages"]
    table = Dataset("messages", declared, path.parent)
    return sum(len(frame) for frame in table.batches())


def by_pandas(path: Path, whole: int) -> int:
    """Do the same with pandas; return the number of rows that are left."""
    import pandas as pd  # noqa: PLC0415 - a peer, in its own process

    types = {"id": "int64", "text": "str", "label": "str", "score": "float64"}
    parts: Iterator[pd.DataFrame] = (
        iter([pd.read_csv(path, dtype=types)])
        if count_rows(path) <= whole
        else iter(pd.read_csv(path, dtype=types, chunksize=PART_ROWS))
    )
    seen: set[str] = set()
    left = 0
    words = "|".join(sorted(ENGLISH.split(), key=len, reverse=True))
    for frame in parts:
        frame = frame[frame["text"].notna()]  # noqa: PLW2901
        frame = frame[frame["text"].str.contains("[A-Za-z]{3}", regex=True)]  # noqa: PLW2901
        frame = frame[frame["label"].isin(["personal", "notification", "spam"])]  # noqa: PLW2901
        frame = frame[(frame["score"] >= 0) & (frame["score"] <= 100)]  # noqa: PLW2901
        frame = frame.drop_duplicates(subset=["text"])  # noqa: PLW2901
        if count_rows(path) > whole:
            # isin() would turn the whole set into an array for each part
            frame = frame[[text not in seen for text in frame["text"]]]  # noqa: PLW2901
            seen.update(frame["text"])
        text = frame["text"].str.replace(r"[\t\r\n]+", " ", regex=True)
        text = text.str.replace("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+", "", regex=True)
        text = text.str.replace(r"[^\x00-\x7F]+", "", regex=True)
        text = text.str.replace(r"\d+", "", regex=True)
        text = text.str.lower()
        text = text.str.replace(rf"\b(?:{words})\b\s*", "", regex=True).str.strip()
        frame = frame.assign(text=text).dropna()  # noqa: PLW2901
        frame = frame.assign(  # noqa: PLW2901
            text_exclamations=frame["text"].str.count("!"),
            text_links=frame["text"].str.count(r"https?://\S+|www\.\S+"),
        )
        left += len(frame)
    return left


def count_rows(path: Path) -> int:
    """Return the number of rows, by the name of the file's folder."""
    return int(path.parent.name)


def run(kind: str, path: Path, whole: int) -> dict[str, object]:
    """Clean once in this process and return what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    left = by_outclass(path) if kind == "outclass" else by_pandas(path, whole)
    seconds = time.perf_counter() - wall
    return {
        "by": kind,
        "rows": count_rows(path),
        "left": left,
        "seconds": round(seconds, 2),
        "rows_a_second": round(count_rows(path) / seconds),
        "processor_seconds": round(time.process_time() - processor, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--whole", type=int, default=6_000_000, help="most rows that pandas reads at once")
    parser.add_argument("--by", nargs="+", default=["outclass", "pandas"])
    parser.add_argument("--once", action="store_true", help="run in this process")
    given = parser.parse_args()
    for rows in given.rows:
        path = given.folder / str(rows) / "messages.csv"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            make_messages(path, rows)
        for kind in given.by:
            if given.once:
                print(json.dumps(run(kind, path, given.whole)))
                continue
            words = [sys.executable, __file__, "--once", "--by", kind, "--rows", str(rows)]
            words += ["--folder", str(given.folder), "--whole", str(given.whole)]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            print(done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
