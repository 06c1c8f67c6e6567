"""What was read, repaired and taken out when a version of the data was made."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.catalog.cleaning import REASONS, CleaningReport, Rejected
from outclass.catalog.dataset import VersionDocument, current_version, find_version
from outclass.catalog.dictionary.report import DictionaryReport, RuleCount
from outclass.catalog.dictionary.showing import examples_of, facts_of
from outclass.catalog.sources.rows import ROW_FAULTS, RowReport
from outclass.catalog.split import Split
from outclass.inputs.masking import mask
from outclass.site.play.challenges import challenge_or_404

LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """So many rows were taken out for a reason."""

    name: str
    meaning: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What a rule of a data dictionary did; `examples` are masked."""

    rule: str
    done: str
    rows: int
    examples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanedTable:
    """What a data dictionary did to a table."""

    report: DictionaryReport
    facts: list[tuple[str, str]]
    rules: list[Ruled]


@require_safe
def cleaning(request: HttpRequest, challenge: str, version_id: str) -> HttpResponse:
    """Show how a version of the data was made."""
    declared = challenge_or_404(challenge)
    version = find_version(challenge, version_id, django_conf.OUTCLASS)
    if version is None:
        raise Http404
    current = current_version(challenge, django_conf.OUTCLASS)
    context = {"challenge": declared, "in_use": current is not None and current.id == version.id}
    return render(request, "lab/cleaning.html", context | told_of(version.document))


def told_of(document: VersionDocument) -> dict[str, object]:
    """Return what the page tells of a version."""
    report = document.cleaning
    return {
        "document": document,
        "splits": [side for side in Split if any(document.counts[side].values())],
        "classes": list(classes_by_split(document)),
        "reasons": reasons_of(report),
        "rejected": rejected_of(report),
        "rejected_count": report.rows_read - report.rows_kept,
        "observations": report.observations,
        "row_faults": [] if report.observations is None else row_faults_of(report.observations),
        "tables": [table_of(one) for one in report.tables],
        "photos": report.photos,
        "near": () if report.photos is None else report.photos.listed[:LISTED],
    }


def classes_by_split(document: VersionDocument) -> Iterator[tuple[str, list[int]]]:
    """Yield each class with how many objects each side of the split has, and how many in all."""
    for name in document.classes:
        counts = [found.get(name, 0) for found in document.counts.values() if any(found.values())]
        yield name, [*counts, sum(counts)]


def reasons_of(report: CleaningReport) -> list[Reasoned]:
    """Return why objects were taken out, the most frequent reason first."""
    found = [
        Reasoned(name=reason.value, meaning=REASONS[reason], rows=rows)
        for reason, rows in report.removed.items()
        if rows
    ]
    return sorted(found, key=lambda one: -one.rows)


def rejected_of(report: CleaningReport) -> tuple[Rejected, ...]:
    """Return the first objects that were taken out, with what was noted of them masked."""
    return tuple(msgspec.structs.replace(one, note=mask(one.note)) for one in report.rejected[:LISTED])


def row_faults_of(report: RowReport) -> list[Reasoned]:
    """Return why rows of files were not used, where an object has many."""
    return [
        Reasoned(name=fault.value, meaning=ROW_FAULTS[fault], rows=rows)
        for fault, rows in report.removed.items()
        if rows
    ]


def table_of(report: DictionaryReport) -> CleanedTable:
    """Return what a data dictionary did to a table; values of its rows are masked."""
    done = (("dropped", report.dropped), ("repaired", report.repaired))
    return CleanedTable(
        report=report,
        facts=list(facts_of(report)),
        rules=[
            Ruled(rule=rule.rule, done=what, rows=rule.rows, examples=examples_of(masked(rule)))
            for what, rules in done
            for rule in rules
        ],
    )


def masked(rule: RuleCount) -> RuleCount:
    """Return the count of a rule with numbers and addresses in the values of its rows hidden."""
    examples = (
        msgspec.structs.replace(one, value=None if one.value is None else mask(one.value))
        for one in rule.examples
    )
    return msgspec.structs.replace(rule, examples=tuple(examples))
