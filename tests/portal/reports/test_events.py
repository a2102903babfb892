"""What did last week cost, per order?"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.models import EventType
from tests.events.calls import report
from tests.portal.conftest import NOON
from tests.portal.reports.conftest import chart_of, rows_of, stats_of

DAY = timedelta(days=1)
HOSTILE = "=<img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def review(brand) -> EventType:
    return EventType.objects.create(brand=brand, key="review", name=HOSTILE, position=2)


def test_what_last_week_cost_per_order(ask, table, order, review, happened):
    happened(order, NOON, NOON - DAY, NOON - 6 * DAY)
    happened(order, NOON, status="duplicate")
    happened(review, NOON - DAY, paid=1_234_567_05)
    happened(order, NOON - 7 * DAY)
    # A day more than the two weeks.
    happened(order, NOON - 14 * DAY)
    answer = ask(period="7d")
    assert stats_of(answer) == {
        "Events": "5",
        "Rewarded": "80.0%",
        "Credited": "1,234,597.05",
        "Cost per reward": "308,649.26",
    }
    head, *rows = table("events", "costs", period="7d")
    assert head[:4] == ["Event type", "Key", "Events", "Rewarded"]
    assert rows == [
        # In a spreadsheet it stays text.
        [f"'{HOSTILE}", "review", "1", "1", "1234567.05", "1234567.05", "1234567.05", "0.00", ""],
        ["Order placed", "order", "4", "3", "30.00", "10.00", "7.50", "10.00", "200.0"],
    ]
    assert "&lt;img src=x onerror=alert(1)&gt;\\u202e" in answer.text
    assert "<img src=x" not in answer.text


def test_the_figures_above_say_how_it_was_before(ask, order, happened):
    happened(order, NOON, NOON, NOON)
    happened(order, NOON - 7 * DAY, NOON - 8 * DAY)
    happened(order, NOON, status="duplicate")
    said = {each.label: each.by for each in ask(period="7d").context["page"].stats}
    assert said == {
        "Events": "↑\u00a0100.0% more than 2 in the 7 days before",
        "Rewarded": "↓\u00a025.0 points below 100.0% in the 7 days before",
        "Credited": "↑\u00a050.0% more than 20.00 in the 7 days before",
        "Cost per reward": "as before: 10.00 in the 7 days before",
    }


def test_a_figure_that_a_card_has_no_room_for_is_written_smaller(ask, order, happened):
    happened(order, NOON, paid=1_234_567_05)
    assert 'class="long"' not in ask(period="7d").text
    happened(order, NOON, paid=10_000_000_00)
    assert '<dd class="long">11,234,567.05' in ask(period="7d").text


def test_an_event_type_leads_to_its_events_of_the_same_days(ask, as_ann, brand, order):
    midnight = datetime(2026, 3, 11, 23, 0, tzinfo=UTC)
    for n, at in enumerate((midnight - timedelta(microseconds=1), midnight, NOON)):
        report(brand, metadata={"order_id": n}, at=at)
    report(brand, metadata={"order_id": 9}, at=NOON, test=True)
    link = next(chart_of(ask(period="7d"), "costs").rows())[0].link
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        page = as_ann.get(link).context["page"]
    assert [row.received_at for row in page.rows] == [NOON, midnight]


def test_one_event_type_alone(ask, order, review, happened):
    happened(order, NOON)
    happened(review, NOON, NOON)
    answer = ask(event_type="review")
    assert stats_of(answer)["Events"] == "2"
    assert [row[1] for row in rows_of(chart_of(answer, "costs"))] == ["review"]


def test_days_are_drawn_by_event_type(ask, table, order, review, happened):
    happened(order, NOON - DAY, NOON)
    happened(review, NOON, paid=5)
    credited = chart_of(ask(period="7d"), "credited").data
    assert (credited["kind"], credited["unit"], credited["dates"]) == ("stack", "rsnc", True)
    assert credited["labels"][-2:] == ["2026-03-17", "2026-03-18"]
    assert credited["series"] == [
        {"name": "Order placed", "values": [0, 0, 0, 0, 0, 10_00, 10_00]},
        {"name": HOSTILE.replace("\u202e", "\\u202e"), "values": [0, 0, 0, 0, 0, 0, 5]},
    ]
    assert table("events", "credited", period="7d")[-1] == ["2026-03-18", "10.05", "10.00", "0.05"]
    assert table("events", "events", period="7d")[-1] == ["2026-03-18", "2", "1", "1"]


def test_the_ten_that_cost_most_are_drawn_apart_and_all_are_in_the_table(ask, brand, happened):
    for n in range(12):
        each = EventType.objects.create(brand=brand, key=f"type-{n}", name=f"Type {n}")
        happened(each, NOON, paid=100 - n)
    answer = ask(period="7d")
    series = chart_of(answer, "credited").series
    assert [name for name, _ in series] == [*(f"Type {n}" for n in range(10)), "others"]
    assert series[-1][1][-1] == 90 + 89
    assert "the others are one colour" in answer.text
    costs = rows_of(chart_of(answer, "costs"))
    assert [row[1] for row in costs] == [f"type-{n}" for n in range(12)]


def test_eleven_are_all_drawn(ask, brand, happened):
    for n in range(11):
        each = EventType.objects.create(brand=brand, key=f"type-{n}", name=f"Type {n}")
        happened(each, NOON)
    names = [name for name, _ in chart_of(ask(period="7d"), "events").series]
    assert (len(names), "others" in names) == (11, False)


def test_a_day_is_drawn_by_its_hours(ask, table, order, happened):
    # The clock goes back at three: there are two hours from two to three, and 25 hours.
    later = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    happened(order, twice, twice + timedelta(hours=1), twice + timedelta(hours=1))
    query = {"first": "2026-10-25", "last": "2026-10-25"}
    chart = chart_of(ask(at=later, **query), "events")
    assert len(chart.labels) == 25
    assert chart.series == [("Order placed", [0, 0, 1, 2, *[0] * 21])]
    rows = table("events", "events", at=later, **query)
    assert rows[3:5] == [
        ["2026-10-25T02:00:00+02:00", "1", "1"],
        ["2026-10-25T02:00:00+01:00", "2", "2"],
    ]
    said = [row[0].text for row in chart.rows()][2:4]
    assert said == ["Sun 25 Oct, 02:00", "Sun 25 Oct, 02:00 (+0100)"]


@pytest.mark.parametrize(("last", "hours"), [("2026-03-17", 48), ("2026-03-18", 3)])
def test_more_than_two_days_are_drawn_by_days(ask, order, happened, last, hours):
    happened(order, NOON)
    assert len(chart_of(ask(first="2026-03-16", last=last), "events").labels) == hours
