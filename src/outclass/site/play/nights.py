"""What the advisers say of an object after its first nights, as small charts: one for each likely class."""

from collections.abc import Sequence

import numpy as np
from django.utils.safestring import SafeString, mark_safe

from outclass.charts.nights import Panel, nights_svg
from outclass.site.play.advice import Speaker, speakers
from outclass.site.play.models import Round
from outclass.site.play.pool import Pool

MOST_PANELS = 6
LEAST_SHARE = 0.05


def nights_panel(pool: Pool, round_: Round) -> SafeString:
    """Return the charts of a settled round; nothing where no model speaks."""
    cuts = [bet.nights for bet in pool.challenge.game.early] + [0]
    said = [speakers(pool, [round_.object_id], round_.deal.dealing, nights=cut) for cut in cuts]
    said = [[one for one in each if one.shown] for each in said]
    if not said[0] or len({tuple(one.adviser for one in each) for each in said}) > 1:
        return SafeString()
    panels = make_panels(pool, round_.truth, said)
    names = [f"{cut}" if cut else "all" for cut in cuts]
    titles = [one.title for one in said[0]]
    return mark_safe(nights_svg(panels, names, titles))  # noqa: S308 (numbers and escaped names)


def make_panels(pool: Pool, truth: str, said: Sequence[Sequence[Speaker]]) -> list[Panel]:
    """Return a chart for the truth and for each class that an adviser ever thought likely."""
    shares = np.array([[one.probabilities[0] for one in each] for each in said])
    peaks = shares.max(axis=(0, 1))
    names = pool.challenge.class_names
    order = sorted(range(len(names)), key=lambda i: (names[i] != truth, -peaks[i]))
    return [
        Panel(
            title=pool.challenge.classes[i].title,
            is_truth=names[i] == truth,
            lines=tuple(tuple(shares[:, adviser, i].tolist()) for adviser in range(shares.shape[1])),
        )
        for i in order[:MOST_PANELS]
        if names[i] == truth or peaks[i] >= LEAST_SHARE
    ]
