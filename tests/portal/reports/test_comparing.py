"""More or less than before, in words."""

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from analytics.queries import Period
from portal.views.reports.comparing import change, compared, shares_compared

WEEK = Period(date(2026, 3, 12), date(2026, 3, 18), ZoneInfo("UTC"))
TODAY = Period(date(2026, 3, 18), date(2026, 3, 18), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (0, 0, "none in the 7 days before"),
        (5, 0, "none in the 7 days before"),
        (5, None, "none in the 7 days before"),
        (None, 5, "before: 5 in the 7 days before"),
        (5, 5, "as before: 5 in the 7 days before"),
        (0, 5, "↓\u00a0100.0% less than 5 in the 7 days before"),
        (15, 10, "↑\u00a050.0% more than 10 in the 7 days before"),
        (100_000, 100_001, "nearly the same as 100,001 in the 7 days before"),
        (50_000, 1, "↑\u00a050,000 times the 1 in the 7 days before"),
        (-5, 10, "↓\u00a0150.0% less than 10 in the 7 days before"),
    ],
)
def test_counts(now, before, said):
    assert compared(now, before, WEEK) == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (None, None, "none on the day before"),
        (None, Fraction(1, 2), "before: 50.0% on the day before"),
        (Fraction(1, 2), Fraction(1, 2), "as before: 50.0% on the day before"),
        (Fraction(2, 3), Fraction(1, 3), "↑\u00a033.3 points above 33.3% on the day before"),
        (Fraction(0), Fraction(1), "↓\u00a0100.0 points below 100.0% on the day before"),
    ],
)
def test_shares(now, before, said):
    assert shares_compared(now, before, TODAY) == said


@pytest.mark.parametrize(
    ("now", "before", "text", "value"),
    [
        (1, 0, "\N{EN DASH}", "None"),
        (2, 1, "+100.0%", "100.0"),
        (1, 2, "\N{MINUS SIGN}50.0%", "-50.0"),
        (2, 2, "0.0%", "0.0"),
        (99_999, 100_000, "0.0%", "0.0"),
        (1_000_000, 1, "+99,999,900.0%", "99999900.0"),
    ],
)
def test_a_change(now, before, text, value):
    cell = change(now, before)
    assert (cell.text, f"{cell.value}") == (text, value)
