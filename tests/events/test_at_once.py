"""Calls at the same moment, in threads with connections of their own, on the real database."""

import random
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import OperationalError, connection, models

from brands.models import Brand, Trust
from events import services
from events.models import BusinessKey, Cooldown, Event, IdempotencyKey, NewWallets, OpenTotal
from events.services import KeyReused, Outcome, Terms, gather
from events.services import record as recording
from tests.events.calls import NOON, assert_books_in_order, at_once, report, submission, today
from wallets.models import Account, Identity, Transfer, Wallet

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 16
BOUNDS = {
    "open_person_daily": 1_000_000_00,
    "open_brand_daily": 1_000_000_00,
    "open_new_wallets_hourly": 5,
}


@pytest.fixture(autouse=True)
def places(request, monkeypatch) -> int:
    """How many calls are at the database at a time: all of them, where a test says nothing else."""
    found = getattr(request, "param", CALLS)
    monkeypatch.setattr(gather, "_gatherer", gather.Gatherer(places=found))
    return found


apart_and_in_company = pytest.mark.parametrize(
    "places", [CALLS, gather.PLACES], ids=["apart", "in company"], indirect=True
)


@pytest.fixture
def brand(db) -> Brand:
    brand = Brand.objects.create(name="Northwind", slug="northwind", time_zone="Europe/Berlin")
    for key, terms in {
        "visit": Terms(amount=1_00, cooldown=Cooldown.DAY),
        "order": Terms(amount=10_00, business_key="metadata.order_id"),
        "click": Terms(amount=1),
        "capped": Terms(amount=1_00, person_daily_cap=5_00),
    }.items():
        services.create_event_type(brand=brand, key=key, name=key, terms=terms, by=None, now=NOON)
    return brand


@apart_and_in_company
def test_the_same_event_for_one_new_person_is_paid_once(brand):
    told = at_once([partial(report, brand, "visit")] * CALLS)
    assert sorted(answer.status for answer in told) == ["cooldown"] * (CALLS - 1) + ["rewarded"]
    assert sum(answer.wallet_created for answer in told) == 1
    assert {answer.next_eligible_at for answer in told} == {NOON + timedelta(hours=11)}
    assert (Wallet.objects.count(), Identity.objects.count()) == (1, 1)
    assert Account.objects.get(kind="available").balance == 1_00
    assert_books_in_order()


@apart_and_in_company
def test_open_calls_for_one_new_person_count_as_one_new_wallet(brand):
    Brand.objects.update(**BOUNDS)
    told = at_once([partial(report, brand, "visit", trust=Trust.OPEN, client="c")] * CALLS)
    assert sorted(answer.status for answer in told) == ["cooldown"] * (CALLS - 1) + ["rewarded"]
    assert NewWallets.objects.get().made == 1
    assert OpenTotal.objects.aggregate(total=models.Sum("amount"))["total"] == 1_00


@apart_and_in_company
def test_a_client_makes_exactly_as_many_wallets_as_it_may(brand):
    Brand.objects.update(**BOUNDS)
    told = at_once(
        [
            partial(report, brand, "visit", f"p{n}@example.com", trust=Trust.OPEN, client="c")
            for n in range(CALLS)
        ]
    )
    assert sorted(answer.status for answer in told) == ["capped"] * 11 + ["rewarded"] * 5
    assert (Wallet.objects.count(), NewWallets.objects.get().made) == (5, 5)
    assert_books_in_order()


def test_as_many_new_people_get_as_many_wallets(brand):
    told = at_once([partial(report, brand, "visit", f"p{n}@example.com") for n in range(CALLS)])
    assert {answer.status for answer in told} == {"rewarded"}
    assert Wallet.objects.count() == CALLS
    assert Account.objects.filter(kind="issued").count() == 1
    assert_books_in_order()


@apart_and_in_company
@pytest.mark.parametrize("name", ["visit", "click"])
def test_one_idempotency_key_is_one_event_and_one_answer(brand, name):
    told = at_once([partial(report, brand, name, idempotency_key="k")] * CALLS)
    assert {(answer.status, answer.amount, answer.balance) for answer in told} == {
        (told[0].status, told[0].amount, told[0].amount)
    }
    assert len({answer.event_id for answer in told}) == 1
    assert sorted(answer.replayed for answer in told) == [False] + [True] * (CALLS - 1)
    assert Event.objects.count() == Transfer.objects.count() == 1
    assert_books_in_order()


@apart_and_in_company
@pytest.mark.parametrize("trust", [Trust.KEY, Trust.OPEN])
def test_one_idempotency_key_for_different_people_is_one_event_and_one_wallet(brand, trust):
    Brand.objects.update(**BOUNDS)

    def call(n):
        try:
            return report(
                brand, "click", f"p{n}@example.com", idempotency_key="k", trust=trust, client="c"
            )
        except KeyReused as refused:
            return refused

    told = at_once([partial(call, n) for n in range(CALLS)])
    assert sum(isinstance(answer, Outcome) for answer in told) == 1
    assert Event.objects.count() == IdempotencyKey.objects.count() == 1
    assert Wallet.objects.count() == Identity.objects.count() == 1
    if trust == Trust.OPEN:
        assert NewWallets.objects.get().made == 1
    assert_books_in_order()


