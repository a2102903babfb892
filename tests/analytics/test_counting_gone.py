"""What left people is counted once, whoever counts when, and figures never show a moment that was not."""

import random
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction

from analytics import services
from analytics.models import Departure, GoneCount, GoneFigures
from analytics.queries.gone import gone_apart
from analytics.services.counting_gone import count_chunk, count_gone, count_gone_anew
from brands.models import Brand
from events import services as events
from tests.analytics.raw import utc
from tests.analytics.test_books import NOW, assert_books, live
from tests.events.calls import another_connection, at_once, report
from wallets import services as wallets

pytestmark = pytest.mark.django_db(transaction=True)

NOON = utc(2026, 3, 18, 12)


@pytest.fixture
def brands(brand, other_brand) -> list[Brand]:
    for each in (brand, other_brand):
        Brand.objects.filter(pk=each.pk).update(adjustment_limit=10**9)
        each.refresh_from_db()
        for key, amount in (("visit", 3_33), ("order", 70_00)):
            terms = events.Terms(amount=amount)
            events.create_event_type(
                brand=each, key=key, name=key, terms=terms, by=None, now=utc(2026, 1, 20)
            )
    return [brand, other_brand]


def earn(brand: Brand, address: str = "ann@example.com", *, at=NOON) -> int:
    wallet = report(brand, "order", address, at=at).wallet
    assert wallet is not None
    return wallet


def spend(brand: Brand, wallet: int, amount: int, *, at=NOON) -> None:
    key = f"{uuid4()}"
    made = wallets.reserve(brand=brand, wallet=wallet, amount=amount, idempotency_key=key, now=at)
    wallets.capture(brand=brand, redemption=made.public_id, now=at)


def assert_counted(*brands: Brand, waiting: int = 0) -> None:
    for brand in brands:
        assert_books(brand)
        assert gone_apart(brand_id=brand.pk, zone=brand.zone, now=NOW) == 0
    assert Departure.objects.count() == waiting


def counted() -> list[tuple]:
    return sorted(
        GoneFigures.objects.values_list("brand", "test", "kind", "issued", "gone", "amount")
    )


def test_reports_are_exact_before_while_and_after_it_is_counted(brands, ann):
    dice = random.Random(7)
    northwind, fjell = brands
    live(fjell, northwind, ann, dice, range(10))
    for days in (range(30), range(30, 60), range(60, 100)):
        live(northwind, fjell, ann, dice, days)
        assert_books(northwind)
        count_gone(now=NOW, size=3, chunks=4)
        assert_books(northwind)
    while Departure.objects.exists():
        count_gone(now=NOW, size=3)
    assert_counted(northwind, fjell)
    step_by_step = counted()
    for each in brands:
        assert count_gone_anew(brand=each, now=NOW)
    assert counted() == step_by_step
    assert {kind for _, _, kind, *_ in step_by_step} == {"redeemed", "obligation", "adjust"}


def test_only_what_leaves_people_waits_to_be_counted(brands):
    northwind, fjell = brands
    wallet = earn(northwind)
    held = wallets.reserve(brand=fjell, wallet=wallet, amount=1_00, idempotency_key="1", now=NOON)
    assert not Departure.objects.exists()
    wallets.cancel(brand=fjell, redemption=held.public_id, now=NOON)
    assert not Departure.objects.exists()
    spend(fjell, wallet, 5_00)
    # Whose credits they are is who owes them.
    assert [departure.brand for departure in Departure.objects.all()] == [northwind]


def test_what_commits_late_is_counted_once(brands):
    northwind, fjell = brands
    ann, bob = earn(northwind), earn(northwind, "bob@example.com")
    # The brands' own accounts are there, so that nobody waits for who makes them.
    for wallet in (ann, bob):
        spend(fjell, wallet, 1_00)
    count_gone_anew(brand=northwind, now=NOW)
    with another_connection() as late:
        late.execute(
            "INSERT INTO wallets_redemption (public_id, brand_id, wallet_id, test, amount, idempotency_key, status, "
            "reserved_at, expires_at, ended_at) VALUES ('red_late', %s, %s, false, 500, 'late', 'captured', %s, %s, %s)",
            [fjell.pk, bob, NOON, NOON + timedelta(minutes=15), NOON],
        )
        for function in ("wallets_reserve", "wallets_capture"):
            late.execute(
                f"SELECT {function}((SELECT id FROM wallets_redemption WHERE public_id = 'red_late'), %s)",
                [NOON],
            )
        spend(fjell, ann, 7_00)
        count_gone(now=NOW)
        assert sum(GoneFigures.objects.values_list("amount", flat=True)) == 9_00
        assert_books(northwind)
    assert_books(northwind)
    count_gone(now=NOW)
    assert sum(GoneFigures.objects.values_list("amount", flat=True)) == 14_00
    assert_counted(northwind)


