"""Attempts: signed, judged, repeated, given up. Time is passed in, nobody waits."""

from datetime import timedelta

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from brands.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from brands.outgoing import Failure, Reply
from brands.services import webhooks
from brands.services.webhooks.retention import forget_old
from tests.brands.webhooks.conftest import NOON, add, attempt, next_attempt, tell

State = WebhookDelivery.State
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def sent_by(endpoint, now):
    """What would reach the partner's server: body and headers."""
    sent = []

    def send(url, *, body, headers):
        sent.append((url, body, headers))
        return Reply(200)

    handed = webhooks.hand_out(now=now)[0]
    webhooks.deliver(delivery_id=handed.delivery_id, claim=handed.claim, now=now, send=send)
    return sent[0]


def test_what_is_sent_verifies_with_the_library(brand):
    made = add(brand)
    delivery = tell(made.endpoint)
    url, body, headers = sent_by(made.endpoint, NOON)
    assert url == made.endpoint.url
    assert headers["webhook-id"] == delivery.message.public_id
    with time_machine.travel(NOON, tick=False):
        read = Webhook(made.secret).verify(body, headers)
        assert read == {
            "type": "wallet.credited",
            "timestamp": "2026-03-18T12:00:00Z",
            "data": {"amount": "10.00"},
        }
        with pytest.raises(WebhookVerificationError):
            Webhook(made.secret).verify(body + b" ", headers)


def test_during_a_rotation_both_secrets_verify_and_after_it_one(brand):
    made = add(brand)
    new = webhooks.rotate_secret(endpoint=made.endpoint, by=None, now=NOON)
    for subject, now, old_holds in [("a", NOON, True), ("b", NOON + 24 * HOUR, False)]:
        tell(made.endpoint, subject, now)
        _, body, headers = sent_by(made.endpoint, now)
        assert len(headers["webhook-signature"].split(" ")) == (2 if old_holds else 1)
        with time_machine.travel(now, tick=False):
            assert Webhook(new).verify(body, headers)
            if old_holds:
                assert Webhook(made.secret).verify(body, headers)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_delivery(endpoint, status):
    delivery = tell(endpoint)
    assert next_attempt(status, seconds=1.5).outcome == "delivered"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.finished_at) == (State.DONE, NOON + 1.5 * SECOND)
    endpoint.refresh_from_db()
    assert endpoint.last_success_at == NOON + 1.5 * SECOND


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503, None])
def test_anything_else_is_tried_again_under_the_same_id(endpoint, status):
    delivery = tell(endpoint)
    assert next_attempt(status).outcome == "failed"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_attempt_at) == (State.WAITING, NOON + 5 * SECOND)
    assert webhooks.hand_out(now=NOON + 4 * SECOND) == []
    assert next_attempt(200, now=NOON + 5 * SECOND).outcome == "delivered"
    first, second = WebhookAttempt.objects.order_by("number")
    assert (first.status, second.status) == (status, 200)
    assert first.request_headers["webhook-id"] == second.request_headers["webhook-id"]
    assert first.request_headers["webhook-timestamp"] != second.request_headers["webhook-timestamp"]


def test_the_whole_schedule_ends_in_a_dead_letter(endpoint):
    delivery = tell(endpoint)
    now, pauses = NOON, []
    while True:
        WebhookEndpoint.objects.update(resting_until=None)
        outcome = next_attempt(500, now=now).outcome
        delivery.refresh_from_db()
        if delivery.next_attempt_at is None:
            break
        pauses.append(delivery.next_attempt_at - now)
        now = delivery.next_attempt_at
    hours = [2, 5, 10, 14, 20, 24]
    assert pauses == [5 * SECOND, 5 * MINUTE, 30 * MINUTE, *(n * HOUR for n in hours)]
    assert (outcome, delivery.state, delivery.tried) == ("dead", State.DEAD, 10)