@apart_and_in_company
def test_one_order_reported_for_many_people_by_key_is_paid_once(brand):
    told = at_once(
        [
            partial(report, brand, "order", f"p{n}@example.com", {"order_id": "1"})
            for n in range(CALLS)
        ]
    )
    assert sorted(answer.status for answer in told) == ["duplicate"] * (CALLS - 1) + ["rewarded"]
    assert BusinessKey.objects.get().holder == 0
    assert_books_in_order()


@apart_and_in_company
def test_an_order_taken_by_open_calls_is_still_paid_to_whom_a_key_names(brand):
    Brand.objects.update(**BOUNDS)
    strangers = [
        partial(
            report,
            brand,
            "order",
            f"p{n % 4}@example.com",
            {"order_id": "1"},
            trust=Trust.OPEN,
            client="c",
        )
        for n in range(CALLS - 1)
    ]
    told = at_once([*strangers, partial(report, brand, "order", metadata={"order_id": "1"})])
    assert told[-1].status == "rewarded"
    # Nobody is paid twice; who came after the proved call not at all.
    paid = [answer.wallet for answer in told if answer.status == "rewarded"]
    assert len(paid) == len(set(paid))
    assert_books_in_order()


@apart_and_in_company
def test_a_limit_is_not_overshot(brand):
    told = at_once([partial(report, brand, "capped")] * CALLS)
    assert sorted(answer.status for answer in told) == ["capped"] * 11 + ["rewarded"] * 5
    assert Account.objects.get(kind="available").balance == 5_00


def test_batches_of_the_same_people_in_opposite_orders_end_with_exact_totals(brand):
    people = [f"p{n}@example.com" for n in range(20)]
    facts = today(brand)

    def call(seed):
        chance = random.Random(seed)
        order = people * 2
        chance.shuffle(order)
        return services.receive_batch(
            brand=facts,
            submissions=[
                submission(
                    chance.choice(["click", "order"]),
                    address,
                    {"order_id": chance.randrange(30)},
                    idempotency_key=f"{chance.randrange(400)}",
                    test=chance.random() < 0.2,
                )
                for address in order
            ],
        )

    answers = [
        answer for batch in at_once([partial(call, n) for n in range(8)]) for answer in batch
    ]
    assert {type(answer) for answer in answers} <= {Outcome, KeyReused}
    paid = {answer.event_id: answer.amount for answer in answers if isinstance(answer, Outcome)}
    assert len(paid) == Event.objects.count()
    held = Account.objects.filter(kind="available").aggregate(total=models.Sum("balance"))
    assert held["total"] == sum(paid.values())
    orders = [key.value for key in BusinessKey.objects.filter(test=False)]
    assert Event.objects.filter(name="order", test=False, status="rewarded").count() == len(orders)
    assert_books_in_order()


def test_the_function_takes_its_locks_in_an_order_that_needs_no_second_try(brand, monkeypatch):
    """Retries would hide a wrong order of locks; here they are not allowed."""
    monkeypatch.setattr(recording, "ATTEMPTS", 1)
    Brand.objects.update(**BOUNDS | {"open_new_wallets_hourly": 1000})
    facts = today(brand)

    def call(seed):
        chance = random.Random(seed)
        for _ in range(4):
            services.receive_batch(
                brand=facts,
                submissions=[
                    submission(
                        chance.choice(["click", "order", "visit", "capped"]),
                        f"p{chance.randrange(25)}@example.com",
                        {"order_id": chance.randrange(10)},
                        idempotency_key=chance.choice([None, f"{chance.randrange(60)}"]),
                        trust=chance.choice([Trust.OPEN, Trust.KEY]),
                        client=chance.choice(["c", "d"]),
                    )
                    for _ in range(12)
                ],
            )

    at_once([partial(call, n) for n in range(8)])
    assert_books_in_order()


@pytest.mark.parametrize("failures", [1, 2])
def test_a_deadlock_is_tried_again_and_nobody_notices(brand, monkeypatch, failures):
    left = [psycopg.errors.DeadlockDetected("deadlock detected")] * failures
    run = recording.run
    monkeypatch.setattr(recording, "run", lambda sent: fail(left.pop()) if left else run(sent))
    assert report(brand, "visit").status == "rewarded"


def test_a_deadlock_that_stays_is_an_operational_error_of_django(brand, monkeypatch):
    error = psycopg.errors.DeadlockDetected("deadlock detected")
    monkeypatch.setattr(recording, "run", lambda _sent: fail(error))
    with pytest.raises(OperationalError):
        report(brand, "visit")


def fail(error):
    raise error


def test_a_server_that_goes_away_is_an_operational_error_and_the_next_call_works(brand):
    facts = today(brand)
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        services.receive(brand=facts, submission=submission("visit"))
    # What a request does at its end.
    connection.close_if_unusable_or_obsolete()
    assert report(brand, "visit").status == "rewarded"
