"""Where credits were spent, against plain SQL over the transfers."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from analytics.queries.figures import hours_of
from analytics.queries.period import Period, Scope
from analytics.queries.spending import SpendingReport, spending_by_hour, spending_report
from brands.models import Brand
from events import services as events
from tests.analytics.raw import select, utc
from tests.events.calls import assert_books_in_order, report
from wallets import services as wallets

pytestmark = pytest.mark.django_db

BEGAN = utc(2026, 3, 20)
DAYS = 16
# The clock goes forward on the 29th, in the south back on the 5th.
PERIODS = [
    (date(2026, 3, 28), date(2026, 3, 30)),
    (date(2026, 3, 29), date(2026, 3, 29)),
    (date(2026, 4, 1), date(2026, 4, 5)),
    (date(2026, 3, 1), date(2026, 4, 30)),
]
CAPTURED = """
SELECT issuer.slug, spender.slug, t.created_at, t.amount
FROM wallets_transfer t
JOIN wallets_redemption r ON r.id = t.redemption_id JOIN brands_brand spender ON spender.id = r.brand_id
JOIN wallets_account held ON held.id = t.debit_id JOIN brands_brand issuer ON issuer.id = held.brand_id
WHERE t.kind = 'capture' AND t.test = %s
"""


@pytest.fixture
def three(brand, other_brand) -> list[Brand]:
    harbour = Brand.objects.create(name="Harbour", slug="harbour", time_zone="Australia/Lord_Howe")
    return [brand, other_brand, harbour]


@pytest.fixture
def lived(three) -> None:
    """People earn and spend at three brands, in both worlds: captured, given back, or held at the end."""
    dice = random.Random(7)
    for each in three:
        terms = events.Terms(amount=33_33)
        events.create_event_type(
            brand=each, key="visit", name="Visit", terms=terms, by=None, now=BEGAN
        )
    for n in range(160):
        at = BEGAN + timedelta(seconds=DAYS * 86_400 * n // 160)
        # At the edges of days and hours too.
        at = at.replace(minute=0, second=0) if n % 5 == 0 else at
        person, test = f"p{dice.randrange(5)}@example.com", dice.random() < 0.3
        wallet = report(dice.choice(three), "visit", person, at=at, test=test).wallet
        assert wallet
        where, amount = dice.choice(three), dice.randrange(1, 45_00)
        try:
            made = wallets.reserve(
                brand=where, wallet=wallet, amount=amount, idempotency_key=f"{n}", now=at
            )
        except wallets.NotEnoughToSpend:
            continue
        end = dice.choice([wallets.capture, wallets.capture, wallets.cancel, None])
        if end is not None:
            end(brand=where, redemption=made.public_id, now=at + timedelta(minutes=3))
    assert_books_in_order()


def expected(brand: Brand, period: Period, *, test: bool, by_hour: bool) -> dict:
    """By whose they are, where they were spent, and when: before, or by its day or hour."""
    found = Counter[tuple[object, ...]]()
    zone = period.zone
    for issuer, spender, at, amount in select(CAPTURED, test):
        day = at.astimezone(zone).date()
        if brand.slug not in (issuer, spender) or not period.before().first <= day <= period.last:
            continue
        hours = int((at - period.since) / timedelta(hours=1))
        label = hours if by_hour else (day - period.first).days
        found[issuer, spender, label if day >= period.first else "before"] += amount
    return +found


def said(brand: Brand, answer: SpendingReport) -> dict:
    """The same of the report."""
    slugs = dict(Brand.objects.values_list("pk", "slug"))
    names = dict(Brand.objects.values_list("pk", "name"))
    me = brand.slug
    spent = [(me, me, answer.home)]
    for partner in answer.partners:
        other = slugs[partner.brand]
        assert partner.name == names[partner.brand]
        spent += [(me, other, partner.ours), (other, me, partner.theirs)]
    found = Counter[tuple[object, ...]]()
    for issuer, spender, each in spent:
        assert each.total == sum(each.parts)
        assert len(each.parts) == len(answer.labels)
        found.update(
            {(issuer, spender, label): amount for label, amount in enumerate(each.parts)}
            | {(issuer, spender, "before"): each.before}
        )
    for side, whole in (("ours", answer.elsewhere), ("theirs", answer.theirs)):
        of = [getattr(partner, side) for partner in answer.partners]
        assert whole.before == sum(each.before for each in of)
        assert whole.total == sum(each.total for each in of) == sum(whole.parts)
        assert [*whole.parts] == [
            sum(parts)
            for parts in zip(*(each.parts for each in of), [0] * len(answer.labels), strict=True)
        ]
    return +found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"])
def test_it_is_what_the_transfers_say_to_the_hundredth(three, lived, zone):
    some = 0
    for first, last in PERIODS:
        period = Period(first, last, ZoneInfo(zone))
        for test in (False, True):
            for brand in three:
                scope = Scope(brand.pk, period, test=test)
                days = spending_report(scope)
                assert days.labels == period.days
                assert said(brand, days) == expected(brand, period, test=test, by_hour=False)
                hours = spending_by_hour(scope)
                assert hours.labels == hours_of(period.since, period.until)
                assert said(brand, hours) == expected(brand, period, test=test, by_hour=True)
                assert [(each.ours.total, each.theirs.total) for each in hours.partners] == [
                    (each.ours.total, each.theirs.total) for each in days.partners
                ]
                some += days.home.total + days.elsewhere.total + days.theirs.total
    assert some


def test_what_one_brand_owes_is_what_the_other_is_owed(three, lived):
    period = Period(date(2026, 3, 1), date(2026, 4, 30), ZoneInfo("UTC"))
    for test in (False, True):
        seen = {
            brand.pk: {
                partner.brand: partner
                for partner in spending_report(Scope(brand.pk, period, test=test)).partners
            }
            for brand in three
        }
        for one, other in permutations([brand.pk for brand in three], 2):
            assert seen[one][other].ours == seen[other][one].theirs
            owed = select(
                "SELECT sum(t.amount)::bigint FROM wallets_transfer t JOIN wallets_account a ON a.id = t.credit_id "
                "WHERE (a.kind, a.brand_id, a.creditor_id, t.test) = ('obligation', %s, %s, %s)",
                *(one, other, test),
            )
            assert seen[one][other].ours.total == owed[0][0] > 0


def test_a_capture_counts_in_the_day_that_it_is_where_the_brand_is(three):
    brand, other, _ = three
    midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)
    for each in (brand, other):
        terms = events.Terms(amount=10_00)
        events.create_event_type(
            brand=each, key="visit", name="Visit", terms=terms, by=None, now=BEGAN
        )
    wallet = report(brand, "visit", at=BEGAN).wallet or 0
    for n, at in enumerate([midnight - timedelta(microseconds=1), midnight]):
        made = wallets.reserve(
            brand=other, wallet=wallet, amount=n + 1, idempotency_key=f"{n}", now=at
        )
        wallets.capture(brand=other, redemption=made.public_id, now=at)
    days = Period(date(2026, 3, 28), date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    assert [*spending_report(Scope(brand.pk, days)).elsewhere.parts] == [1, 2]
    # By this clock it is the 28th still.
    days = Period(date(2026, 3, 28), date(2026, 3, 29), ZoneInfo("Europe/London"))
    assert [*spending_report(Scope(other.pk, days)).theirs.parts] == [3, 0]


def test_who_spends_nothing_sees_nothing_of_what_others_do(three, lived):
    alone = Brand.objects.create(name="Alone", slug="alone")
    period = Period(date(2026, 3, 1), date(2026, 4, 30), ZoneInfo("UTC"))
    answer = spending_report(Scope(alone.pk, period))
    assert answer.partners == []
    assert answer.home.total == answer.elsewhere.total == answer.theirs.total == 0
    assert len(answer.home.parts) == period.length
