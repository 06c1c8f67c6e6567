"""Whether a light curve repeats, and at what period to fold it."""

from outclass.charts.dips import find_dips
from outclass.charts.period import Period, find_pulsation
from outclass.inputs.series import Series


def find_period(series: Series) -> Period | None:
    """Return the period of pulsations or, where there are none, of dips; None where nothing repeats."""
    return find_pulsation(series) or find_dips(series)
