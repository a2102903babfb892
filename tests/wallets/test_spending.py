"""Spending: the oldest first whoever issued it, once, and exactly what was held."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from brands.models import Brand, User
from events import services as events
from events.models import EventType
from tests.events.calls import NOON, assert_books_in_order, at_once, report
from tests.wallets.attempts import refused, tried
from wallets import services as wallets
from wallets.models import Account, Redemption, Transfer
from wallets.queries import holdings_of, transfers_of
from wallets.services.spending import HELD_FOR
from wallets.tasks import release_expired_redemptions

CALLS = 8
keys = count()


def earn(brand: Brand, address: str = "ann@example.com", *, at: datetime = NOON, test=False) -> int:
    """10.00 of this brand's."""
    if not EventType.objects.filter(brand=brand).exists():
        terms = events.Terms(amount=10_00)
        events.create_event_type(
            brand=brand, key="visit", name="Visit", terms=terms, by=None, now=NOON
        )
    wallet = report(brand, "visit", address, at=at, test=test).wallet
    assert wallet is not None
    return wallet


@pytest.fixture
def wallet(brand, other_brand) -> int:
    """A person with 10.00 of Northwind's, and 10.00 of Fjell's that are an hour older."""
    earn(other_brand)
    return earn(brand, at=NOON + timedelta(hours=1))


def reserve(brand, wallet, amount, key=None, *, at=NOON, **more):
    key = key or f"of-no-other-{next(keys)}"
    return wallets.reserve(
        brand=brand, wallet=wallet, amount=amount, idempotency_key=key, now=at, **more
    )


def capture(brand, made, at=NOON):
    return wallets.capture(brand=brand, redemption=made.public_id, now=at)


def cancel(brand, made, at=NOON):
    return wallets.cancel(brand=brand, redemption=made.public_id, now=at)


def spend(brand, wallet, amount, *, at=NOON):
    return capture(brand, reserve(brand, wallet, amount, at=at), at)


def held(wallet: int, kind: str = "available") -> dict[str, int]:
    """By the brand that issued it."""
    rows = Account.objects.filter(wallet_id=wallet, kind=kind, balance__gt=0)
    return dict(rows.values_list("brand__slug", "balance"))


def come_home() -> dict[tuple[str, str | None], int]:
    """What was captured, by its issuer and to whom that one owes it."""
    found = Counter[tuple[str, str | None]]()
    for transfer in Transfer.objects.filter(kind="capture").select_related("credit__brand"):
        creditor = transfer.credit.creditor
        found[transfer.credit.brand.slug, creditor and creditor.slug] += transfer.amount
    return dict(found)


def test_the_oldest_is_spent_first_whoever_issued_it(brand, other_brand, wallet):
    made = reserve(brand, wallet, 12_00)
    assert held(wallet) == {"northwind": 8_00}
    assert held(wallet, "reserved") == {"fjell": 10_00, "northwind": 2_00}
    assert capture(brand, made).status == "captured"
    assert held(wallet, "reserved") == {}
    assert come_home() == {("fjell", "northwind"): 10_00, ("northwind", None): 2_00}
    assert_books_in_order()


def test_earnings_of_two_brands_are_spent_in_turn(brand, other_brand, wallet):
    earn(other_brand, at=NOON + timedelta(hours=2))
    # Fjell 10.00, Northwind 10.00, Fjell 10.00: 5.00 and 10.00 and 5.00 of them.
    spend(other_brand, wallet, 5_00)
    spend(other_brand, wallet, 20_00)
    assert held(wallet) == {"fjell": 5_00}
    assert come_home() == {("fjell", None): 15_00, ("northwind", "fjell"): 10_00}
    assert_books_in_order()


def test_what_is_given_back_is_as_old_as_it_was(brand, other_brand, wallet):
    made = reserve(brand, wallet, 12_00)
    assert cancel(brand, made).status == "cancelled"
    assert held(wallet) == {"fjell": 10_00, "northwind": 10_00}
    spend(brand, wallet, 1_00)
    assert come_home() == {("fjell", "northwind"): 1_00}
    assert_books_in_order()