def test_what_leaves_as_the_month_ends_is_counted_where_it_belongs(brands):
    northwind, fjell = brands
    # In Berlin it is April in a second.
    midnight = utc(2026, 3, 31, 22)
    wallet = earn(northwind, at=NOON)
    count_gone_anew(brand=northwind, now=NOON)
    spend(fjell, wallet, 7_00, at=midnight + timedelta(seconds=1))
    count_gone(now=midnight - timedelta(seconds=1))
    assert GoneFigures.objects.get().gone.month == 4
    assert_counted(northwind)


def test_what_was_broken_off_is_counted_again(brands):
    northwind, fjell = brands
    count_gone_anew(brand=northwind, now=NOW)
    spend(fjell, earn(northwind), 7_00)
    with transaction.atomic():
        assert count_chunk(brand=northwind, test=False, now=NOW) == 1
        transaction.set_rollback(True)
    assert_counted(northwind, waiting=1)
    count_gone(now=NOW)
    assert_counted(northwind)


def test_many_who_count_and_spend_at_once_count_each_once(brands):
    northwind, fjell = brands
    people = [earn(northwind, f"p{n}@example.com") for n in range(6)]
    count_gone_anew(brand=northwind, now=NOW)
    for wallet in people:
        spend(fjell, wallet, 10_00)
    at_once(
        [
            *(partial(count_gone, now=NOW, size=2) for _ in range(3)),
            *(partial(count_gone_anew, brand=northwind, now=NOW) for _ in range(2)),
            *(partial(spend, northwind, wallet, 5_00) for wallet in people[:3]),
        ]
    )
    assert gone_apart(brand_id=northwind.pk, zone=northwind.zone, now=NOW) == 0
    while Departure.objects.exists():
        count_gone(now=NOW)
    assert sum(GoneFigures.objects.values_list("amount", flat=True)) == 75_00
    assert_counted(northwind)


def test_who_counts_leaves_what_another_one_is_at(brands):
    northwind, fjell = brands
    count_gone_anew(brand=northwind, now=NOW)
    spend(fjell, earn(northwind), 7_00)
    with another_connection() as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('analytics.gone', %s))", [northwind.pk]
        )
        assert count_gone(now=NOW) == 0
        assert not count_gone_anew(brand=northwind, now=NOW)
    assert count_gone(now=NOW) == 1
    assert_counted(northwind)


def test_in_another_zone_it_is_looked_at_whole_until_it_is_counted_anew(brands):
    northwind, fjell = brands
    # In Auckland it is April already.
    night = utc(2026, 3, 31, 20)
    wallet = earn(northwind, at=night)
    spend(fjell, wallet, 10_00, at=night)
    count_gone(now=NOW)
    assert GoneFigures.objects.get().issued.month == 3
    Brand.objects.filter(pk=northwind.pk).update(time_zone="Pacific/Auckland")
    northwind.refresh_from_db()
    assert_books(northwind)
    spend(fjell, wallet, 1_00, at=night)
    assert_books(northwind)
    count_gone(now=NOW)
    assert {each.issued.month for each in GoneFigures.objects.all()} == {4}
    assert GoneCount.objects.get(brand=northwind).zone == "Pacific/Auckland"
    assert_counted(northwind)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE analytics_gonefigures SET amount = amount + 1",
        "UPDATE analytics_gonefigures SET issued = issued - interval '1 month'",
        "DELETE FROM analytics_gonefigures",
    ],
)
def test_what_was_changed_by_hand_is_found_at_night_and_counted_anew(brands, change):
    northwind, fjell = brands
    spend(fjell, earn(northwind), 10_00)
    count_gone(now=NOW)
    right = counted()
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert [each.kind for each in services.verify_some(now=NOW)] == ["gone"]
    assert counted() == right
    assert services.verify_some(now=NOW) == []
