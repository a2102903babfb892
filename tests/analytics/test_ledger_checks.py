"""The ledger is checked as a job, one at a time; what it finds is kept and raises an alert."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from analytics.models import Alert, LedgerCheck
from analytics.services import ledger, telling
from brands.models import User
from events import services as events
from events.services.verify import PARTS
from tests.events.calls import NOON, at_once, report

pytestmark = pytest.mark.django_db(transaction=True)
State = LedgerCheck.State


def clock():
    return NOON


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("olga@network.example", is_staff=True)


@pytest.fixture
def order(brand) -> None:
    terms = events.Terms(amount=10_00)
    events.create_event_type(brand=brand, key="order", name="Order", terms=terms, by=None, now=NOON)


def check(by=None) -> LedgerCheck:
    asked = ledger.ask_check(by=by, now=NOON)
    done = ledger.run_check(check_id=asked.pk, clock=clock)
    assert done is not None
    return done


def spoil(amount: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE wallets_account SET balance = balance + %s WHERE kind = 'available'", [amount]
        )
        cursor.execute("SET session_replication_role = DEFAULT")


def test_books_in_order_pass(brand, operator):
    done = check(operator)
    assert (done.state, done.done, done.total, done.wrong) == (State.PASSED, PARTS, PARTS, 0)
    assert not Alert.objects.exists()


def test_books_that_are_off_raise_one_alert_until_they_are_in_order(brand, order, operator):
    report(brand, "order", metadata={"order_id": "A-1"})
    spoil(100)
    done = check()
    assert done.state == State.FAILED
    assert done.findings[0]["sentences"]
    assert check().state == State.FAILED
    alert = Alert.objects.get()
    assert (alert.kind, alert.closed_at, alert.measured) == ("ledger", None, done.wrong)
    for notice in telling.waiting(now=NOON):
        telling.tell(notice_id=notice, now=NOON)
    (letter,) = mail.outbox
    assert letter.to == [operator.email]
    assert "Every stored balance is the sum of its transfers" in letter.body
    spoil(-100)
    assert check().state == State.PASSED
    alert.refresh_from_db()
    assert alert.closed_at == NOON


def test_one_check_at_a_time(operator):
    def ask():
        try:
            return ledger.ask_check(by=operator, now=NOON).pk
        except ledger.CheckUnderWay:
            return None

    asked = [each for each in at_once([ask] * 4) if each]
    assert len(asked) == 1
    ran = at_once([lambda: ledger.run_check(check_id=asked[0], clock=clock)] * 2)
    assert sum(each is not None for each in ran) == 1
    assert ask()


def test_a_worker_that_died_is_not_waited_for(operator):
    asked = ledger.ask_check(by=operator, now=NOON)
    assert ledger.left_waiting(now=NOON) == []
    assert ledger.left_waiting(now=NOON + ledger.LOST) == [asked.pk]
    LedgerCheck.objects.update(state=State.RUNNING, started_at=NOON)
    later = NOON + ledger.DEAD
    with pytest.raises(ledger.CheckUnderWay):
        ledger.ask_check(by=operator, now=later - timedelta(seconds=1))
    ledger.ask_check(by=operator, now=later)
    asked.refresh_from_db()
    assert asked.state == State.BROKEN


def test_the_last_checks_are_kept(operator):
    rows = [
        LedgerCheck(asked_at=NOON, touched_at=NOON, finished_at=NOON, state=State.PASSED)
        for _ in range(40)
    ]
    LedgerCheck.objects.bulk_create(rows)
    done = check()
    assert LedgerCheck.objects.count() == ledger.KEPT
    assert LedgerCheck.objects.filter(pk=done.pk).exists()