def test_no_more_is_held_than_the_person_has(brand, wallet):
    reserve(brand, wallet, 15_00)
    with pytest.raises(wallets.NotEnoughToSpend) as refused:
        reserve(brand, wallet, 5_01)
    assert refused.value.held == 5_00
    assert Redemption.objects.count() == 1
    assert reserve(brand, wallet, 5_00).status == "reserved"
    assert held(wallet) == {}
    assert_books_in_order()


def test_a_brand_that_the_person_never_came_to_takes_credits_too(brand, other_brand):
    wallet = earn(brand)
    spend(other_brand, wallet, 4_00)
    assert come_home() == {("northwind", "fjell"): 4_00}
    assert_books_in_order()


@pytest.mark.parametrize(
    "more",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": 10**30},
        {"key": "a b"},
        {"key": "a\0b"},
        {"key": "x" * 256},
        {"held_for": timedelta()},
        {"held_for": timedelta(days=31)},
    ],
)
def test_what_makes_no_sense_is_refused(brand, wallet, more):
    with pytest.raises(ValueError, match=r"held|key"):
        reserve(brand, wallet, more.pop("amount", 1), more.pop("key", None), **more)


def test_the_same_key_again_is_the_same_redemption_for_ever(brand, other_brand, wallet):
    first = reserve(brand, wallet, 20_00, "order-7")
    done = capture(brand, first)
    assert reserve(brand, wallet, 20_00, "order-7", at=NOON + timedelta(days=365)) == done
    with pytest.raises(wallets.RedemptionKeyReused):
        reserve(brand, wallet, 1_00, "order-7")
    earn(brand, "bob@example.com")
    with pytest.raises(wallets.RedemptionKeyReused):
        reserve(brand, earn(brand, "bob@example.com"), 20_00, "order-7")
    earn(brand)
    assert reserve(other_brand, wallet, 1_00, "order-7").public_id != first.public_id
    assert_books_in_order()


def test_it_ends_once(brand, wallet):
    spent, returned = reserve(brand, wallet, 1_00), reserve(brand, wallet, 1_00)
    capture(brand, spent)
    cancel(brand, returned)
    assert capture(brand, spent).ended_at == cancel(brand, returned).ended_at == NOON
    with pytest.raises(wallets.RedemptionEnded, match="captured"):
        cancel(brand, spent)
    with pytest.raises(wallets.RedemptionEnded, match="cancelled"):
        capture(brand, returned)
    assert Transfer.objects.filter(kind__in=["capture", "release"]).count() == 2


def test_after_its_time_it_is_not_captured_and_is_given_back(brand, wallet):
    late, in_time = reserve(brand, wallet, 12_00), reserve(brand, wallet, 3_00)
    capture(brand, in_time, NOON + HELD_FOR - timedelta(microseconds=1))
    with pytest.raises(wallets.RedemptionEnded, match="expired"):
        capture(brand, late, NOON + HELD_FOR)
    assert wallets.release_expired(now=NOON + HELD_FOR - timedelta(microseconds=1)) == 0
    assert wallets.release_expired(now=NOON + HELD_FOR) == 1
    assert sum(held(wallet).values()) == 17_00
    with pytest.raises(wallets.RedemptionEnded, match="expired"):
        capture(brand, late)
    assert cancel(brand, late).status == "expired"
    assert_books_in_order()


def test_a_job_gives_back_what_has_expired(brand, wallet):
    for _ in range(3):
        reserve(brand, wallet, 5_00)
    release_expired_redemptions()
    assert sum(held(wallet).values()) == 20_00
    assert set(Redemption.objects.values_list("status", flat=True)) == {"expired"}
    assert_books_in_order()


