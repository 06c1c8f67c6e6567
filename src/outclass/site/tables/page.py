"""The page where anyone fills in a record, or changes an example: the answer follows each change.

The form works without script. With htmx it is posted at each change, and the answer with what stands beside
the fields is exchanged, so that nothing is said twice.
"""

from dataclasses import dataclass
from random import SystemRandom

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge
from outclass.site.accounts.throttle import check_throttle
from outclass.site.pages.champions import champion_of
from outclass.site.pages.guide import guide_pages
from outclass.site.play.views.common import one_time_token
from outclass.site.tables.asking import RECORDS, Reading, ask, asked_columns, example_row, said_of, take
from outclass.site.tables.effects import Effects, effects_of
from outclass.site.tables.fields import RecordForm, form_of
from outclass.site.tables.shown import RecordView, record_view
from outclass.site.tables.typed import LINE, Typed, line_of, read_fields, read_line, read_texts, typed_row
from outclass.site.tables.wording import RecordAnswer, answer_for_record

PASTED = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """An answer with its record as the page shows it; `said` is the title of what somebody said it is."""

    answer: RecordAnswer
    effects: Effects
    view: RecordView
    known: int
    unusual: int
    model: str
    time: str
    said: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request brings: a record, and why there is no answer to it."""

    typed: Typed
    text: str = ""
    example: bool = False
    error: OutclassError | None = None


def record_page(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """Show the form and, for a record that is filled in, the answer; to htmx only what changes."""
    asked = posted(request, challenge) if request.method == "POST" else begun(request, challenge)
    shown, error = None, asked.error
    if error is None and not asked.typed.errors and (asked.typed.known or request.method == "POST"):
        try:
            shown = shown_record(request, challenge, asked.typed)
        except OutclassError as problem:
            error = problem
    live = bool(request.headers.get("HX-Request"))
    refused = error.status if error else 422 if asked.typed.errors else 200
    status = 200 if live or request.method != "POST" else refused
    template = "tables/parts/live.html" if live else "tables/try.html"
    return render(request, template, context_of(challenge, asked, shown, error), status=status)


def context_of(
    challenge: Challenge, asked: Asked, shown: ShownRecord | None, error: OutclassError | None
) -> dict[str, object]:
    """Return what the templates need."""
    form: RecordForm = form_of(asked.typed)
    return {
        "challenge": challenge,
        "form": form,
        "asked": asked,
        "line": asked.text or line_of(asked.typed),
        "shown": shown,
        "error": error,
        "wrong_cells": wrong_cells(asked.typed),
        "wrong": [field for field in form.fields if field.error],
        "outside": [field for field in form.fields if field.warning],
        "version": champion_of(challenge.name),
        "guide": bool(guide_pages(challenge.name)),
        "once": one_time_token(),
    }


def wrong_cells(typed: Typed) -> list[tuple[str, str]]:
    """Return the title of each column whose value cannot be read, with the reason."""
    return [(typed.columns[place].label, text) for place, text in typed.errors.items()]


def begun(request: HttpRequest, challenge: Challenge) -> Asked:
    """Return what the page begins with: an example where there is one, unless nothing is asked for."""
    columns = asked_columns(challenge)
    blank = request.GET.get("fill") == "nothing"
    row = None if blank else example_row(challenge, columns, SystemRandom())
    if row is None:
        return Asked(typed=read_texts([""] * len(columns), columns))
    return Asked(typed=typed_row(row, columns), example=True)


def posted(request: HttpRequest, challenge: Challenge) -> Asked:
    """Return what the form brings: its fields, or a line of CSV that was pasted."""
    columns, fields = asked_columns(challenge), request.POST.dict()
    text = fields.get(PASTED, fields.get(LINE, ""))
    try:
        check_throttle(request, RECORDS)
        typed = read_line(text, columns) if PASTED in fields else read_fields(fields, columns)
    except OutclassError as problem:
        return Asked(typed=read_texts([""] * len(columns), columns), text=text, error=problem)
    return Asked(typed=typed, text=text)


def shown_record(request: HttpRequest, challenge: Challenge, typed: Typed) -> ShownRecord:
    """Ask the champion, note what somebody says of its answer, and return what the page shows."""
    reading = ask(challenge, typed.row)
    label = said_of(request, challenge, typed) if request.method == "POST" else ""
    if label:
        take(request, challenge, typed, reading, label)
    return ShownRecord(
        answer=answer_for_record(challenge, reading.prediction),
        effects=effects_of(reading.predictor, typed.row, typed.columns),
        view=record_view(challenge, typed.row, typed.columns),
        known=typed.known,
        unusual=len(typed.unusual),
        said=next((one.title for one in challenge.classes if one.name == label), ""),
        right=label == reading.prediction.answer and not reading.prediction.abstained,
        **model_and_time(reading),
    )


def model_and_time(reading: Reading) -> dict[str, str]:
    """Return which version answered, and how long that took."""
    return {"model": reading.prediction.model, "time": f"{reading.milliseconds:.1f} ms"}
