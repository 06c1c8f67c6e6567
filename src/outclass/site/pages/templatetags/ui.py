"""Bars and charts in templates, and numbers as people read them."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString, mark_safe

from outclass.charts import svg
from outclass.charts.bands import BandStyle
from outclass.charts.curve import SHAPES

DASH = "\u2013"
register = template.Library()


@register.simple_tag
def bar(share: float, kind: str = "you") -> SafeString:
    """Draw a bar filled to a share of 0 to 1."""
    return mark_safe(svg.bar(float(share), kind))  # noqa: S308 (numbers and an escaped class name)


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """Draw a line of values."""
    return mark_safe(svg.sparkline(values, label))  # noqa: S308 (numbers and an escaped label)


@register.simple_tag
def reliability(bins: Sequence[svg.ReliabilityBin | tuple[float, float, int]]) -> SafeString:
    """Draw a reliability diagram of (mean confidence, accuracy, count) bins."""
    rows = [
        b
        if isinstance(b, svg.ReliabilityBin)
        else svg.ReliabilityBin(confidence=b[0], accuracy=b[1], count=b[2])
        for b in bins
    ]
    return mark_safe(svg.reliability(rows))  # noqa: S308 (numbers only)


@register.filter
def shape(style: BandStyle) -> SafeString:
    """Return the shape of a band's marks, as the end of a path."""
    return mark_safe(SHAPES[style.marker])  # noqa: S308 (a constant)


@register.filter
def cents(amount: int) -> float:
    """Return dollars of cents, or a factor of per cents."""
    return amount / 100


@register.filter
def dollars(amount: float | str | None) -> str:
    """Write dollars of play money, cents only where there are any: $82, $1,234, -$4.50."""
    if amount is None or amount == "":
        return DASH
    value = float(amount)
    sign, size = "-" if value < 0 else "", abs(value)
    return f"{sign}${size:,.0f}" if abs(size - round(size)) < 0.005 else f"{sign}${size:,.2f}"


@register.filter
def percent(share: float | str | None, digits: int = 1) -> str:
    """Write a share of 0 to 1 in percent; never 100 % or 0 % by rounding alone."""
    if share is None or share == "":
        return DASH
    value, step = 100 * float(share), 10.0**-digits
    if value < 100 and round(value, digits) >= 100:
        return f"> {100 - step:.{digits}f} %"
    if value > 0 and round(value, digits) <= 0:
        return f"< {step:.{digits}f} %"
    return f"{value:.{digits}f} %"


@register.filter
def payout(factor: float | None) -> str:
    """Write what one dollar pays, or that the class is not dealt."""
    return "not dealt" if not factor else f"{float(factor):.2f}\u00d7"


@register.filter
def signed(score: float | None) -> str:
    """Write a score with its sign, one digit after the point."""
    return DASH if score is None else f"{float(score):+.1f}".replace("-", "\u2212")