def test_410_ends_it_and_tells_the_managers(endpoint, mailoutbox):
    delivery, other = tell(endpoint), tell(endpoint, "evt_2")
    attempted = next_attempt(410)
    assert (attempted.outcome, attempted.disabled) == ("gone", True)
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert delivery.state == State.DEAD
    assert endpoint.disabled_because == WebhookEndpoint.Disabled.GONE
    assert webhooks.hand_out(now=NOON + HOUR) == []
    other.refresh_from_db()
    assert other.state == State.WAITING
    webhooks.tell_managers(endpoint=endpoint)
    assert [letter.to for letter in mailoutbox] == [["ann@northwind.example"]]
    assert "410 Gone" in mailoutbox[0].body


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(endpoint, status):
    delivery, other = tell(endpoint), tell(endpoint, "evt_2")
    handed = webhooks.hand_out(now=NOON)
    attempt(handed[0], status, headers={"retry-after": "90"})
    attempt(handed[1], status, headers={"retry-after": "90"})
    for each in (delivery, other):
        each.refresh_from_db()
        assert each.next_attempt_at == NOON + 90 * SECOND
    tell(endpoint, "evt_3")
    assert webhooks.hand_out(now=NOON + 89 * SECOND) == []
    assert webhooks.hand_out(now=NOON + 90 * SECOND)


def test_retry_after_means_nothing_with_other_answers(endpoint):
    delivery = tell(endpoint)
    next_attempt(500, headers={"retry-after": "90"})
    delivery.refresh_from_db()
    assert delivery.next_attempt_at == NOON + 5 * SECOND


def test_an_endpoint_that_fails_for_five_days_is_switched_off(endpoint):
    tell(endpoint)
    next_attempt(500)
    tell(endpoint, "evt_2", NOON + timedelta(days=4, hours=23))
    WebhookEndpoint.objects.update(resting_until=None)
    assert not next_attempt(500, now=NOON + timedelta(days=4, hours=23)).disabled
    assert next_attempt(500, now=NOON + timedelta(days=5, hours=1)).disabled
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == WebhookEndpoint.Disabled.FAILING


def test_a_success_makes_an_endpoint_well_again(endpoint):
    for n in range(6):
        tell(endpoint, f"evt_{n}")
    for n, handed in enumerate(webhooks.hand_out(now=NOON)):
        attempt(handed, 500, now=NOON + n * SECOND)
    next_attempt(500, now=NOON + 4 * SECOND)
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (5, NOON)
    assert endpoint.resting_until == NOON + 14 * SECOND
    assert webhooks.hand_out(now=NOON + 13 * SECOND) == []
    assert next_attempt(200, now=NOON + 14 * SECOND).outcome == "delivered"
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.resting_until) == (0, None, None)


def test_one_endpoint_has_four_deliveries_under_way_at_most_and_one_while_it_fails(brand):
    slow, quick = add(brand).endpoint, add(brand, "https://quick.example/").endpoint
    for n in range(9):
        tell(slow, f"evt_{n}")
    tell(quick, "evt_quick")
    first = webhooks.hand_out(now=NOON)
    assert len(first) == 5
    assert webhooks.hand_out(now=NOON) == []
    of_slow = WebhookDelivery.objects.filter(pk__in=[h.delivery_id for h in first], endpoint=slow)
    mine = [h for h in first if h.delivery_id in set(of_slow.values_list("pk", flat=True))]
    assert len(mine) == 4
    for each in mine:
        attempt(each, None)
    assert len(webhooks.hand_out(now=NOON, endpoint=slow.pk)) == 1


def test_a_worker_that_dies_loses_nothing_and_what_it_sends_late_does_not_count(endpoint):
    delivery = tell(endpoint)
    (lost,) = webhooks.hand_out(now=NOON)
    assert webhooks.hand_out(now=NOON + 59 * SECOND) == []
    (found,) = webhooks.hand_out(now=NOON + 60 * SECOND)
    assert found.delivery_id == lost.delivery_id
    assert attempt(lost) is None
    assert attempt(found).outcome == "delivered"
    assert attempt(found) is None
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tried) == (State.DONE, 1)


