"""Spending: where the brand's credits were spent, and whose were spent here."""

from datetime import timedelta
from itertools import count

import pytest

from brands.models import Brand
from portal.views.reports.figures import MOST
from tests.portal.conftest import NOON
from tests.portal.reports.conftest import chart_of, rows_of, stats_of
from tests.portal.test_pages_queries import QUERIES
from tests.wallets.test_spending import capture, earn, reserve, spend

DAY = timedelta(days=1)
WEEK = {"period": "7d"}
people = count()
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e{} %{y}"


def spent(issuer: Brand, at: Brand, amount: int, *, days_ago: int = 0, **more) -> None:
    """Somebody else's each time, so that nothing older is in the way."""
    wallet = earn(issuer, f"p{next(people)}@example.com", at=NOON - 40 * DAY, **more)
    spend(at, wallet, amount, at=NOON - days_ago * DAY)


@pytest.fixture
def harbour(db) -> Brand:
    return Brand.objects.create(name="Harbour Books", slug="harbour", time_zone="America/New_York")


@pytest.fixture
def spendings(brand, other_brand, harbour) -> None:
    spent(brand, brand, 5_00)
    spent(brand, other_brand, 4_00, days_ago=1)
    spent(other_brand, brand, 3_00, days_ago=1)
    spent(other_brand, brand, 50, days_ago=6)
    spent(harbour, brand, 6_01, days_ago=6)
    # In the seven days before.
    spent(brand, brand, 10_00, days_ago=7)
    spent(brand, other_brand, 2_00, days_ago=13)
    # Before those, between others, held only, and in the other world.
    spent(brand, brand, 7_00, days_ago=14)
    spent(other_brand, harbour, 9_99)
    spent(other_brand, other_brand, 8_88)
    reserve(other_brand, earn(brand, "held@example.com"), 9_00)
    spent(harbour, brand, 1_11, test=True)


def test_the_figures_say_both_sides_beside_the_days_before(ask, spendings):
    page = ask("spending", **WEEK)
    assert stats_of(page) == {
        "Our credits spent": "9.00",
        "Spent here": "14.51",
        "We owe other brands": "4.00",
        "Other brands owe us": "9.51",
    }
    text = page.text
    assert (
        "5.00 here, 4.00 at other brands · ↓\u00a025.0% less than 12.00 in the 7 days before"
        in text
    )
    assert "5.00 of ours, 9.51 of other brands&#x27; · ↑\u00a045.1% more than 10.00" in text
    assert "before settlement · ↑\u00a0100.0% more than 2.00 in the 7 days before" in text
    assert "before settlement · none in the 7 days before" in text
    for between_others in ("9.99", "8.88"):
        assert between_others not in text


def test_what_flows_where_is_a_table_and_a_file(ask, table, spendings):
    head = ["From", "To", "RSNC", "Before, RSNC", "Change, %"]
    rows = [
        ["Our credits", "Spent here", "5.00", "10.00", "-50.0"],
        ["Our credits", "Spent at Fjell Outdoor", "4.00", "2.00", "100.0"],
        ["Harbour Books", "Spent here", "6.01", "0.00", ""],
        ["Fjell Outdoor", "Spent here", "3.50", "0.00", ""],
    ]
    assert table("spending", "flow", **WEEK) == [head, *rows]
    drawn = chart_of(ask("spending", **WEEK), "flow").data
    assert [
        [drawn["labels"][start], drawn["labels"][end], amount]
        for start, end, amount in drawn["flows"]
    ] == [[start, end, int(amount.replace(".", ""))] for start, end, amount, *_ in rows]
    hues = dict(zip(drawn["labels"], drawn["hues"], strict=True))
    assert hues["Fjell Outdoor"] == hues["Spent at Fjell Outdoor"] != hues["Harbour Books"]


def test_it_is_said_by_day_and_of_one_day_by_hour(table, spendings):
    rows = table("spending", "over-time", **WEEK)
    assert rows[0] == [
        "Day",
        "Ours, spent here, RSNC",
        "Other brands', spent here, RSNC",
        "Ours, spent at other brands, RSNC",
    ]
    assert (rows[1], rows[6], rows[7]) == (
        ["2026-03-12", "0.00", "6.51", "0.00"],
        ["2026-03-17", "0.00", "3.00", "4.00"],
        ["2026-03-18", "5.00", "0.00", "0.00"],
    )
    hours = table("spending", "over-time", first="2026-03-17", last="2026-03-17")
    assert len(hours) == 1 + 24
    assert hours[14] == ["2026-03-17T13:00:00+01:00", "0.00", "3.00", "4.00"]


