"""How a figure stands to the one before, in words."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from analytics.queries import Period
from portal.views.reports.chart import HUNDRED, Cell, nothing, percent

MANY = 10
# Never left behind at the end of a line.
UP, DOWN = "\N{UPWARDS ARROW}\N{NO-BREAK SPACE}", "\N{DOWNWARDS ARROW}\N{NO-BREAK SPACE}"


def days_said(period: Period) -> str:
    """On the day before, in the 30 days before."""
    return "on the day before" if period.length == 1 else f"in the {period.length} days before"


def whole(number: int) -> str:
    return f"{number:,}"


def compared(
    now: int | None,
    before: int | None,
    period: Period,
    said: Callable[[int], str] = whole,
    words: tuple[str, str] = ("more", "less"),
) -> str:
    """More or less than before, and what that was."""
    when = days_said(period)
    if not before:
        return f"none {when}"
    than = f"{said(before)} {when}"
    if now == before:
        return f"as before: {than}"
    if now is None:
        return f"before: {than}"
    return f"{ratio_said(Fraction(now, before), *words)} {than}"


def ratio_said(ratio: Fraction, more: str, less: str) -> str:
    if ratio >= MANY:
        return f"{UP}{float(ratio):,.0f} times the"
    change = f"{percent(abs(ratio - 1)):.1f}"
    if change == "0.0":
        return "nearly the same as"
    return f"{UP}{change}% {more} than" if ratio > 1 else f"{DOWN}{change}% {less} than"


def shares_compared(now: Fraction | None, before: Fraction | None, period: Period) -> str:
    """Shares differ by points of a hundred, not by percent."""
    when = days_said(period)
    if before is None:
        return f"none {when}"
    than = f"{percent(before):.1f}% {when}"
    if now is None:
        return f"before: {than}"
    points = f"{abs(percent(now) - percent(before)):.1f}"
    if points == "0.0":
        return f"as before: {than}"
    side = UP + "{} points above" if now > before else DOWN + "{} points below"
    return f"{side.format(points)} {than}"


def change(now: int | None, before: int | None) -> Cell:
    """By how much of a hundred it grew. Nothing where there was nothing before."""
    if now is None or not before:
        return nothing()
    # Never a negative nought.
    grown = Decimal(f"{float(Fraction(now - before, before) * HUNDRED):.1f}") + 0
    sign = "+" if grown > 0 else "\N{MINUS SIGN}" if grown < 0 else ""
    return Cell(grown, f"{sign}{abs(grown):,}%")
