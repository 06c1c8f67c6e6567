"""What the model is asked of late beside the objects that it was measured on."""

from collections.abc import Mapping

from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.content import Inputs
from outclass.charts.specs import Bars, Chart
from outclass.feedback.drift import (
    Drift,
    Statistic,
    compare_traffic,
    drawing_statistics,
    live_traffic,
    text_statistics,
    traffic_of,
)
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.site.database import shared_database
from outclass.site.lab.answers import Answers
from outclass.site.lab.records import compare_columns, reference_of, statistics_of_records

DAYS = 30.0


def drifts_of(challenge: Challenge, answers: Answers) -> list[Drift]:
    """Compare the predictions of the last month with the champion's answers to labelled objects."""
    statistics = statistics_of(challenge)
    names, is_table = challenge.class_names, isinstance(answers.inputs, ColumnTable)
    reference = traffic_of(
        [names[place] for place in answers.said.tolist()],
        answers.probabilities.max(axis=1).tolist(),
        contents_of(answers.inputs),
        {} if is_table else statistics,
    )
    live = live_traffic(shared_database(), challenge.name, days=DAYS, statistics=statistics)
    drifts = compare_traffic(reference, live, names)
    if isinstance(answers.inputs, ColumnTable):
        known = reference_of(challenge, answers.inputs, list(statistics))
        drifts += compare_columns(challenge, known, live.statistics)
    return drifts


def statistics_of(challenge: Challenge) -> Mapping[str, Statistic]:
    """Return the numbers of inputs that can be had of labelled objects as of requests."""
    match challenge.input.kind:
        case InputKind.TEXT:
            return text_statistics()
        case InputKind.DRAWING:
            return drawing_statistics()
        case InputKind.TABLE:
            return statistics_of_records(challenge)
        case _:
            return {}


def contents_of(inputs: Inputs) -> list[bytes | None]:
    """Return inputs in the form in which those of requests are kept."""
    match inputs:
        case TextTable():
            return [text.encode() for text in inputs]
        case SeriesTable() | PhotoTable() | ColumnTable():
            return []
        case _:
            return [picture.tobytes() for picture in inputs]


def charts_of(challenge: Challenge, drifts: list[Drift]) -> list[Chart]:
    """Return a chart of shares for each thing that was counted on both sides."""
    titles = {label.name: label.title for label in challenge.classes}
    return [
        Bars(
            title=f"{drift.name}: labelled objects, and the last {DAYS:.0f} days",
            categories=[titles.get(share.name, share.name) for share in drift.shares],
            series={
                "labelled": [round(share.reference_share, 4) for share in drift.shares],
                "asked": [round(share.live_share, 4) for share in drift.shares],
            },
            label="share",
            beside=True,
        )
        for drift in drifts
        if drift.shares
    ]
