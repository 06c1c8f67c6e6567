"""What looks wrong with a version of the data, as `outclass data check` tells it."""

from outclass.base.errors import MissingExtraError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.dataset import DatasetVersion
from outclass.cli.output import print_table, say
from outclass.registry.store import Registry
from outclass.registry.suspects import SuspectReport, write_report
from outclass.training.suspects import can_be_checked, find_suspects

SHOWN = 10


def check(data: DatasetVersion, settings: Settings) -> SuspectReport | None:
    """Look for what is wrong with the champion's help, and keep the report; None where it cannot help."""
    try:
        champion = Registry(settings).champion(data.challenge)
    except (NotFoundError, MissingExtraError):
        return None
    if not can_be_checked(champion, data):
        return None
    report = find_suspects(champion, data)
    write_report(champion, report, settings)
    return report


def tell(report: SuspectReport | None, challenge: str) -> None:
    """Say what was found."""
    if report is None:
        say("labels were not looked at: the champion did not learn from this version")
        say(f"train on it first: outclass train {challenge}")
        return
    say(f"{report.labels:,} of {report.objects:,} labels look wrong to models that did not see them")
    if report.listed:
        rows = [
            (one.object_id, one.label, one.given, one.suggested, one.likelier)
            for one in report.listed[:SHOWN]
        ]
        print_table(("object", "label", "its probability", "looks like", "with"), rows)
    if report.looked_for_repeats:
        say(f"{report.repeats:,} objects are nearly the same as one on another side of the split")
    for column in report.columns:
        say(
            f"column {column.name} alone tells the label of {column.percent} of the objects: "
            "is it known before the label is?"
        )
    if not report.is_clean:
        say(f"more, and the queue in which people check labels: /lab/{challenge}/suspects/ on the site")
