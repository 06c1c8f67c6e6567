"""`outclass data labels`: what the rules of weak labels are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from outclass.base.errors import DataError, InputError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.export import PUBLIC_SPLITS
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.weak_labels import LabelReport, WeakLabels
from outclass.cli.output import Json, print_facts, print_json, print_table, say
from outclass.inputs.text import TextTable
from outclass.training.labels import FORM
from outclass.training.text_tables import read_text_file

RULE_FILES = {".yaml", ".yml"}
CHALLENGE_FILE = "challenge.yaml"
MOST_PAIRS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Texts and what people say of each."""

    texts: Sequence[str]
    labels: Sequence[str | None] | None


def command(
    rules: Annotated[
        str, typer.Argument(metavar="CHALLENGE|RULES", help="A challenge with rules, or a file of rules.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Texts in CSV, TSV or Parquet; else what was collected."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="MAP", help="The file's labels as classes: ham=personal+notification,spam=spam."
        ),
    ] = None,
    challenge: Annotated[
        str | None, typer.Option(help="With a file of rules: the challenge whose classes and data it is for.")
    ] = None,
    json: Json = False,
) -> None:
    """Report on weak labels: coverage, conflicts, agreement with people's labels, cost of each rule."""
    is_file = Path(rules).suffix in RULE_FILES and Path(rules).name != CHALLENGE_FILE
    named = challenge if is_file else rules
    loaded = None if named is None else load_challenge(named)
    classes = () if loaded is None else loaded.challenge.class_names
    weak = WeakLabels.load(Path(rules) if is_file or loaded is None else rules_of(loaded), classes)
    judged = texts_of(data, loaded, meanings(labels, classes))
    report = weak.report(judged.texts, judged.labels)
    if json:
        print_json(report)
    else:
        print_report(report)


def rules_of(loaded: LoadedChallenge) -> Path:
    """Return the rule file that a challenge declares."""
    named = getattr(loaded.challenge.dataset, "rules", None)
    if not named:
        raise NotFoundError(
            "this challenge declares no rules",
            where=loaded.name,
            hint="add `rules: rules.yaml` to `dataset:`",
        )
    return loaded.folder / str(named)


def texts_of(data: Path | None, loaded: LoadedChallenge | None, meant: Mapping[str, str]) -> Judged:
    """Return the texts of a file, or those that were collected for train and validation."""
    if data is not None:
        found = read_text_file(data, None)
        assert isinstance(found.rows, np.ndarray)  # of texts
        known = found.labels
        return Judged(
            texts=[str(text) for text in found.rows],
            labels=None if known is None else [None if one is None else meant.get(one, one) for one in known],
        )
    if loaded is None:
        raise InputError("there are no texts", accepted="--data FILE, or --challenge CHALLENGE")
    version = current_version(loaded.name, Settings.from_environment())
    if version is None:
        raise NotFoundError(
            "no data was collected yet",
            where=loaded.name,
            hint=f"outclass collect {loaded.name}, or --data FILE",
        )
    tables = [version.objects(split) for split in PUBLIC_SPLITS]
    texts: list[str] = []
    for table in tables:
        if not isinstance(table.inputs, TextTable):
            raise DataError("these are no texts", where=loaded.name, got=loaded.challenge.input.kind.value)
        texts += table.inputs.texts
    return Judged(texts=texts, labels=[label for table in tables for label in table.labels])


def meanings(text: str | None, classes: Sequence[str]) -> dict[str, str]:
    """Return the class, or classes joined by `+`, that each label of a file stands for.

    >>> meanings("ham=personal+notification,spam=spam", [])
    {'ham': 'personal+notification', 'spam': 'spam'}
    """
    found = {}
    for part in (text or "").split(",") if text else ():
        label, equals, names = (piece.strip() for piece in part.partition("="))
        if not (label and equals and names):
            raise InputError("this is no list of labels", where="--labels", got=part, accepted=FORM)
        for name in names.split("+") if classes else ():
            if name not in classes:
                accepted = ", ".join(classes)
                raise InputError("there is no such class", where="--labels", got=name, accepted=accepted)
        found[label] = names
    return found


def print_report(report: LabelReport) -> None:
    """Print the report for people."""
    print_facts(
        (
            ("texts", f"{report.texts:,}"),
            ("labeled", f"{report.labeled:,} ({report.coverage:.1%})"),
            ("overlapping", f"{report.overlapping:,}"),
            ("conflicting", f"{report.conflicting:,}"),
            ("judged", f"{report.judged:,}"),
            ("agreed", f"{report.agreed:,}" + share(report.accuracy)),
            ("seconds", f"{report.seconds:.2f}"),
            ("microseconds", f"{report.shared_microseconds:.2f} a text, shared by all rules"),
            ("silent rules", ", ".join(report.silent)),
        )
    )
    say("")
    columns = ("rule", "class", "fired", "decided", "alone", "conflicts", "judged", "agreed", "us/text")
    print_table(
        columns,
        (
            (
                rule.name,
                rule.label,
                rule.fired,
                rule.decided,
                rule.alone,
                rule.conflicts,
                rule.judged,
                f"{rule.agreed}{share(rule.precision)}",
                f"{rule.microseconds:.3f}",
            )
            for rule in report.rules
        ),
    )
    if report.conflicts:
        say("")
        pairs = report.conflicts[:MOST_PAIRS]
        print_table(
            ("decides", "contradicts", "texts"), ((one.first, one.second, one.texts) for one in pairs)
        )


def share(part: float | None) -> str:
    """Return a share in brackets, or nothing.

    >>> share(0.25), share(None)
    (' (25.0%)', '')
    """
    return "" if part is None else f" ({part:.1%})"
