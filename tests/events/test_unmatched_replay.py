"""Events that were missed are made good: once, as of the moment at which they came."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from brands.models import AuditEntry, Brand, Trust
from events import services as events
from events.models import Cooldown, Event, Replay, UnmatchedEvent, UnmatchedName
from events.queries.unmatched import missed, unmatched_rows
from events.services import Terms, UnknownEvent, replay, unmatched
from tests.events.calls import NOON, assert_books_in_order, at_once, report, submission, today

DAY = timedelta(days=1)
LATER = NOON + 3 * DAY
ORDER = Terms(amount=10_00, business_key="metadata.order_id")


def miss(brand, *args, **more):
    with pytest.raises(UnknownEvent):
        report(brand, *args, **more)


def make_type(brand, terms=ORDER, key="order", at=LATER, **more):
    return events.create_event_type(
        brand=brand, key=key, name=key.title(), terms=terms, by=None, now=at, **more
    )


def run(event_type, now=LATER):
    """A whole run, as the job does it."""
    begun = events.start_replay(event_type=event_type, by=None, now=now)
    while events.replay_chunk(replay_id=begun.pk, now=now):
        pass
    begun.refresh_from_db()
    return begun


def recorded(**conditions):
    return list(Event.objects.filter(**conditions).order_by("received_at", "id"))


def test_what_was_missed_is_recorded_and_paid(brand):
    miss(brand, metadata={"order_id": "A"}, at=NOON)
    miss(brand, address="bob@example.com", metadata={"order_id": "B"}, at=NOON, test=True)
    done = run(make_type(brand))
    assert (done.total, done.done, done.counts) == (2, 2, {"rewarded": 2})
    assert (done.paid, done.paid_test) == (10_00, 10_00)
    assert done.finished_at == LATER
    assert not UnmatchedName.objects.exists()
    assert [(event.source, event.test) for event in recorded()] == [
        ("replay", False),
        ("replay", True),
    ]
    assert_books_in_order()


def test_it_is_judged_as_of_when_it_came_and_received_now(brand):
    daily = Terms(amount=1_00, cooldown=Cooldown.DAY)
    for days in range(3):
        miss(brand, at=NOON + days * DAY)
    miss(brand, at=NOON + timedelta(minutes=1))
    done = run(make_type(brand, daily))
    assert done.counts == {"rewarded": 3, "cooldown": 1}
    assert {event.received_at for event in recorded()} == {LATER}
    assert max(event.judged_at for event in recorded()) == NOON + 2 * DAY
    detail = recorded()[0].detail
    assert detail.request["first_received_at"] == NOON.isoformat()


def test_a_trusted_caller_who_asked_is_judged_as_of_when_it_happened(brand):
    asked = {"occurred_at": NOON - 10 * DAY, "judge_at_occurred": True}
    miss(brand, metadata={"order_id": "A"}, **asked)
    miss(brand, metadata={"order_id": "B"}, trust=Trust.OPEN, **asked)
    run(make_type(brand))
    assert {event.trust: event.judged_at for event in recorded()} == {
        "key": NOON - 10 * DAY,
        "open": NOON,
    }


def test_open_events_stay_within_the_bounds_of_the_day_on_which_they_came(brand):
    Brand.objects.filter(pk=brand.pk).update(open_person_daily=10_00)
    for day in range(2):
        for number in range(2):
            miss(
                brand,
                metadata={"order_id": f"{day}-{number}"},
                trust=Trust.OPEN,
                at=NOON + day * DAY,
            )
    done = run(make_type(brand))
    assert done.counts == {"rewarded": 2, "capped": 2}


def test_a_client_that_makes_too_many_wallets_makes_no_more_by_a_replay(brand):
    Brand.objects.filter(pk=brand.pk).update(open_new_wallets_hourly=1)
    for n in range(3):
        miss(
            brand,
            address=f"p{n}@example.com",
            metadata={"order_id": n},
            trust=Trust.OPEN,
            client="somebody",
        )
    done = run(make_type(brand))
    assert done.counts == {"rewarded": 1, "capped": 2}


def test_a_partner_who_sends_it_again_later_gets_the_replays_answer(brand):
    sent = {"metadata": {"order_id": "A", "total": Decimal("89.90")}, "idempotency_key": "k-1"}
    miss(brand, **sent)
    run(make_type(brand))
    again = report(brand, **sent, at=LATER + DAY)
    assert (again.status, again.replayed, again.request_id) == ("rewarded", True, "req_test")
    assert Event.objects.count() == 1


def test_what_the_partner_sent_again_before_the_replay_is_not_paid_twice(brand):
    sent = {"metadata": {"order_id": "A"}, "idempotency_key": "k-1"}
    miss(brand, **sent)
    event_type = make_type(brand, Terms(amount=10_00))
    events.receive(
        brand=today(brand), submission=replace(submission(**sent, at=LATER), request_id="req_again")
    )
    done = run(event_type)
    assert (done.counts, done.paid) == ({"repeated": 1}, 0)
    assert not UnmatchedEvent.objects.exists()
    assert Event.objects.count() == 1


def test_sent_three_times_with_one_key_it_is_paid_once(brand):
    for _ in range(3):
        miss(brand, idempotency_key="k-1")
    done = run(make_type(brand, Terms(amount=10_00)))
    assert (done.counts, done.paid) == ({"rewarded": 1, "repeated": 2}, 10_00)


def test_a_run_that_was_cut_off_goes_on_and_counts_what_it_paid(brand, monkeypatch):
    for n in range(5):
        miss(brand, metadata={"order_id": n}, at=NOON + timedelta(seconds=n))
    event_type = make_type(brand)
    monkeypatch.setattr(replay, "CHUNK", 2)
    begun = events.start_replay(event_type=event_type, by=None, now=LATER)
    assert events.replay_chunk(replay_id=begun.pk, now=LATER)
    with monkeypatch.context() as dying:

        def die(*_, **__):
            raise IntegrityError

        dying.setattr(replay, "advance", die)
        with pytest.raises(IntegrityError):
            events.replay_chunk(replay_id=begun.pk, now=LATER)
    assert Event.objects.count() == 4
    assert UnmatchedEvent.objects.count() == 3
    assert events.left_alone(now=LATER + timedelta(seconds=30)) == []
    assert events.left_alone(now=LATER + timedelta(minutes=2)) == [begun.pk]
    done = run(event_type, now=LATER + timedelta(minutes=2))
    assert done.pk == begun.pk
    assert (done.counts, done.paid) == ({"rewarded": 5}, 50_00)
    assert Event.objects.count() == 5
    assert_books_in_order()


def test_what_the_caller_proved_too_little_for_stays_until_that_changes(brand):
    miss(brand, metadata={"order_id": "A"}, trust=Trust.OPEN)
    miss(brand, metadata={"order_id": "B"}, trust=Trust.KEY)
    event_type = make_type(brand, least_trust=Trust.KEY)
    done = run(event_type)
    assert done.counts == {"trust_too_low": 1, "rewarded": 1}
    assert UnmatchedEvent.objects.get().trust == "open"
    events.require_trust(event_type=event_type, least_trust=None, by=None, now=LATER)
    assert run(event_type).counts == {"rewarded": 1}


def test_a_key_that_was_used_for_something_else_is_left_as_it_is(brand):
    miss(brand, metadata={"order_id": "A"}, idempotency_key="k-1")
    event_type = make_type(brand)
    report(brand, metadata={"order_id": "B"}, idempotency_key="k-1", at=LATER)
    assert run(event_type).counts == {"idempotency_key_reused": 1}
    assert UnmatchedEvent.objects.count() == 1


def test_nothing_is_replayed_for_a_type_that_is_off_or_was_never_missed(brand):
    event_type = make_type(brand)
    with pytest.raises(events.NothingMissed):
        events.start_replay(event_type=event_type, by=None, now=LATER)
    miss(brand, "review")
    review = make_type(brand, key="review")
    events.switch_event_type(event_type=review, active=False, by=None, now=LATER)
    with pytest.raises(events.EventTypeOff):
        events.start_replay(event_type=review, by=None, now=LATER)


@pytest.mark.parametrize("why", ["event_type_off", "brand_suspended"])
def test_a_run_stops_where_its_events_would_be_lost(brand, why):
    miss(brand, metadata={"order_id": "A"})
    event_type = make_type(brand)
    begun = events.start_replay(event_type=event_type, by=None, now=LATER)
    if why == "event_type_off":
        events.switch_event_type(event_type=event_type, active=False, by=None, now=LATER)
    else:
        Brand.objects.filter(pk=brand.pk).update(status=Brand.Status.SUSPENDED)
    assert not events.replay_chunk(replay_id=begun.pk, now=LATER)
    begun.refresh_from_db()
    assert (begun.stopped, begun.done) == (why, 0)
    assert UnmatchedEvent.objects.count() == 1


def test_who_began_it_is_in_the_audit_log(brand, ann):
    miss(brand, metadata={"order_id": "A"})
    events.start_replay(event_type=make_type(brand), by=ann, now=LATER)
    entry = AuditEntry.objects.get(action="event_type.replayed")
    assert (entry.by, entry.subject, entry.after) == (ann, "order", {"events": 1})


@pytest.mark.django_db(transaction=True)
def test_replayed_twice_at_once_and_sent_again_meanwhile_it_is_paid_once(brand, monkeypatch):
    monkeypatch.setattr(replay, "CHUNK", 3)
    for n in range(12):
        miss(
            brand,
            address=f"p{n}@example.com",
            idempotency_key=f"k-{n}" if n % 2 else None,
            at=NOON + timedelta(seconds=n),
        )
    event_type = make_type(brand, Terms(amount=10_00))
    runs = at_once(
        [lambda: events.start_replay(event_type=event_type, by=None, now=LATER) for _ in range(3)]
    )
    assert len({each.pk for each in runs}) == 1

    def work():
        while events.replay_chunk(replay_id=runs[0].pk, now=LATER):
            pass

    def send_again():
        for n in range(1, 12, 2):
            report(brand, address=f"p{n}@example.com", idempotency_key=f"k-{n}", at=NOON)

    at_once([work, work, send_again])
    done = Replay.objects.get()
    assert done.done == done.total == 12
    assert Event.objects.filter(status="rewarded").count() == Event.objects.count() == 12
    assert not UnmatchedEvent.objects.exists()
    assert_books_in_order()


def test_a_batch_is_kept_in_as_many_queries_as_one_event(brand):
    def queries(count):
        sent = [submission(f"n{n % 7}", metadata={"n": n}) for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            unmatched.keep(brand=today(brand), submissions=sent)
        return len(seen)

    queries(7)
    assert queries(1) == queries(200)
    assert {name.name: name.count for name in UnmatchedName.objects.all()}["n3"] == 1 + 29


def test_beyond_the_bounds_only_what_is_known_is_counted_on(brand, monkeypatch):
    monkeypatch.setattr(unmatched, "MOST_NAMES", 2)
    monkeypatch.setattr(unmatched, "MOST_EVENTS", 3)
    names = ["a", "b", "c", "a", "b", "a"]
    unmatched.keep(brand=today(brand), submissions=[submission(name) for name in names])
    assert dict(UnmatchedName.objects.values_list("name", "count")) == {"a": 3, "b": 2}
    assert UnmatchedEvent.objects.count() == 3


def test_what_is_kept_is_told_masked(brand):
    miss(brand, metadata={"buyer": "bob@example.com", "order_id": "A"}, trust=Trust.OPEN)
    miss(brand, address="zoe@example.com", metadata={"order_id": "B"}, at=NOON + DAY, test=True)
    (row,) = unmatched_rows(brand_id=brand.pk)
    assert (row.name, row.times, row.missed.live, row.missed.test) == ("order", 2, 1, 1)
    assert row.person == "zo•••@example.com"
    assert "@" not in str(row.sample)
    assert missed(brand_id=brand.pk, key="order").by_trust == {"key": 1, "open": 1}


def test_a_dismissed_name_is_gone_and_noted(brand, ann):
    miss(brand)
    name = UnmatchedName.objects.get()
    assert events.dismiss_unmatched(name=name, by=ann, now=LATER) == 1
    assert not UnmatchedName.objects.exists()
    assert AuditEntry.objects.get().before == {"times": 1, "kept": 1}
