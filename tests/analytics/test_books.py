"""What people hold, what they earned and what a brand owes, against a plain walk through the transfers."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from analytics.queries.books import STEPS, balances, outstanding, top_earners
from analytics.queries.gone import months_of
from brands.models import Brand
from events import services as events
from tests.analytics.raw import select, utc
from tests.analytics.test_folding import fold_all
from tests.events.calls import report
from wallets import services as wallets
from wallets.queries import holdings_of, issued_here

pytestmark = pytest.mark.django_db(transaction=True)

BEGAN, NOW = utc(2026, 1, 20), utc(2026, 5, 2)
EARNED = """
SELECT e.event_type_id, sum(e.amount)::bigint FROM events_event e
WHERE e.brand_id = %s AND e.test = %s AND e.amount > 0 AND date_trunc('month', e.received_at AT TIME ZONE %s) = %s
GROUP BY 1
"""
MOVED = """
SELECT t.id, CASE t.kind WHEN 'capture' THEN c.kind ELSE t.kind END, t.amount, t.created_at, d.wallet_id, c.wallet_id
FROM wallets_transfer t
JOIN wallets_account d ON d.id = t.debit_id JOIN wallets_account c ON c.id = t.credit_id
WHERE t.test = %s AND d.brand_id = %s AND d.wallet_id IS DISTINCT FROM c.wallet_id
"""


def live(brand: Brand, elsewhere: Brand, by, dice: random.Random, days: range) -> None:
    """People earn, are given and taken credits by hand, and spend them here and elsewhere, day by day."""
    for day in days:
        at = BEGAN + timedelta(days=day, minutes=dice.randrange(1440))
        name, address = dice.choice(["visit", "order"]), f"p{dice.randrange(8)}@example.com"
        wallet = report(brand, name, address, at=at, test=dice.random() < 0.2).wallet
        if dice.random() < 0.4:
            held = issued_here(wallet=wallet, brand_id=brand.pk)
            most = dice.choice([held, 20_00])
            amount = dice.randrange(-held, most + 1) or 1
            wallets.adjust(
                brand=brand,
                wallet=wallet,
                amount=amount,
                reason="A parcel was lost",
                token=UUID(int=dice.getrandbits(128)),
                by=by,
                now=at,
            )
        if dice.random() < 0.3:
            spend(dice.choice([brand, elsewhere]), wallet, dice, at)


def spend(brand: Brand, wallet: int, dice: random.Random, at: datetime) -> None:
    """Some of it to the end; some is given back, and some is held still."""
    held = holdings_of([wallet], brand_id=brand.pk)[wallet].available
    if held == 0:
        return
    made = wallets.reserve(
        brand=brand,
        wallet=wallet,
        amount=dice.randrange(1, held + 1),
        idempotency_key=f"{dice.getrandbits(64)}",
        now=at,
    )
    end = dice.choice([wallets.capture, wallets.capture, wallets.cancel, None])
    if end:
        end(brand=brand, redemption=made.public_id, now=at + timedelta(minutes=1))


def walk(brand: Brand, *, test: bool):
    """Lots, oldest first, as nobody keeps them: by wallet, [month, left, event?]."""
    zone = ZoneInfo(brand.time_zone)
    lots: dict[int, list[list]] = defaultdict(list)
    months: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _, kind, amount, at, left, reached in sorted(select(MOVED, test, brand.pk)):
        month = at.astimezone(zone).date().replace(day=1)
        if reached is not None:
            lots[reached].append([month, amount])
            months[month]["earned" if kind == "earn" else "added"] += amount
            continue
        missing = amount
        for lot in lots[left]:
            part = min(missing, lot[1])
            lot[1] -= part
            missing -= part
            months[lot[0]][f"gone {kind}"] += part
        months[month][f"left {kind}"] += amount
        assert missing == 0
    return lots, months


def assert_books(brand: Brand) -> None:
    for test in (False, True):
        lots, months = walk(brand, test=test)
        zone = ZoneInfo(brand.time_zone)
        found = outstanding(brand_id=brand.pk, zone=zone, now=NOW, test=test)
        for month in found:
            raw = months.pop(month.month, {})
            assert (month.earned, month.added) == (raw.get("earned", 0), raw.get("added", 0))
            paid = select(EARNED, brand.pk, test, brand.time_zone, month.month)
            assert month.earned_by == dict(paid)
            assert month.gone == {
                kind.removeprefix("gone "): amount
                for kind, amount in raw.items()
                if kind.startswith("gone ") and amount
            }
            assert month.left == {
                kind.removeprefix("left "): amount
                for kind, amount in raw.items()
                if kind.startswith("left ")
            }
            assert month.outstanding == sum(
                left for some in lots.values() for at, left in some if at == month.month
            )
        assert not months
        held = {wallet: sum(left for _, left in some) for wallet, some in lots.items()}
        bars = balances(brand_id=brand.pk, test=test)
        assert [(bar.people, bar.amount) for bar in bars[1:]] == [
            (len(inside), sum(inside))
            for least, below in zip(STEPS[1:], [*STEPS[2:], 2**63], strict=True)
            for inside in [[each for each in held.values() if least <= each < below]]
        ]
        assert sum(bar.amount for bar in bars) == sum(month.outstanding for month in found)
        earned = select(
            "SELECT -sum(amount)::bigint, wallet_id FROM events_event "
            "WHERE brand_id = %s AND test = %s AND amount > 0 GROUP BY 2",
            brand.pk,
            test,
        )
        assert [
            (wallets.wallet_behind(brand_id=brand.pk, public_id=each.public_id), each.earned)
            for each in top_earners(brand_id=brand.pk, test=test, limit=5)
        ] == [(wallet, -amount) for amount, wallet in sorted(earned)[:5]]


def test_what_is_owed_is_what_is_left_of_the_oldest_issue(brand, other_brand, ann):
    for each in (brand, other_brand):
        Brand.objects.filter(pk=each.pk).update(adjustment_limit=10**9)
        each.refresh_from_db()
        for key, amount in (("visit", 3_33), ("order", 70_00)):
            terms = events.Terms(amount=amount)
            events.create_event_type(brand=each, key=key, name=key, terms=terms, by=None, now=BEGAN)
    dice = random.Random(3)
    live(other_brand, brand, ann, dice, range(10))
    live(brand, other_brand, ann, dice, range(60))
    assert_books(brand)
    fold_all(NOW)
    live(brand, other_brand, ann, dice, range(60, 100))
    assert_books(brand)
    Brand.objects.filter(pk=brand.pk).update(time_zone="Pacific/Auckland")
    brand.refresh_from_db()
    assert_books(brand)
    fold_all(NOW)
    assert_books(brand)
    assert_books(other_brand)


def test_a_brand_that_issued_nothing_owes_nothing(brand):
    assert outstanding(brand_id=brand.pk, zone=brand.zone, now=NOW) == []
    assert top_earners(brand_id=brand.pk) == []
    assert sum(bar.people for bar in balances(brand_id=brand.pk)) == 0


def test_months_go_on_over_the_new_year():
    months = months_of(utc(2025, 11, 30).date(), utc(2026, 1, 1).date())
    assert [month.isoformat() for month in months] == ["2025-11-01", "2025-12-01", "2026-01-01"]