def test_a_ping_is_sent_once_even_where_the_endpoint_is_off(endpoint):
    because = WebhookEndpoint.Disabled.BY_HAND
    webhooks.disable_endpoint(endpoint=endpoint, because=because, by=None, now=NOON)
    handed = webhooks.ping(endpoint=endpoint, now=NOON)
    assert attempt(handed, 410).outcome == "dead"
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.disabled_because) == (0, because)
    assert WebhookMessage.objects.get().kind == "ping"


def test_what_came_back_is_kept_as_text_whatever_it_is(endpoint):
    tell(endpoint)
    next_attempt(500, body=b"\x00\xff<script>" + b"x" * 5_000, headers={"content-type": "a\0b"})
    kept = WebhookAttempt.objects.get()
    assert kept.response.startswith("\ufffd\ufffd<script>")
    assert len(kept.response) == 4_096
    assert kept.response_headers == {"content-type": "a\ufffdb"}


def test_why_nothing_came_back_is_kept(endpoint):
    tell(endpoint)
    next_attempt(None, failure=Failure.REFUSED, detail="leads to 10.0.0.1")
    kept = WebhookAttempt.objects.get()
    assert (kept.status, kept.failure, kept.detail) == (None, "refused", "leads to 10.0.0.1")


def test_one_delivery_is_sent_again_with_the_whole_schedule_before_it(endpoint):
    delivery = tell(endpoint)
    next_attempt(200)
    tell(endpoint, "evt_2")
    again = webhooks.resend(delivery=delivery, by=None, now=NOON + HOUR)
    assert attempt(again, 500, now=NOON + HOUR).outcome == "failed"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.tried) == (State.WAITING, 1, 2)
    handed = webhooks.resend(delivery=delivery, by=None, now=NOON + 2 * HOUR)
    with pytest.raises(webhooks.AlreadyWaiting):
        webhooks.resend(delivery=delivery, by=None, now=NOON + 2 * HOUR)
    assert attempt(handed, now=NOON + 2 * HOUR).outcome == "delivered"


def test_all_failures_since_a_moment_are_sent_again(endpoint):
    old, dead, retried, done = (tell(endpoint, f"evt_{n}", NOON + n * HOUR) for n in range(4))
    for each in (old, dead):
        each.state, each.next_attempt_at, each.finished_at = State.DEAD, None, NOON + 9 * HOUR
        each.save()
    retried.attempts, retried.next_attempt_at = 3, NOON + 20 * HOUR
    retried.save()
    done.state, done.next_attempt_at, done.finished_at = State.DONE, None, NOON + 9 * HOUR
    done.save()
    now = NOON + 10 * HOUR
    assert webhooks.failures_since(endpoint=endpoint, since=NOON + HOUR).count() == 2
    assert webhooks.replay_failures(endpoint=endpoint, since=NOON + HOUR, by=None, now=now) == 2
    handed = webhooks.hand_out(now=now)
    assert [each.delivery_id for each in handed] == [dead.pk, retried.pk]
    old.refresh_from_db()
    assert old.state == State.DEAD


def test_what_was_delivered_is_forgotten_after_30_days_and_what_failed_is_not(endpoint):
    tell(endpoint)
    next_attempt(200)
    dead = tell(endpoint, "evt_2")
    handed = webhooks.hand_out(now=NOON)[0]
    attempt(handed, 500)
    WebhookDelivery.objects.filter(pk=dead.pk).update(
        state=State.DEAD, next_attempt_at=None, finished_at=NOON
    )
    forget_old(now=NOON + timedelta(days=30))
    assert WebhookAttempt.objects.count() == 2
    forget_old(now=NOON + timedelta(days=30, seconds=1))
    assert not WebhookAttempt.objects.exists()
    assert WebhookDelivery.objects.get() == dead
    assert WebhookMessage.objects.get() == dead.message
