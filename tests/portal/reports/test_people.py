"""The report of who came: its figures, its tables and its words."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.urls import reverse

from analytics.queries import Cohort
from portal.views.reports.people import came_again
from tests.events.calls import report

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 18)


def at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with time_machine.travel(at("2026-03-18", 14), tick=False):
        yield


@pytest.fixture
def visits(brand, order):
    """Three people's in March: in the week from the 2nd two were new, of whom one came again; one is new today."""
    for day, who in [
        ("2026-03-03", "a"),
        ("2026-03-04", "b"),
        ("2026-03-04", "a"),
        ("2026-03-10", "a"),
        ("2026-03-18", "a"),
        ("2026-03-18", "c"),
    ]:
        report(brand, address=f"{who}@example.com", metadata={"order_id": day}, at=at(day))
    report(brand, address="t@example.com", metadata={"order_id": 1}, at=at("2026-03-18"), test=True)


def page(client, brand, query: str = "") -> str:
    address = reverse("portal:people", args=[brand.slug])
    return client.get(f"{address}?{query}").content.decode()


def file(client, brand, table: str, query: str = "") -> list[list[str]]:
    address = reverse("portal:report-csv", args=[brand.slug, "people", table])
    text = client.get(f"{address}?{query}").getvalue().decode("utf-8-sig")
    return [*csv.reader(StringIO(text))]


def test_the_cards_say_how_many_came_and_what_it_was_before(as_ann, brand, visits):
    text = page(as_ann, brand, "period=custom&first=2026-03-10&last=2026-03-18")
    people, new, returning = text.split('class="card stat"')[1:4]
    assert "<dd>2</dd>" in people
    assert "as before: 2 in the 9 days before" in people
    assert "<dd>1</dd>" in new
    assert "50.0% less than 2 in the 9 days before" in new
    assert "<dd>1</dd>" in returning
    assert "none in the 9 days before" in returning


def test_days_tell_new_people_from_returning_ones(as_ann, brand, visits):
    rows = file(as_ann, brand, "by-day", "period=custom&first=2026-03-03&last=2026-03-05")
    assert rows == [
        ["Day", "People", "New", "Returning"],
        ["2026-03-03", "1", "1", "0"],
        ["2026-03-04", "2", "1", "1"],
        ["2026-03-05", "0", "0", "0"],
    ]


def test_a_week_keeps_its_people_and_the_week_that_is_not_over_says_so(as_ann, brand, visits):
    query = "period=custom&first=2026-03-02&last=2026-03-18"
    assert file(as_ann, brand, "retention", query) == [
        ["Week of the first event", "People", "Week +1", "Week +2"],
        ["2026-03-02", "2", "1", "1"],
        ["2026-03-09", "0", "", ""],
        ["2026-03-16", "1", "", ""],
    ]
    text = page(as_ann, brand, query)
    assert "1 (50.0%)" in text
    assert "1 (50.0%, so far)" in text
    assert "16 Mar 2026, so far" in text
    over = page(as_ann, brand, "period=custom&first=2026-03-02&last=2026-03-15")
    assert "so far" not in over


def test_a_week_begins_and_ends_where_the_brand_is(as_ann, brand, order):
    # Monday already in Berlin, Sunday still in Greenwich.
    report(brand, metadata={"order_id": 1}, at=at("2026-03-15", 23))
    rows = file(as_ann, brand, "retention", "period=custom&first=2026-03-09&last=2026-03-18")
    # Weeks before anybody came are left out.
    assert [row[:2] for row in rows[1:]] == [["2026-03-16", "1"]]


def test_shares_are_summed_over_weeks_that_are_over():
    monday = date(2026, 3, 2)
    week = timedelta(days=7)
    cohorts = [
        Cohort(monday, 10, [10, 4, 3]),
        Cohort(monday + week, 30, [30, 9]),
        Cohort(monday + 2 * week, 5, [5]),
    ]
    chart = came_again(cohorts, TODAY)
    assert [cell.text for cell in chart.foot] == [
        "Weeks that are over",
        "40",
        "4 (40.0%)",
        "\N{EN DASH}",
    ]
    assert [values for _, values in chart.series] == [[40.0, 30.0], [30.0, None]]
    assert list(chart.unfinished) == [(0, 1), (1, 0)]


def test_test_people_are_seen_in_their_own_world_only(as_ann, brand, visits):
    assert file(as_ann, brand, "by-day", "period=7d")[-1] == ["2026-03-18", "2", "1", "1"]
    rows = file(as_ann, brand, "by-day", "period=7d&world=test")
    assert rows[-1] == ["2026-03-18", "1", "1", "0"]


def test_days_without_people_say_what_would_be_here(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, at=at("2025-11-03"))
    text = page(as_ann, brand)
    assert "Who has an event is counted here" in text
    assert "When people of one week have events in a later week" in text
    assert "data-chart" not in text


def test_one_event_alone_is_a_page(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, at=at("2026-03-18"))
    text = page(as_ann, brand)
    assert text.count("data-chart=") == 1
    assert "Mon 16 Mar" in text