def test_one_that_cannot_be_given_back_keeps_no_other_waiting(brand, wallet, caplog):
    bob = earn(brand, "bob@example.com")
    sick = reserve(brand, bob, 5_00)
    others = [reserve(brand, wallet, 1_00, at=NOON + timedelta(seconds=n)) for n in range(5)]
    Account.objects.filter(wallet_id=bob, kind="reserved").update(balance=1)
    later = NOON + timedelta(hours=1)
    assert wallets.release_expired(now=later) == len(others)
    assert "a redemption cannot expire" in caplog.text
    assert sum(held(wallet).values()) == 20_00
    assert Redemption.objects.get(status="reserved").public_id == sick.public_id


def test_another_brands_redemption_is_not_there(brand, other_brand, wallet):
    made = reserve(brand, wallet, 1_00)
    for end in (capture, cancel):
        with pytest.raises(wallets.UnknownRedemption):
            end(other_brand, made)
        with pytest.raises(wallets.UnknownRedemption):
            end(brand, replace(made, public_id="red_\0"))


def test_the_worlds_stay_apart(brand, other_brand, wallet):
    test = earn(brand, test=True)
    spend(other_brand, test, 4_00)
    reserve(other_brand, wallet, 4_00, "order-7")
    # A key of one world is free in the other.
    assert reserve(other_brand, test, 1_00, "order-7").test
    assert held(test) == {"northwind": 5_00}
    assert_books_in_order()


def test_a_brand_sees_what_is_spent_here_and_not_what_is_spent_elsewhere(
    brand, other_brand, wallet
):
    def moved() -> list[tuple[str, int]]:
        return [(each.kind, each.amount) for each in transfers_of(wallet=wallet, brand_id=brand.pk)]

    def held() -> tuple[int, int, int]:
        holds = holdings_of([wallet], brand_id=brand.pk)[wallet]
        return holds.available, holds.issued_here, holds.reserved

    spend(other_brand, wallet, 15_00)
    reserve(other_brand, wallet, 1_00)
    kept = reserve(brand, wallet, 3_00)
    assert moved() == [("reserve", -3_00), ("earn", 10_00)]
    assert held() == (1_00, 1_00, 3_00)
    cancel(brand, kept)
    assert moved()[0] == ("release", 3_00)
    assert held() == (4_00, 4_00, 0)


# What the database itself refuses


@pytest.mark.parametrize(
    "column", ["amount = 1", "status = 'cancelled'", "expires_at = 'infinity'"]
)
def test_what_was_spent_stays_spent(brand, wallet, column):
    spend(brand, wallet, 5_00)
    assert "ends once" in refused(f"UPDATE wallets_redemption SET {column}")
    assert "ends once" in refused("DELETE FROM wallets_redemption")


@pytest.mark.parametrize(
    "column", ["amount = 1", "wallet_id = 0", "brand_id = 0", "public_id = 'red_x'", "test = true"]
)
def test_what_is_held_ends_as_it_was_asked_for(brand, wallet, column):
    reserve(brand, wallet, 5_00)
    assert "ends once" in refused(f"UPDATE wallets_redemption SET {column}")


def test_what_is_held_is_spent_or_given_back_and_not_both(brand, wallet):
    made = spend(brand, wallet, 5_00)
    pk = Redemption.objects.get(public_id=made.public_id).pk
    for again in ("wallets_reserve(%s, %s)", "wallets_capture(%s, %s)"):
        assert "each_part_of_a_redemption_once" in refused(f"SELECT {again}", pk, NOON)
    assert "each_part_of_a_redemption_once" in refused(
        "SELECT wallets_release(ARRAY[%s], %s)", pk, NOON
    )


def test_a_transfer_that_spends_names_its_redemption_and_no_other_does(brand, wallet):
    spend(brand, wallet, 5_00)
    pk = Redemption.objects.get().pk
    copy = (
        "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, redemption_id) "
        "SELECT debit_id, credit_id, 1, %s, test, created_at, %s FROM wallets_transfer LIMIT 1"
    )
    for kind in ("reserve", "capture", "release"):
        assert "names_its_redemption" in refused(copy, kind, None)
    assert "names_its_redemption" in refused(copy, "earn", pk)


