"""The report of how long answers took."""

from datetime import timedelta

import pytest

from analytics.models import Call
from analytics.services.answers import Counter
from tests.portal.conftest import NOON
from tests.portal.reports.conftest import chart_of, rows_of, stats_of

PAGE = "response-times"
DAY = timedelta(days=1)


@pytest.fixture
def answered(brand):
    """So many calls were answered, each in so many milliseconds."""

    def write(milliseconds: float, calls: int = 1, *, at=NOON, call: Call = Call.EVENT) -> None:
        counter = Counter()
        for _ in range(calls):
            counter.count(
                brand=brand.pk,
                zone=brand.zone,
                call=call,
                seconds=milliseconds / 1000,
                at=at.timestamp(),
            )
        counter.write()

    return write


@pytest.fixture(autouse=True)
def connected(order, happened):
    happened(order, NOON)


def test_percentiles_and_calls_are_said_by_day_and_beside_the_days_before(ask, answered):
    answered(20, 96)
    answered(80, 4)
    answered(20, 10, at=NOON - DAY)
    answered(40, 10, at=NOON - 8 * DAY)
    page = ask(PAGE, period="7d")
    assert stats_of(page) == {
        "Single events answered": "110",
        "Half of them within (p50)": "19.9",
        "95 of 100 within (p95)": "19.9",
        "99 of 100 within (p99)": "79.5",
    }
    chart = chart_of(page, "event")
    assert chart.labels[-2:] == ["2026-03-17", "2026-03-18"]
    assert [values[-3:] for _, values in chart.series] == [
        [None, 19.9, 19.9],
        [None, 19.9, 19.9],
        [None, 19.9, 79.5],
    ]
    assert [row[1] for row in rows_of(chart)[-3:]] == [0, 10, 100]
    assert "shorter than 39.7 ms in the 7 days before" in page.text


def test_one_day_is_shown_by_hours_as_long_as_they_are_kept(ask, answered):
    answered(20, 3)
    chart = chart_of(ask(PAGE, period="custom", first="2026-03-18", last="2026-03-18"), "event")
    assert (chart.head[0], len(chart.labels)) == ("Hour", 24)
    assert [row[1] for row in rows_of(chart)].index(3) == 13
    later = ask(PAGE, NOON + 40 * DAY, period="custom", first="2026-03-18", last="2026-03-18")
    assert [row[:2] for row in rows_of(chart_of(later, "event"))] == [["2026-03-18", 3]]


def test_kinds_of_calls_have_charts_of_their_own_once_there_are_some(ask, answered):
    answered(5)
    names = ["event", "calls", "calls-over-time"]
    assert [chart.name for chart in ask(PAGE).context["page"].charts] == names
    answered(500, call=Call.BATCH)
    answered(3, call=Call.READ)
    page = ask(PAGE)
    assert [chart.name for chart in page.context["page"].charts][:3] == ["event", "batch", "read"]
    kinds = [row[0] for row in rows_of(chart_of(page, "calls"))]
    assert kinds == ["Single events", "Batches", "Reading back"]


def test_before_the_first_call_the_page_says_when_figures_come(ask):
    page = ask(PAGE)
    assert page.text.count("Figures come within a minute of the first call.") == 1
    assert set(stats_of(page).values()) == {"\N{EN DASH}", "0"}


def test_the_table_is_a_file(ask, table, answered):
    answered(20)
    answered(1234, at=NOON - DAY)
    yesterday, today = table(PAGE, "event", period="7d")[-2:]
    assert yesterday == ["2026-03-17", "1", "1270", "1270", "1270"]
    assert today == ["2026-03-18", "1", "19.9", "19.9", "19.9"]
