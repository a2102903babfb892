"""Adjusting by hand: once, never below zero, and above the limit by two people."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
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

from brands.models import AuditEntry, Brand, User
from events import services as events
from tests.events.calls import NOON, assert_books_in_order, at_once, report
from tests.wallets.attempts import refused, tried
from wallets import services as wallets
from wallets.models import Account, Adjustment, Transfer
from wallets.queries import issued_here
from wallets.services.adjustments import ALONE_WITHIN, LIFETIME

REASON = "A parcel was lost"
CALLS = 8


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob@northwind.example")


@pytest.fixture
def wallet(brand) -> int:
    """A person who has earned 10.00 at Northwind."""
    return earned(brand)


def earned(brand: Brand, amount: int = 10_00) -> int:
    events.create_event_type(
        brand=brand,
        key="visit",
        name="Visit",
        terms=events.Terms(amount=amount),
        by=None,
        now=NOON,
    )
    wallet = report(brand, "visit").wallet
    assert wallet is not None
    return wallet


def adjust(brand, wallet, by, amount, *, token: UUID | None = None, at=NOON, reason=REASON):
    return wallets.adjust(
        brand=brand,
        wallet=wallet,
        amount=amount,
        reason=reason,
        token=token or uuid4(),
        by=by,
        now=at,
    )


def approve(brand, adjustment, by, at=NOON):
    return wallets.approve_adjustment(brand=brand, adjustment=adjustment, by=by, now=at)


def refuse(brand, adjustment, by, at=NOON):
    return wallets.refuse_adjustment(brand=brand, adjustment=adjustment, by=by, now=at)


def held(brand, wallet) -> int:
    return issued_here(wallet=wallet, brand_id=brand.pk)


def actions() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="adjustment.").order_by("pk")
    return [entry.action.removeprefix("adjustment.") for entry in entries]


@pytest.mark.parametrize("amount", [5_00, -5_00, -10_00])
def test_it_is_added_and_taken(brand, ann, wallet, amount):
    made = adjust(brand, wallet, ann, amount)
    assert (made.status, made.amount) == ("posted", amount)
    assert held(brand, wallet) == 10_00 + amount
    transfer = Transfer.objects.get(kind="adjust")
    assert (transfer.adjustment_id, transfer.amount) == (made.id, abs(amount))
    assert_books_in_order()


def test_no_more_is_taken_than_this_brand_issued(brand, other_brand, ann, wallet):
    earned(other_brand)
    with pytest.raises(wallets.NotEnough) as refused:
        adjust(brand, wallet, ann, -10_01)
    assert refused.value.left == 10_00
    assert (held(brand, wallet), held(other_brand, wallet)) == (10_00, 10_00)
    assert not Adjustment.objects.exists()
    assert not actions()


def test_what_is_not_met_is_not_adjusted(brand, other_brand, ann, wallet):
    with pytest.raises(wallets.UnknownMember):
        adjust(other_brand, wallet, ann, 1_00)
    with pytest.raises(wallets.UnknownMember):
        adjust(brand, wallet + 1, ann, 1_00)


def test_who_has_been_refused_only_can_be_given_something(brand, ann):
    terms = events.Terms(amount=1_00, business_key="metadata.order_id")
    events.create_event_type(brand=brand, key="order", name="Order", terms=terms, by=None, now=NOON)
    wallet = report(brand, "order").wallet
    adjust(brand, wallet, ann, 5_00)
    assert held(brand, wallet) == 5_00
    assert_books_in_order()


@pytest.mark.parametrize("amount", [0, 1_000_000_01, -1_000_000_01])
def test_an_amount_is_between_a_hundredth_and_a_million(brand, ann, wallet, amount):
    with pytest.raises(wallets.InvalidAdjustment):
        adjust(brand, wallet, ann, amount)


@pytest.mark.parametrize("reason", ["", "  no ", "\u200b" * 5, "x" * 501, "a\0bc"])
def test_a_reason_says_something(brand, ann, wallet, reason):
    with pytest.raises(wallets.InvalidAdjustment):
        adjust(brand, wallet, ann, 1_00, reason=reason)


def test_the_same_form_again_is_the_same_adjustment_for_ever(brand, ann, wallet):
    token = uuid4()
    first = adjust(brand, wallet, ann, -8_00, token=token)
    # A year later, and with less left than it took.
    again = adjust(brand, wallet, ann, -8_00, token=token, at=NOON + timedelta(days=365))
    assert again == first
    assert held(brand, wallet) == 2_00
    assert actions() == ["posted"]


def test_a_form_sent_with_something_else_is_refused(brand, ann, wallet):
    token = uuid4()
    adjust(brand, wallet, ann, 1_00, token=token)
    other = report(brand, "visit", "bob@example.com").wallet
    for changed in ({"amount": 2_00}, {"reason": "Another reason"}, {"wallet": other}):
        said = {"amount": 1_00, "reason": REASON, "wallet": wallet} | changed
        with pytest.raises(wallets.TokenReused):
            wallets.adjust(brand=brand, token=token, by=ann, now=NOON, **said)
    assert held(brand, wallet) == 11_00


def test_the_audit_log_says_from_what_to_what(brand, ann, wallet):
    adjust(brand, wallet, ann, -2_50)
    entry = AuditEntry.objects.get(action="adjustment.posted")
    assert entry.subject == wallets.public_wallet_id(brand_id=brand.pk, wallet=wallet)
    assert entry.before == {"issued_here": "10.00"}
    assert (entry.after["issued_here"], entry.after["amount"]) == ("7.50", "-2.50")
    assert entry.after["reason"] == REASON


# Two people


@pytest.mark.parametrize(
    ("limit", "amount", "status"),
    [
        (100_00, 100_00, "posted"),
        (100_00, 100_01, "proposed"),
        (0, 1, "proposed"),
        (5_00, -6_00, "proposed"),
    ],
)
def test_above_the_limit_it_waits_for_a_second_person(brand, ann, wallet, limit, amount, status):
    Brand.objects.update(adjustment_limit=limit)
    assert adjust(brand, wallet, ann, amount).status == status
    assert held(brand, wallet) == 10_00 + (amount if status == "posted" else 0)
    assert actions() == [status]


def test_slices_are_added_up_for_one_person_and_one_member(brand, ann, bob, wallet):
    other = report(brand, "visit", "bob@example.com").wallet
    assert adjust(brand, wallet, ann, 60_00).status == "posted"
    # Down counts as up does.
    assert adjust(brand, wallet, ann, -40_00).status == "posted"
    assert adjust(brand, wallet, ann, 1).status == "proposed"
    assert adjust(brand, other, ann, 100_00).status == "posted"
    assert adjust(brand, wallet, bob, 100_00).status == "posted"
    assert adjust(brand, wallet, ann, 1, at=NOON + ALONE_WITHIN).status == "posted"


def test_the_second_person_approves(brand, ann, bob, wallet):
    asked = adjust(brand, wallet, ann, 500_00)
    made = approve(brand, asked.id, bob)
    assert (made.status, made.decided_by) == ("posted", "bob@northwind.example")
    assert held(brand, wallet) == 510_00
    assert actions() == ["proposed", "approved"]
    # What two have decided does not count for what one may move alone.
    assert adjust(brand, wallet, ann, 100_00).status == "posted"
    assert_books_in_order()


def test_the_second_person_refuses(brand, ann, bob, wallet):
    asked = adjust(brand, wallet, ann, 500_00)
    assert refuse(brand, asked.id, bob).status == "refused"
    assert held(brand, wallet) == 10_00
    for again in (approve, refuse):
        with pytest.raises(wallets.AdjustmentDecided):
            again(brand, asked.id, bob)
    assert actions() == ["proposed", "refused"]
    assert_books_in_order()


@pytest.mark.parametrize("decide", [approve, refuse])
def test_nobody_is_the_second_person_of_himself(brand, ann, wallet, decide):
    asked = adjust(brand, wallet, ann, 500_00)
    with pytest.raises(wallets.OwnAdjustment):
        decide(brand, asked.id, ann)
    with pytest.raises(IntegrityError, match="decided_by_somebody_else"), transaction.atomic():
        Adjustment.objects.filter(pk=asked.id).update(
            status="posted", decided_by=ann, decided_at=NOON
        )


@pytest.mark.parametrize("decide", [approve, refuse])
def test_after_seven_days_it_is_too_late(brand, ann, bob, wallet, decide):
    asked = adjust(brand, wallet, ann, 500_00)
    with pytest.raises(wallets.AdjustmentExpired):
        decide(brand, asked.id, bob, NOON + LIFETIME)
    assert asked.state(NOON + LIFETIME) == "expired"
    last = NOON + LIFETIME - timedelta(microseconds=1)
    assert decide(brand, asked.id, bob, last).state(NOON + LIFETIME) != "expired"


def test_it_is_judged_again_when_it_is_approved(brand, ann, bob, wallet):
    Brand.objects.update(adjustment_limit=0)
    first, second = (adjust(brand, wallet, ann, -6_00) for _ in range(2))
    approve(brand, first.id, bob)
    with pytest.raises(wallets.NotEnough) as refused:
        approve(brand, second.id, bob)
    assert refused.value.left == held(brand, wallet) == 4_00
    assert Adjustment.objects.get(pk=second.id).status == "proposed"
    assert actions() == ["proposed", "proposed", "approved"]
    report(brand, "visit", at=NOON + timedelta(hours=1))
    assert approve(brand, second.id, bob).status == "posted"


def test_another_brands_adjustment_is_not_there(brand, other_brand, ann, bob, wallet):
    asked = adjust(brand, wallet, ann, 500_00)
    for decide in (approve, refuse):
        with pytest.raises(wallets.UnknownAdjustment):
            decide(other_brand, asked.id, bob)


def test_the_worlds_stay_apart(brand, ann, wallet):
    test = report(brand, "visit", test=True).wallet
    made = adjust(brand, test, ann, 5_00)
    assert made.test
    assert (held(brand, test), held(brand, wallet)) == (15_00, 10_00)
    assert_books_in_order()


# What the database itself refuses


@pytest.mark.parametrize(
    "column", ["amount = amount + 1", "reason = 'other'", "status = 'refused'"]
)
def test_what_was_posted_stays_as_it_was(brand, ann, wallet, column):
    adjust(brand, wallet, ann, 5_00)
    assert "decided once" in refused(f"UPDATE wallets_adjustment SET {column}")
    assert "decided once" in refused("DELETE FROM wallets_adjustment")


@pytest.mark.parametrize(
    "column",
    [
        "amount = amount + 1",
        "wallet_id = wallet_id + 1",
        "token = gen_random_uuid()",
        "proposed_by_id = 0",
        "expires_at = expires_at + interval '1 day'",
    ],
)
def test_what_was_proposed_is_decided_as_it_was_proposed(brand, ann, wallet, column):
    adjust(brand, wallet, ann, 500_00)
    assert "decided once" in refused(f"UPDATE wallets_adjustment SET {column}")


def test_an_adjustment_is_posted_once(brand, ann, wallet):
    made = adjust(brand, wallet, ann, 5_00)
    assert "posts_an_adjustment_once" in refused("SELECT wallets_adjust(%s, %s)", made.id, NOON)


def test_a_transfer_by_hand_names_its_adjustment_and_no_other_does(brand, ann, wallet):
    made = adjust(brand, wallet, ann, 5_00)
    copy = (
        "INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, created_at, adjustment_id) "
        "SELECT debit_id, credit_id, 1, %s, test, created_at, %s FROM wallets_transfer LIMIT 1"
    )
    assert "names_its_adjustment" in refused(copy, "adjust", None)
    assert "names_its_adjustment" in refused(copy, "earn", made.id)


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_once_posts_once(brand, ann, wallet):
    token = uuid4()
    told = at_once([partial(adjust, brand, wallet, ann, 5_00, token=token)] * CALLS)
    assert len({made.id for made in told}) == 1
    assert held(brand, wallet) == 15_00
    assert actions() == ["posted"]
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_one_form_for_different_people_at_once_posts_once(brand, ann, wallet):
    token = uuid4()
    people = [report(brand, "visit", f"p{n}@example.com").wallet for n in range(CALLS)]
    told = at_once(
        [partial(tried, partial(adjust, brand, each, ann, 5_00, token=token)) for each in people]
    )
    assert told.count(wallets.TokenReused) == CALLS - 1
    assert Transfer.objects.filter(kind="adjust").count() == 1
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_takes_at_once_never_go_below_zero(brand, ann, wallet):
    told = at_once([partial(tried, partial(adjust, brand, wallet, ann, -3_00))] * CALLS)
    assert told.count(wallets.NotEnough) == CALLS - 3
    assert held(brand, wallet) == 1_00
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_slices_at_once_do_not_dodge_the_limit(brand, ann, wallet):
    told = at_once([partial(adjust, brand, wallet, ann, 40_00)] * CALLS)
    assert sorted(made.status for made in told) == ["posted"] * 2 + ["proposed"] * (CALLS - 2)
    assert held(brand, wallet) == 90_00


@pytest.mark.django_db(transaction=True)
def test_approved_and_refused_at_once_is_decided_once(brand, ann, bob, wallet):
    eve = User.objects.create_user("eve@northwind.example")
    asked = adjust(brand, wallet, ann, 500_00)
    told = at_once(
        [
            partial(tried, partial(decide, brand, asked.id, by))
            for by in (bob, eve)
            for decide in (approve, refuse)
        ]
        * 2
    )
    assert told.count(wallets.AdjustmentDecided) == len(told) - 1
    decided = Adjustment.objects.get()
    assert held(brand, wallet) == (510_00 if decided.status == "posted" else 10_00)
    assert len(actions()) == 2
    assert_books_in_order()


@pytest.mark.django_db(transaction=True)
def test_earnings_and_takes_at_once_end_with_exact_totals(brand, ann, wallet):
    calls = [partial(tried, partial(adjust, brand, wallet, ann, -9_00))] * 6
    calls += [partial(report, brand, "visit")] * 6
    told = at_once(calls)
    taken = sum(not isinstance(each, type) for each in told[:6])
    assert held(brand, wallet) == 70_00 - taken * 9_00
    assert_books_in_order()


# Any sequence of them


class ByHand(RuleBasedStateMachine):
    """Two members, two people who adjust, and a book of three lines as the model."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOON
        self.waiting: list[tuple[int, int, int, datetime]] = []
        self.sent: list[tuple[UUID, int, int, int, int]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(limit=st.sampled_from([0, 5_00, 20_00]))
    def begin(self, limit: int) -> None:
        self.limit = limit
        self.brand = Brand.objects.create(name="N", slug="n", adjustment_limit=limit)
        self.people = [User.objects.create_user(f"{n}@n.example") for n in range(2)]
        earned(self.brand)
        self.wallets = [report(self.brand, "visit", f"p{n}@example.com").wallet for n in range(2)]
        self.held = [10_00, 10_00]
        self.alone: list[tuple[int, int, datetime, int]] = []

    @rule(which=st.sampled_from([0, 1]))
    def earn(self, which: int) -> None:
        report(self.brand, "visit", f"p{which}@example.com", at=self.now)
        self.held[which] += 10_00

    @rule(
        which=st.sampled_from([0, 1]),
        by=st.sampled_from([0, 1]),
        amount=st.sampled_from([1, 4_00, 12_00, -1, -4_00, -12_00, -30_00]),
    )
    def adjust(self, which: int, by: int, amount: int) -> None:
        token = uuid4()
        made = tried(
            partial(
                adjust,
                self.brand,
                self.wallets[which],
                self.people[by],
                amount,
                token=token,
                at=self.now,
            )
        )
        if self.held[which] + amount < 0:
            assert made is wallets.NotEnough
            return
        recent = sum(
            size
            for person, member, at, size in self.alone
            if (person, member) == (by, which) and at > self.now - ALONE_WITHIN
        )
        if recent + abs(amount) > self.limit:
            assert made.status == "proposed"
            self.waiting.append((made.id, which, amount, self.now + LIFETIME))
        else:
            assert made.status == "posted"
            self.held[which] += amount
            self.alone.append((by, which, self.now, abs(amount)))
        self.sent.append((token, which, by, amount, made.id))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        token, which, by, amount, made = data.draw(st.sampled_from(self.sent))
        wallet, person = self.wallets[which], self.people[by]
        again = adjust(self.brand, wallet, person, amount, token=token, at=self.now)
        assert again.id == made

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), by=st.sampled_from([0, 1]), decide=st.sampled_from([approve, refuse]))
    def decide(self, data: st.DataObject, by: int, decide) -> None:
        asked = data.draw(st.sampled_from(self.waiting))
        adjustment, which, amount, until = asked
        proposer = Adjustment.objects.get(pk=adjustment).proposed_by_id
        made = tried(partial(decide, self.brand, adjustment, self.people[by], self.now))
        if proposer == self.people[by].pk:
            assert made is wallets.OwnAdjustment
        elif self.now >= until:
            assert made is wallets.AdjustmentExpired
        elif decide is approve and self.held[which] + amount < 0:
            assert made is wallets.NotEnough
        else:
            self.waiting.remove(asked)
            if decide is approve:
                self.held[which] += amount

    @rule(hours=st.sampled_from([1, 23, 24, 24 * 6]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def books_are_as_the_model_says(self) -> None:
        connection.check_constraints()
        assert_books_in_order()
        found = dict(
            Account.objects.filter(kind="available", wallet__in=self.wallets).values_list(
                "wallet", "balance"
            )
        )
        assert [found[wallet] for wallet in self.wallets] == self.held


@pytest.mark.django_db(transaction=True)
def test_any_sequence_is_answered_as_the_model_says_and_leaves_the_books_in_order():
    run_state_machine_as_test(
        ByHand,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
