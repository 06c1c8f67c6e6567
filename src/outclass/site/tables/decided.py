"""Which values decided about the record of a settled round, as its first adviser that is still here says."""

from dataclasses import dataclass

from outclass.catalog.challenge import Challenge, InputKind
from outclass.site.play.advice import shown, site_advisers
from outclass.site.play.board import top_class
from outclass.site.play.models import Round
from outclass.site.play.pool import pools
from outclass.site.tables.coding import recoded, titled
from outclass.site.tables.effects import Effects, effects_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRecord:
    """What an adviser answered, and why."""

    title: str
    model: str
    answer: str
    share: float
    effects: Effects


def decided_on_record(challenge: Challenge, round_: Round) -> DecidedRecord | None:
    """Return why the first adviser whose version still answers said what it said; None where none does."""
    if challenge.input.kind is not InputKind.TABLE:
        return None
    pool = pools().version(round_.deal.challenge, round_.deal.data_version)
    table = pool.record(round_.object_id) if pool and round_.object_id in pool.places else None
    if table is None:
        return None
    for said in shown(round_.advice):
        predictor = site_advisers().champion(said["name"])
        if predictor is None or predictor.version.reference != said["model"]:
            continue
        answer, share = top_class(challenge, said)
        read = predictor.version.signature.input.columns
        row = recoded(table.values, table.columns, read)[0]
        return DecidedRecord(
            title=said["title"],
            model=said["model"],
            answer=answer,
            share=share,
            effects=effects_of(predictor, row, titled(read, challenge)),
        )
    return None