def test_it_is_said_who_owes_whom(ask, table, brand, other_brand, harbour, spendings):
    rows = table("spending", "brands", **WEEK)
    assert rows[0][:3] == ["Brand", "Who owes", "Difference, RSNC"]
    assert rows[1:] == [
        ["Fjell Outdoor", "We owe them", "0.50", "4.00", "3.50"],
        ["Harbour Books", "They owe us", "6.01", "0.00", "6.01"],
    ]
    spent(brand, harbour, 6_01)
    rows = rows_of(chart_of(ask("spending", **WEEK), "brands"))
    assert rows[0][:2] == ["Harbour Books", "Even"]


def test_the_other_world_is_apart(ask, spendings):
    page = ask("spending", world="test", **WEEK)
    assert [*stats_of(page).values()] == ["0.00", "1.11", "0.00", "1.11"]


def test_what_was_only_before_has_a_row_and_no_place_in_the_picture(ask, table, brand, other_brand):
    spent(brand, brand, 5_00)
    spent(brand, other_brand, 1_00, days_ago=7)
    assert table("spending", "flow", **WEEK)[2] == [
        *("Our credits", "Spent at Fjell Outdoor"),
        *("0.00", "1.00", "-100.0"),
    ]
    assert chart_of(ask("spending", **WEEK), "flow").labels == ["Our credits", "Spent here"]


def test_many_brands_are_one_on_each_side_and_each_in_the_table(
    ask, table, brand, django_assert_num_queries
):
    for n in range(MOST + 2):
        partner = Brand.objects.create(name=f"Partner {n}", slug=f"partner-{n}")
        spent(brand, partner, 5_00 - n)
        spent(partner, brand, 4_00 + n)
    rows = table("spending", "flow", **WEEK)[1:]
    assert rows[0][1] == "Spent at Partner 0"
    assert [row[:3] for row in rows if row[1] == "Spent at others"] == [
        ["Our credits", "Spent at others", "9.79"]
    ]
    assert rows[-1][:3] == ["Others", "Spent here", "8.01"]
    assert len(rows) == 2 * (MOST + 1)
    assert len(table("spending", "brands", **WEEK)) == 1 + MOST + 2
    # As many as for a brand alone.
    with django_assert_num_queries(QUERIES["spending"]):
        page = ask("spending", **WEEK)
    drawn = chart_of(page, "flow")
    assert sum(amount for *_, amount in drawn.flows) == sum(
        row[3] * 100 + row[4] * 100 for row in rows_of(chart_of(page, "brands"))
    )


def test_a_brand_may_be_called_anything(ask, brand, other_brand):
    for n, name in enumerate((HOSTILE, "Our credits", "Spent here", "Others")):
        partner = Brand.objects.create(name=name, slug=f"hostile-{n}")
        spent(partner, brand, 1_00)
        spent(brand, partner, 2_00)
    page = ask("spending", **WEEK)
    assert "<img" not in page.text
    assert "\u202e" not in page.text
    drawn = chart_of(page, "flow").data
    assert len(drawn["labels"]) == len(set(drawn["labels"])) + 2 == 10
    assert "Spent at </script><img src=x onerror=alert(1)>\\u202e{} %{y}" in drawn["labels"]
    assert len(drawn["flows"]) == 8


def test_while_nothing_is_spent_it_is_said_what_will_be_here(ask, brand):
    earn(brand)
    text = ask("spending").text
    assert "Nobody has spent credits here, and none of yours were spent elsewhere" in text
    assert "it is said here who owes whom" in text
    assert "The first event of all" not in text


def test_others_credits_are_seen_where_no_event_was_ever_reported(ask, brand, other_brand):
    assert "Nothing was reported yet" in ask("spending").text
    spent(other_brand, brand, 2_00)
    page = ask("spending")
    assert "Nothing was reported yet" not in page.text
    assert stats_of(page)["Other brands owe us"] == "2.00"


def test_it_counts_once_it_is_captured(ask, brand):
    made = reserve(brand, earn(brand), 2_00)
    assert stats_of(ask("spending"))["Spent here"] == "0.00"
    capture(brand, made)
    assert stats_of(ask("spending"))["Spent here"] == "2.00"
