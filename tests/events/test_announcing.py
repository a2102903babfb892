"""From recorded events to webhooks: each once, to whom it concerns, and at no cost to the recording."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from brands.models import WebhookDelivery, WebhookEndpoint, WebhookKind, WebhookMessage
from brands.services import webhooks
from events import services as events
from events.models import Announced
from events.services.announcing import announce, brands_with_news
from tests.brands.webhooks.conftest import URL, add
from tests.events.calls import (
    NOON,
    WRITTEN,
    another_connection,
    at_once,
    report,
    snapshot,
    until_certain,
)
from wallets.services import public_wallet_id

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def order(brand):
    return with_order(brand)


def with_order(brand):
    terms = events.Terms(amount=10_00, business_key="metadata.order_id")
    return events.create_event_type(
        brand=brand, key="order", name="Order", terms=terms, by=None, now=NOON
    )


def ordered(brand, number, **more):
    return report(brand, metadata={"order_id": number}, **more)


def announced(brand):
    """Everything that is to be told, now."""
    until_certain()
    while announce(brand_id=brand.pk, now=NOON):
        pass
    return [json.loads(m.payload) for m in WebhookMessage.objects.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_a_credit_and_a_refusal_are_told(brand, order):
    add(brand)
    first, second = ordered(brand, 1), ordered(brand, 1, at=NOON + SECOND)
    credited, refused = announced(brand)
    assert credited == {
        "type": "wallet.credited",
        "timestamp": "2026-03-18T12:00:00Z",
        "data": {
            "event_id": first.event_id,
            "event": "order",
            "status": "rewarded",
            "reason": "",
            "amount": "10.00",
            "currency": "RSNC",
            "wallet": {"id": public_wallet_id(brand_id=brand.pk, wallet=first.wallet)},
            "email": "ann@example.com",
            "sequence": 1,
            "test": False,
            "occurred_at": None,
            "next_eligible_at": None,
            "request_id": "req_test",
        },
    }
    assert refused["type"] == "event.refused"
    told = refused["data"]
    assert (told["event_id"], told["status"]) == (second.event_id, "duplicate")
    assert (told["amount"], told["sequence"]) == ("0.00", 2)


@pytest.mark.django_db(transaction=True)
def test_each_endpoint_hears_what_it_asked_for(brand, order):
    earned = add(brand, kinds=[WebhookKind.WALLET_CREDITED]).endpoint
    tests = add(brand, f"{URL}/tests", tests=True).endpoint
    off = add(brand, f"{URL}/off").endpoint
    because = WebhookEndpoint.Disabled.BY_HAND
    webhooks.disable_endpoint(endpoint=off, because=because, by=None, now=NOON)
    ordered(brand, 1)
    ordered(brand, 1)
    ordered(brand, 1, test=True)
    announced(brand)
    told = WebhookDelivery.objects.order_by("pk")
    heard = {e: told.filter(endpoint=e).count() for e in (earned, tests, off)}
    assert heard == {earned: 1, tests: 3, off: 0}


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_begins_at_now_and_not_with_history(brand, order):
    for n in range(5):
        ordered(brand, n, at=NOON - HOUR)
    add(brand)
    ordered(brand, 10)
    assert len(announced(brand)) == 1
    # A brand that was told, then was not for a while, is not told of the while.
    endpoint = WebhookEndpoint.objects.get()
    because = WebhookEndpoint.Disabled.BY_HAND
    webhooks.disable_endpoint(endpoint=endpoint, because=because, by=None, now=NOON)
    ordered(brand, 11, at=NOON + HOUR)
    assert brands_with_news() == []
    webhooks.enable_endpoint(endpoint=endpoint, by=None, now=NOON + 2 * HOUR)
    ordered(brand, 12, at=NOON + 3 * HOUR)
    assert brands_with_news() == [brand.pk]
    assert [told["timestamp"][11:16] for told in announced(brand)] == ["12:00", "15:00"]


@pytest.mark.django_db(transaction=True)
def test_one_brand_never_hears_of_another(brand, other_brand, order):
    add(brand)
    with_order(other_brand)
    theirs, ours = ordered(other_brand, 1), ordered(brand, 1)
    (told,) = announced(brand)
    assert announce(brand_id=other_brand.pk, now=NOON) == 0
    assert told["data"]["wallet"]["id"] != public_wallet_id(
        brand_id=other_brand.pk, wallet=theirs.wallet
    )
    assert theirs.wallet == ours.wallet
    # Neither does the number say that something happened elsewhere.
    assert told["data"]["sequence"] == 1
    assert "balance" not in json.dumps(told)


@pytest.mark.django_db(transaction=True)
def test_the_numbers_of_a_wallet_grow_in_the_order_of_the_feed(brand, order):
    add(brand)
    for n in range(3):
        ordered(brand, n)
        ordered(brand, n, address="ben@example.com")
    ordered(brand, 3)
    numbers: dict[str, list[int]] = {}
    for told in announced(brand):
        numbers.setdefault(told["data"]["email"], []).append(told["data"]["sequence"])
    assert numbers == {"ann@example.com": [1, 2, 3, 4], "ben@example.com": [1, 2, 3]}


@pytest.mark.django_db(transaction=True)
def test_a_brand_without_news_is_not_looked_at(brand, order, django_assert_num_queries):
    assert brands_with_news() == []
    ordered(brand, 1)
    assert brands_with_news() == []
    add(brand)
    until_certain()
    assert brands_with_news() == [brand.pk]
    announced(brand)
    with django_assert_num_queries(1):
        assert brands_with_news() == []
    ordered(brand, 2)
    until_certain()
    assert brands_with_news() == [brand.pk]


@pytest.mark.django_db
def test_recording_an_event_costs_the_same_with_endpoints_and_without(brand, order):
    def rows():
        return [len(table) for table in snapshot(WRITTEN)]

    def cost(number):
        before = rows()
        with CaptureQueriesContext(connection) as queries:
            ordered(brand, number)
        return len(queries), [now - was for now, was in zip(rows(), before, strict=True)]

    ordered(brand, 0)
    without = cost(1)
    for n in range(3):
        add(brand, f"{URL}/{n}")
    ordered(brand, 2)
    assert cost(3) == without
    assert not WebhookMessage.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert not Announced.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_tell_each_event_once(brand, order):
    add(brand)
    for n in range(40):
        ordered(brand, n)
    read = 0
    while brands_with_news():
        read += sum(at_once([lambda: announce(brand_id=brand.pk, now=NOON, limit=7)] * 4))
    assert read == 40
    told = [json.loads(m.payload)["data"]["event_id"] for m in WebhookMessage.objects.all()]
    assert len(told) == len(set(told)) == WebhookDelivery.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_what_is_written_late_is_not_missed_by_an_endpoint_that_has_just_begun(brand, order):
    """A transaction that began first commits last: its place in the feed is before the others'."""
    add(brand)
    with another_connection() as slow:
        # It has its number, and writes its event only later.
        slow.execute("SELECT pg_current_xact_id()")
        ordered(brand, 1)
        announced(brand)
        assert not WebhookMessage.objects.exists()
        slow.execute(
            "INSERT INTO events_event (id, brand_id, test, event_type_id, wallet_id, name, trust,"
            " source, status, reason, amount, received_at, judged_at, wallet_created, request_id,"
            " decision) SELECT gen_random_uuid(), brand_id, test, event_type_id, wallet_id, 'late',"
            " trust, source, 'duplicate', reason, 0, received_at, judged_at, wallet_created,"
            " request_id, decision FROM events_event"
        )
    assert [told["data"]["event"] for told in announced(brand)] == ["late", "order"]


@pytest.mark.django_db(transaction=True)
def test_what_fails_half_way_is_told_the_next_time(brand, order):
    add(brand)
    ordered(brand, 1)
    with transaction.atomic():
        announce(brand_id=brand.pk, now=NOON)
        transaction.set_rollback(True)
    assert not WebhookMessage.objects.exists()
    assert len(announced(brand)) == 1
