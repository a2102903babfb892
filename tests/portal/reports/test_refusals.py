"""Who gets refused, and why?"""

from datetime import timedelta

import pytest
import time_machine

from events.models import EventType
from tests.events.calls import report
from tests.portal.conftest import NOON
from tests.portal.reports.conftest import chart_of, rows_of, stats_of

DAY = timedelta(days=1)


@pytest.fixture
def review(brand) -> EventType:
    return EventType.objects.create(brand=brand, key="review", name="Review", position=2)


@pytest.fixture
def week(order, review, happened) -> None:
    happened(order, NOON, NOON - 2 * DAY)
    happened(order, NOON, NOON, NOON - 7 * DAY, status="cooldown")
    happened(order, NOON, status="no_reward", reason="business_key_missing")
    happened(review, NOON - 2 * DAY, status="no_reward", reason="event_type_off")
    happened(review, NOON - 8 * DAY, NOON - 8 * DAY, status="no_reward", reason="event_type_off")
    happened(order, NOON, status="cooldown", test=True)


def test_refusals_by_decision_and_reason(ask, table, week):
    answer = ask("refusals", period="7d")
    assert stats_of(answer) == {
        "Refused": "4",
        "Refused, of all events": "66.7%",
        "Most often because of": "Cooldown",
    }
    reasons = table("refusals", "reasons", period="7d")
    assert reasons[0] == [
        "Decision",
        "Reason",
        "Refused",
        "Of all refusals, %",
        "Before",
        "Change, %",
    ]
    assert reasons[1:] == [
        ["cooldown", "", "2", "50.0", "1", "100.0"],
        ["no_reward", "event_type_off", "1", "25.0", "2", "-50.0"],
        ["no_reward", "business_key_missing", "1", "25.0", "0", ""],
    ]
    said = [[cell.text for cell in row[:2]] for row in chart_of(answer, "reasons").rows()]
    assert said[1] == ["No reward", "The event type is switched off"]


def test_a_decision_leads_to_its_events(ask, as_ann, brand, order):
    for at in (NOON, NOON, NOON - 2 * DAY, NOON - 7 * DAY):
        report(brand, metadata={"order_id": 1}, at=at)
    report(brand, at=NOON)
    chart = chart_of(ask("refusals", period="7d", event_type="order"), "reasons")
    link = next(row[0].link for row in chart.rows() if row[0].value == "duplicate")
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        rows = as_ann.get(link).context["page"].rows
    assert [row.received_at for row in rows] == [NOON, NOON - 2 * DAY]
    assert {row.status for row in rows} == {"duplicate"}


def test_refusals_by_event_type(ask, table, week):
    assert table("refusals", "event-types", period="7d")[1:] == [
        ["Order placed", "order", "5", "3", "60.0", "1", "200.0"],
        ["Review", "review", "1", "1", "100.0", "2", "-50.0"],
    ]
    assert chart_of(ask("refusals", period="7d"), "event-types").data["labels"] == [
        "Order placed",
        "Review",
    ]


def test_the_rate_has_a_gap_where_nothing_was_reported(ask, table, week):
    rate = chart_of(ask("refusals", period="7d"), "rate").data
    assert (rate["kind"], rate["unit"]) == ("lines", "percent")
    assert rate["series"] == [{"name": "rewarded", "values": [None] * 4 + [50.0, None, 25.0]}]
    assert table("refusals", "rate", period="7d")[-2:] == [
        ["2026-03-17", "0", "0", "0", ""],
        ["2026-03-18", "4", "1", "3", "25.0"],
    ]


def test_nothing_rewarded_is_a_line_and_not_an_empty_page(ask, order, happened):
    happened(order, NOON, status="cooldown")
    answer = ask("refusals", period="7d")
    assert not chart_of(answer, "rate").is_empty


def test_nothing_refused_says_so(ask, order, happened):
    happened(order, NOON)
    answer = ask("refusals")
    assert "Nothing was refused. Where something is, its reason is here." in answer.text
    assert stats_of(answer)["Most often because of"] == "\N{EN DASH}"
    assert chart_of(answer, "reasons").is_empty


def test_the_ten_most_refused_are_drawn_apart(ask, brand, happened):
    for n in range(12):
        each = EventType.objects.create(brand=brand, key=f"type-{n}", name=f"Type {n}")
        happened(each, *[NOON] * (12 - n), status="cooldown")
    answer = ask("refusals")
    chart = chart_of(answer, "event-types")
    assert chart.labels == [*(f"Type {n}" for n in range(10)), "others"]
    assert chart.series[0][1][-1] == 3
    assert len(rows_of(chart)) == 12
