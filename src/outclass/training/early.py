"""What a model card says of answers out of fold, and of answers on the first nights of a series."""

from collections.abc import Mapping

from outclass.catalog.challenge import Challenge
from outclass.training.split import night_counts

COLUMNS = (("accuracy", "accuracy", ".1%"), ("flat_log_loss", "log loss, classes alike", ".4f"))


def unseen_lines(challenge: Challenge, scores: Mapping[str, float]) -> list[str]:
    """Return a table of scores by nights, over validation rows and training rows answered out of fold.

    There is none for a model that answers its training rows by nothing but itself.
    """
    if "oof_n" not in scores:
        return []
    rows = f"{scores['oof_n']:,.0f} rows"
    lines = [
        "",
        f"Over {rows}; those that it learned from are answered out of fold, by models that did not see them:",
        "",
        f"| nights | {' | '.join(title for _, title, _ in COLUMNS)} |",
        "|---|---:|---:|",
    ]
    whole, *early = night_counts(challenge)
    for nights in (*early, whole):
        prefix = f"night_{nights}" if nights else "oof"
        cells = [format(scores[f"{prefix}_{name}"], form) for name, _, form in COLUMNS]
        lines.append(f"| {nights or 'all'} | {' | '.join(cells)} |")
    return lines
