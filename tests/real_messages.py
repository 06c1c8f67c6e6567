"""The real messages beside the checkout, for tests that compare scorers; no text of them is in the tests."""

import csv
from pathlib import Path


def real_messages(folder: Path) -> list[str]:
    """Return all texts, each on one line."""
    lines = (folder / "SMSSpamCollection.tsv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t", 1)[1] for line in lines if "\t" in line]
    for name in ("indonesian_sms_3class.csv", "smishing_3class.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    return [" ".join(text.splitlines()) for text in texts]
