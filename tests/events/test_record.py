"""What one call of `events_record` leaves behind, and what it answers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from brands.models import Brand, Trust
from events import services
from events.models import Cooldown, Event, EventType, IdempotencyKey, NewWallets
from events.services import CannotRecord, KeyReused, Outcome, Terms
from events.services.record import record
from events.services.record import run as run_as_it_is
from tests.events.calls import (
    NOON,
    WRITTEN,
    assert_books_in_order,
    report,
    snapshot,
    submission,
    today,
)
from wallets.models import Identity, Wallet

OPEN = Trust.OPEN
DAY = timedelta(days=1)


@pytest.fixture
def order(brand) -> EventType:
    """10.00 RSNC, once for every order."""
    return services.create_event_type(
        brand=brand,
        key="order",
        name="Order",
        terms=Terms(amount=10_00, business_key="metadata.order_id"),
        by=None,
        now=NOON,
    )


@pytest.fixture
def visit(brand) -> EventType:
    """1.00 RSNC, once a calendar day."""
    return services.create_event_type(
        brand=brand,
        key="visit",
        name="Visit",
        terms=Terms(amount=1_00, cooldown=Cooldown.DAY),
        by=None,
        now=NOON,
    )


def batch(brand: Brand, *submissions, dry_run=False):
    return services.receive_batch(brand=today(brand), submissions=submissions, dry_run=dry_run)


def statuses(answers):
    return [a.status if isinstance(a, Outcome) else type(a).__name__ for a in answers]


def test_a_batch_is_judged_in_its_order_where_its_events_share_a_person_or_an_order(brand, order):
    answers = batch(
        brand,
        submission(address="ann@example.com", metadata={"order_id": 1}),
        submission(address="bob@example.com", metadata={"order_id": "1"}),
        submission(address="bob@example.com", metadata={"order_id": 2}),
        submission(address="bob@example.com", metadata={}),
        submission(address="ann@example.com", metadata={"order_id": "2"}),
    )
    assert statuses(answers) == ["rewarded", "duplicate", "rewarded", "no_reward", "duplicate"]
    assert [a.balance for a in answers] == [10_00, 0, 10_00, 10_00, 10_00]
    assert [a.wallet_created for a in answers] == [True, True, False, False, False]
    assert_books_in_order()


def test_an_order_refused_to_one_person_is_free_for_the_next_in_the_batch(brand, order):
    services.publish(
        rule=order.rules.get(),
        terms=Terms(amount=10_00, business_key="metadata.order_id", cooldown=Cooldown.EVER),
        by=None,
        now=NOON,
    )
    answers = batch(
        brand,
        submission(address="ann@example.com", metadata={"order_id": "1"}),
        submission(address="ann@example.com", metadata={"order_id": "2"}),
        submission(address="bob@example.com", metadata={"order_id": "2"}),
    )
    assert statuses(answers) == ["rewarded", "cooldown", "rewarded"]
    assert_books_in_order()


def test_an_order_that_an_open_call_took_is_free_for_a_proved_call_for_somebody_else(brand, order):
    mallory = {"address": "mallory@example.com", "metadata": {"order_id": "1"}}
    assert report(brand, trust=OPEN, **mallory).status == "rewarded"
    assert report(brand, trust=OPEN, **mallory).status == "duplicate"
    # She herself cannot earn it a second time, however she comes.
    assert report(brand, trust=Trust.KEY, **mallory).status == "duplicate"
    assert report(brand, metadata={"order_id": "1"}).status == "rewarded"
    assert (
        report(brand, address="bob@example.com", metadata={"order_id": "1"}).status == "duplicate"
    )
    assert (
        report(brand, address="eve@example.com", metadata={"order_id": "1"}, trust=OPEN).status
        == "duplicate"
    )


@pytest.mark.parametrize(
    "value", [None, "", "  ", True, Decimal("1.5"), ["1"], {"id": 1}, "x" * 256]
)
def test_what_cannot_name_one_order_earns_nothing(brand, order, value):
    answer = report(brand, metadata={"order_id": value})
    assert (answer.status, answer.reason) == ("no_reward", "business_key_missing")


def test_a_key_used_for_another_event_in_one_batch_leaves_no_wallet_of_the_refused_one(
    brand, visit
):
    answers = batch(
        brand,
        submission("visit", "ann@example.com", idempotency_key="k"),
        submission("visit", "bob@example.com", idempotency_key="k"),
    )
    assert statuses(answers) == ["rewarded", "KeyReused"]
    assert not Identity.objects.filter(address="bob@example.com").exists()
    assert Wallet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_used_for_another_event_in_one_batch_takes_one_call_and_no_more(
    brand, visit, monkeypatch
):
    calls = []

    def run(sent: str):
        calls.append(sent)
        return run_as_it_is(sent)

    monkeypatch.setattr("events.services.record.run", run)
    answers = batch(
        brand,
        submission("visit", "ann@example.com", idempotency_key="k"),
        submission("visit", "bob@example.com", idempotency_key="k"),
    )
    assert statuses(answers) == ["rewarded", "KeyReused"]
    assert len(calls) == 1


def test_the_wallet_is_new_to_the_first_event_that_is_recorded(brand, visit):
    answers = batch(
        brand,
        submission("visit", "ann@example.com", idempotency_key="k"),
        submission("visit", "bob@example.com", idempotency_key="k"),
        submission("visit", "bob@example.com"),
        submission("visit", "bob@example.com"),
    )
    assert statuses(answers) == ["rewarded", "KeyReused", "rewarded", "cooldown"]
    assert [answers[2].wallet_created, answers[3].wallet_created] == [True, False]


def test_a_refused_key_gives_the_clients_new_wallet_back(brand, visit):
    batch(
        brand,
        submission("visit", "ann@example.com", idempotency_key="k", trust=OPEN, client="c"),
        submission("visit", "bob@example.com", idempotency_key="k", trust=OPEN, client="c"),
    )
    assert NewWallets.objects.get().made == 1


def test_a_refused_key_does_not_take_the_last_new_wallet_from_somebody_else(brand, visit):
    Brand.objects.filter(pk=brand.pk).update(open_new_wallets_hourly=2)
    more = {"trust": OPEN, "client": "c"}
    answers = batch(
        brand,
        submission("visit", "ann@example.com", idempotency_key="k", **more),
        submission("visit", "bob@example.com", idempotency_key="k", **more),
        submission("visit", "eve@example.com", **more),
        submission("visit", "zoe@example.com", **more),
        submission("visit", "ann@example.com", idempotency_key="k", **more),
    )
    assert statuses(answers) == ["rewarded", "KeyReused", "rewarded", "capped", "rewarded"]
    assert answers[4].event_id == answers[0].event_id


def test_a_client_makes_so_many_wallets_an_hour_and_no_more(brand, visit):
    Brand.objects.filter(pk=brand.pk).update(open_new_wallets_hourly=2)
    told = [
        report(brand, "visit", f"p{n}@example.com", trust=OPEN, client="c", at=NOON)
        for n in range(4)
    ]
    assert statuses(told) == ["rewarded", "rewarded", "capped", "capped"]
    assert told[2].reason == "open_new_wallets"
    assert told[2].wallet is None
    assert told[2].next_eligible_at == NOON + timedelta(hours=1)
    # Neither the people who have a wallet, nor other clients, nor the next hour are affected.
    assert report(brand, "visit", "p0@example.com", trust=OPEN, client="c").status == "cooldown"
    assert report(brand, "visit", "p2@example.com", trust=OPEN, client="d").status == "rewarded"
    later = NOON + timedelta(hours=1)
    assert (
        report(brand, "visit", "p3@example.com", trust=OPEN, client="c", at=later).status
        == "rewarded"
    )


def test_test_wallets_do_not_use_up_what_a_client_may_make_live(brand, visit):
    Brand.objects.filter(pk=brand.pk).update(open_new_wallets_hourly=1)
    more = {"trust": OPEN, "client": "c"}
    assert report(brand, "visit", "ann@example.com", test=True, **more).status == "rewarded"
    assert report(brand, "visit", "bob@example.com", test=True, **more).status == "capped"
    assert report(brand, "visit", "bob@example.com", **more).status == "rewarded"


def test_an_event_of_last_week_that_a_later_one_blocks_says_when_the_next_is_paid(brand, visit):
    assert report(brand, "visit").status == "rewarded"
    late = report(brand, "visit", at=NOON, occurred_at=NOON - 7 * DAY, judge_at_occurred=True)
    assert late.status == "cooldown"
    assert late.next_eligible_at == datetime(2026, 3, 18, 23, tzinfo=UTC)
    assert report(brand, "visit", at=late.next_eligible_at).status == "rewarded"


def test_an_event_of_last_week_that_is_paid_leaves_today_free(brand, visit):
    late = report(brand, "visit", occurred_at=NOON - 7 * DAY, judge_at_occurred=True)
    assert (late.status, late.next_eligible_at) == ("rewarded", None)
    assert report(brand, "visit").status == "rewarded"


def test_an_open_call_is_judged_when_it_arrives_whatever_it_asks(brand, visit):
    assert report(brand, "visit").status == "rewarded"
    late = report(brand, "visit", trust=OPEN, occurred_at=NOON - 7 * DAY, judge_at_occurred=True)
    assert late.status == "cooldown"
    assert Event.objects.get(status="cooldown").judged_at == NOON


def test_numbers_that_differ_in_the_thirtieth_digit_are_not_the_same_event(brand, visit):
    digits = "1." + 28 * "0"
    report(brand, "visit", metadata={"x": Decimal(digits + "1")}, idempotency_key="k")
    with pytest.raises(KeyReused):
        report(brand, "visit", metadata={"x": Decimal(digits + "2")}, idempotency_key="k")


@pytest.mark.parametrize("again", [10, Decimal("10.0"), Decimal("1e1")])
def test_one_number_may_be_written_in_several_ways(brand, visit, again):
    first = report(brand, "visit", metadata={"x": Decimal("10.00")}, idempotency_key="k")
    second = report(brand, "visit", metadata={"x": again}, idempotency_key="k")
    assert (second.event_id, second.replayed) == (first.event_id, True)


def test_a_refusal_is_replayed_too(brand, visit):
    report(brand, "visit")
    refused = report(brand, "visit", idempotency_key="k")
    again = report(brand, "visit", idempotency_key="k", at=NOON + 2 * DAY)
    assert (refused.status, again.status, again.replayed) == ("cooldown", "cooldown", True)
    assert again.next_eligible_at == refused.next_eligible_at


def test_open_and_proved_calls_and_the_worlds_keep_their_keys_apart(brand, visit):
    for more in ({}, {"trust": OPEN}, {"test": True}, {"test": True, "trust": OPEN}):
        assert not report(brand, "visit", idempotency_key="k", **more).replayed
    assert report(brand, "visit", idempotency_key="k", trust=Trust.SIGNED).replayed
    assert IdempotencyKey.objects.count() == 4


def test_a_rehearsal_leaves_nothing(brand, visit, order):
    report(brand, "visit")
    before = snapshot(WRITTEN)
    answers = batch(
        brand,
        submission("visit", "new@example.com", trust=OPEN, client="c", idempotency_key="k"),
        submission("order", "ann@example.com", {"order_id": "1"}),
        submission("order", "bob@example.com", {"order_id": "1"}),
        submission("unheard_of"),
        dry_run=True,
    )
    assert statuses(answers) == ["rewarded", "rewarded", "duplicate", "UnknownEvent"]
    assert [a.event_id for a in answers[:3]] == [None] * 3
    assert snapshot(WRITTEN) == before


def poisoned(**more):
    """The database cannot store this one: JSON text may not hold NUL."""
    return submission("visit", "poison@example.com", {"x": "\0"}, **more)


@pytest.mark.parametrize("dry_run", [False, True], ids=["recorded", "rehearsed"])
def test_one_event_that_the_database_refuses_does_not_stop_the_others(brand, visit, dry_run):
    people = [submission("visit", f"p{n}@example.com") for n in range(6)]
    answers = batch(brand, *people[:4], poisoned(), *people[4:], dry_run=dry_run)
    assert statuses(answers) == ["rewarded"] * 4 + ["CannotRecord"] + ["rewarded"] * 2
    assert not Identity.objects.filter(address="poison@example.com").exists()


def test_an_event_that_the_database_refuses_is_refused_alone_as_well(brand, visit):
    with pytest.raises(CannotRecord):
        services.receive(brand=today(brand), submission=poisoned(idempotency_key="k"))
    assert not IdempotencyKey.objects.exists()


def test_nothing_to_record_is_no_call():
    # No database here: asking it would fail.
    assert record([]) == []