@pytest.mark.parametrize(
    ("kind", "creditor"), [("obligation", None), ("obligation", "brand"), ("redeemed", "other")]
)
def test_an_obligation_is_towards_another_brand(brand, other_brand, kind, creditor):
    to = {"brand": brand.pk, "other": other_brand.pk}.get(creditor)
    insert = (
        "INSERT INTO wallets_account (kind, test, brand_id, creditor_id) VALUES (%s, false, %s, %s)"
    )
    assert "has_another_brand_as_creditor" in refused(insert, kind, brand.pk, to)


def test_an_obligation_keeps_its_creditor(brand, other_brand, wallet):
    spend(brand, wallet, 5_00)
    moved = "UPDATE wallets_account SET creditor_id = creditor_id + 1 WHERE creditor_id IS NOT NULL"
    assert "keeps its wallet" in refused(moved)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (
            "UPDATE wallets_redemption SET status = 'reserved', ended_at = NULL",
            "Redemptions hold, spend or give back",
        ),
        (
            "UPDATE wallets_redemption SET amount = amount + 1",
            "Redemptions hold, spend or give back",
        ),
        (
            "UPDATE wallets_redemption SET brand_id = brand_id + 1",
            "What brands owe each other",
        ),
    ],
)
def test_what_went_round_the_triggers_is_found(brand, wallet, change, check):
    spend(brand, wallet, 15_00)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change)
    found = [finding.check for finding in wallets.verify_books() if finding.count]
    assert [each for each in found if each.startswith(check)], found


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_more_than_there_is_at_once_is_held_as_often_as_it_goes(brand, other_brand, wallet):
    calls = [
        partial(tried, partial(reserve, each, wallet, 6_00))
        for each in (brand, other_brand) * (CALLS // 2)
    ]
    told = at_once(calls)
    assert told.count(wallets.NotEnoughToSpend) == CALLS - 3
    assert sum(held(wallet).values()) == 2_00
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_held_once(brand, wallet):
    told = at_once([partial(reserve, brand, wallet, 5_00, "order-7")] * CALLS)
    assert len({made.public_id for made in told}) == 1
    assert sum(held(wallet).values()) == 15_00
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_one_key_for_different_people_at_once_is_held_once(brand, wallet):
    people = [earn(brand, f"p{n}@example.com") for n in range(CALLS)]
    told = at_once(
        [partial(tried, partial(reserve, brand, each, 5_00, "order-7")) for each in people]
    )
    assert told.count(wallets.RedemptionKeyReused) == CALLS - 1
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_captured_cancelled_and_expired_at_once_ends_once(brand, other_brand, wallet):
    made = reserve(brand, wallet, 12_00)
    late = NOON + HELD_FOR
    ends = [
        partial(tried, partial(capture, brand, made)),
        partial(tried, partial(cancel, brand, made)),
        partial(wallets.release_expired, now=late),
    ]
    at_once(ends * 2)
    assert Redemption.objects.get().status in {"captured", "cancelled", "expired"}
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_earnings_and_spendings_at_once_end_with_exact_totals(brand, other_brand, wallet):
    calls = [
        partial(tried, partial(spend, each, wallet, 7_00)) for each in (brand, other_brand)
    ] * 2
    told = at_once(calls + [partial(earn, each) for each in (brand, other_brand)] * 2)
    spent = sum(not isinstance(each, type) for each in told[:4])
    assert sum(held(wallet).values()) == 60_00 - spent * 7_00
    assert sum(come_home().values()) == spent * 7_00
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_people_spend_for_the_first_time_at_once_without_waiting_for_ever(brand, other_brand):
    """The brands' own accounts are made by whoever comes first."""
    people = [earn(brand, f"p{n}@example.com") for n in range(CALLS)]
    at_once([partial(spend, other_brand, each, 5_00) for each in people])
    assert come_home() == {("northwind", "fjell"): CALLS * 5_00}
    assert Account.objects.filter(kind="obligation").count() == 1
    assert_books_in_order()


# Any sequence of them


class Spending(RuleBasedStateMachine):
    """One person, two brands, and as the model a list of what was given and how much of each issuer's is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOON
        self.given: list[tuple[int, int]] = []
        self.gone = [0, 0]
        self.open: list[tuple[int, object, list[int], datetime]] = []
        self.spent = Counter[tuple[int, int]]()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.by = User.objects.create_user("ann@n.example")
        self.brands = [
            Brand.objects.create(name=slug, slug=slug, adjustment_limit=1_000_000_00)
            for slug in ("northwind", "fjell")
        ]
        for which in (0, 1):
            self.wallet = earn(self.brands[which])
            self.given.append((which, 10_00))

    def left(self) -> list[tuple[int, int]]:
        """What was given and is not gone: of each issuer's, the oldest goes first."""
        gone, left = list(self.gone), []
        for issuer, amount in self.given:
            taken = min(gone[issuer], amount)
            gone[issuer] -= taken
            left.append((issuer, amount - taken))
        return left

    @rule(which=st.sampled_from([0, 1]))
    def earn(self, which: int) -> None:
        earn(self.brands[which], at=self.now)
        self.given.append((which, 10_00))

    @rule(which=st.sampled_from([0, 1]), amount=st.sampled_from([1, 3_00, -1, -7_00]))
    def adjust(self, which: int, amount: int) -> None:
        made = tried(
            partial(
                wallets.adjust,
                brand=self.brands[which],
                wallet=self.wallet,
                amount=amount,
                reason="By hand",
                token=uuid4(),
                by=self.by,
                now=self.now,
            )
        )
        if sum(part for issuer, part in self.left() if issuer == which) + amount < 0:
            assert made is wallets.NotEnough
        elif amount > 0:
            self.given.append((which, amount))
        else:
            self.gone[which] -= amount

    @rule(where=st.sampled_from([0, 1]), amount=st.sampled_from([1, 4_00, 13_00, 35_00]))
    def reserve(self, where: int, amount: int) -> None:
        made = tried(partial(reserve, self.brands[where], self.wallet, amount, at=self.now))
        left = self.left()
        if amount > sum(part for _, part in left):
            assert made is wallets.NotEnoughToSpend
            return
        parts = [0, 0]
        for issuer, part in left:
            taken = min(part, amount - sum(parts))
            parts[issuer] += taken
        for issuer in (0, 1):
            self.gone[issuer] += parts[issuer]
        self.open.append((where, made, parts, self.now + HELD_FOR))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def capture(self, data: st.DataObject) -> None:
        where, made, parts, _ = self.ended(data)
        capture(self.brands[where], made, self.now)
        for issuer in (0, 1):
            self.spent[issuer, where] += parts[issuer]

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        where, made, parts, _ = self.ended(data)
        cancel(self.brands[where], made, self.now)
        self.gone = [gone - part for gone, part in zip(self.gone, parts, strict=True)]

    def ended(self, data: st.DataObject) -> tuple[int, object, list[int], datetime]:
        return self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))

    @rule(minutes=st.sampled_from([1, 10, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        late = [each for each in self.open if each[3] <= self.now]
        assert wallets.release_expired(now=self.now) == len(late)
        for each in late:
            self.open.remove(each)
            self.gone = [gone - part for gone, part in zip(self.gone, each[2], strict=True)]

    @invariant()
    def the_books_say_the_same(self) -> None:
        if not self.given:
            return
        slugs = [brand.slug for brand in self.brands]
        left = Counter[str]()
        for issuer, part in self.left():
            left[slugs[issuer]] += part
        assert held(self.wallet) == {slug: part for slug, part in left.items() if part}
        told = {
            (slugs[issuer], None if issuer == where else slugs[where]): part
            for (issuer, where), part in self.spent.items()
            if part
        }
        assert come_home() == told
        assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_any_sequence_spends_the_oldest_first_and_exactly():
    run_state_machine_as_test(
        Spending,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
