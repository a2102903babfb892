"""What we owe: what is outstanding and where the rest went, who holds it, and who earned most."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from analytics.queries import Month
from events import services as events
from portal.views.reports.owed import by_issue, issued_and_left, kinds_of, over_time, targets
from tests.events.calls import report
from wallets import services as wallets

pytestmark = pytest.mark.django_db


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_march():
    with time_machine.travel(at("2026-03-18"), tick=False):
        yield


@pytest.fixture
def given(brand, order, ann):
    """Two people's: 20.00 issued in January and 10.00 in March, 5.00 added by hand, 12.00 taken back in March."""
    first = report(brand, address="a@example.com", metadata={"order_id": 1}, at=at("2026-01-20"))
    report(brand, address="b@example.com", metadata={"order_id": 2}, at=at("2026-01-31"))
    report(brand, address="a@example.com", metadata={"order_id": 3}, at=at("2026-03-02"))
    report(brand, address="n@example.com", metadata={}, at=at("2026-03-02"))
    for amount, day in ((5_00, "2026-03-03"), (-12_00, "2026-03-04")):
        wallets.adjust(
            brand=brand,
            wallet=first.wallet or 0,
            amount=amount,
            reason="A parcel was lost",
            token=uuid4(),
            by=ann,
            now=at(day),
        )
    return first.wallet


def page(client, brand, query: str = "") -> str:
    address = reverse("portal:owed", args=[brand.slug])
    return client.get(f"{address}?{query}").content.decode()


def file(client, brand, table: str, query: str = "") -> list[list[str]]:
    address = reverse("portal:report-csv", args=[brand.slug, "owed", table])
    text = client.get(f"{address}?{query}").getvalue().decode("utf-8-sig")
    return [*csv.reader(StringIO(text))]


def test_the_cards_say_what_is_owed_and_where_the_rest_went(as_ann, brand, given):
    outstanding, issued, left, held = page(as_ann, brand).split('class="card stat"')[1:5]
    assert '23.00 <span class="unit">RSNC' in outstanding
    assert "held by 2 people" in outstanding
    assert "35.00" in issued
    assert "30.00 for events, 5.00 by hand" in issued
    assert "12.00" in left
    assert "taken back by hand 12.00" in left
    assert "65.7%" in held


def test_what_is_left_is_listed_by_month_of_issue(as_ann, brand, given):
    assert file(as_ann, brand, "outstanding") == [
        [
            *("Month", "Issued, RSNC", "For events, RSNC", "By hand, RSNC"),
            *("Taken back by hand, RSNC", "Outstanding, RSNC"),
        ],
        ["2026-01", "20.00", "20.00", "0.00", "10.00", "10.00"],
        ["2026-02", "0.00", "0.00", "0.00", "0.00", "0.00"],
        ["2026-03", "15.00", "10.00", "5.00", "2.00", "13.00"],
    ]


def test_what_came_is_what_was_issued_and_what_became_of_it(as_ann, brand, given):
    assert file(as_ann, brand, "flow") == [
        ["From", "To", "RSNC"],
        ["Order placed", "Issued", "30.00"],
        ["Added by hand", "Issued", "5.00"],
        ["Issued", "Still held by people", "23.00"],
        ["Issued", "Taken back by hand", "12.00"],
    ]


def test_the_ten_event_types_that_cost_most_flow_apart_and_the_others_together(as_ann, brand, ann):
    for n in range(1, 13):
        terms = events.Terms(amount=n * 1_01)
        made = {"key": f"k{n}", "name": "Still held by people" if n == 12 else f"Type {n}"}
        events.create_event_type(brand=brand, terms=terms, by=None, now=at("2026-03-01"), **made)
        report(brand, f"k{n}", f"p{n}@example.com", at=at("2026-03-02"))
    rows = file(as_ann, brand, "flow")[1:]
    assert [row[0] for row in rows[:11]] == [
        "Still held by people",
        *(f"Type {n}" for n in range(11, 2, -1)),
        "Others",
    ]
    assert rows[10][2] == "3.03"
    issued = sum(Decimal(amount) for _, to, amount in rows if to == "Issued")
    assert issued == sum(Decimal(amount) for of, _, amount in rows if of == "Issued")
    assert issued == Decimal(file(as_ann, brand, "outstanding")[-1][1]) == Decimal("78.78")
    assert '78.78 <span class="unit">RSNC' in page(as_ann, brand)


def test_nothing_flows_while_nothing_is_issued(as_ann, brand, order):
    report(brand, metadata={}, at=at("2026-03-02"))
    assert "from its event type to who holds it" in page(as_ann, brand)


def test_what_left_counts_in_the_month_in_which_it_left(as_ann, brand, given):
    assert file(as_ann, brand, "issued")[1:] == [
        ["2026-01", "20.00", "0.00"],
        ["2026-02", "0.00", "0.00"],
        ["2026-03", "15.00", "12.00"],
    ]
    assert [row[1] for row in file(as_ann, brand, "owed")[1:]] == ["20.00", "20.00", "23.00"]


def test_people_are_counted_by_what_they_hold(as_ann, brand, given):
    rows = {row[0]: row[1:] for row in file(as_ann, brand, "balances")}
    assert rows["nothing"] == ["1", "0.00", "0.0"]
    assert rows["10.00 to 24.99"] == ["2", "23.00", "100.0"]
    assert rows["1,000.00 or more"] == ["0", "0.00", "0.0"]


def test_top_earners_are_masked_and_lead_to_their_page(as_ann, brand, given):
    rows = file(as_ann, brand, "earners")
    name = wallets.public_wallet_id(brand_id=brand.pk, wallet=given)
    assert rows[1] == ["a•••@example.com", name, "20.00", "13.00"]
    assert len(rows) == 3
    text = page(as_ann, brand)
    assert f'href="{reverse("portal:member", args=[brand.slug, name])}"' in text
    assert "a•••@example.com" in text
    assert "a@example.com" not in text


def test_the_period_of_other_tabs_changes_nothing_and_is_kept_for_them(as_ann, brand, given):
    text = page(as_ann, brand, "period=7d")
    assert "23.00" in text
    assert "there is no period to choose" in text
    assert "18 Mar 2026, 13:00</time> in Europe/Berlin." in text
    assert 'for="id_first"' not in text
    assert f"{reverse('portal:people', args=[brand.slug])}?period=7d" in text


def test_test_credits_are_owed_to_nobody(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, at=at("2026-03-02"), test=True)
    report(brand, metadata={}, at=at("2026-03-02"))
    assert "nobody holds any" in page(as_ann, brand)
    assert file(as_ann, brand, "outstanding", "world=test")[1][-1] == "10.00"
    text = page(as_ann, brand)
    assert "As soon as something is issued, it is here by month." in text
    assert "The ten who earned most by events are here" in text


def test_kinds_of_transfers_that_come_later_show_up_by_themselves():
    months = [
        Month(date(2026, 1, 1), {1: 100}, 0, gone={"redeemed": 10, "gift_away": 5}, left={}),
        Month(date(2026, 2, 1), {1: 50}, 0, gone={}, left={"redeemed": 10, "gift_away": 5}),
    ]
    assert kinds_of(months) == ["redeemed", "gift_away"]
    assert list(by_issue(months).head[-3:]) == [
        "Spent here, RSNC",
        "Gift away, RSNC",
        "Outstanding, RSNC",
    ]
    assert dict(issued_and_left(months).series)["Gift away"] == [0, -5]
    assert dict(targets(months)) == {
        "Still held by people": 135,
        "Spent here": 10,
        "Gift away": 5,
    }
    assert dict(over_time(months).series)["Held"] == [100, 135]
