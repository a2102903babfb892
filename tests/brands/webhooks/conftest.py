"""An endpoint of Northwind's, and ways to put something in its queue and send it."""

from datetime import UTC, datetime

import pytest

from brands.models import WebhookDelivery, WebhookEndpoint, WebhookKind
from brands.outgoing import Failure, Reply
from brands.services import webhooks
from brands.services.webhooks import Handed, News

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
URL = "https://hooks.northwind.example/rsnc"


def public(_name: str, _seconds: float) -> list[str]:
    return ["8.8.8.8"]


def add(brand, url=URL, *, by=None, now=NOON, **more):
    options = {"kinds": WebhookKind.values, "tests": False, "resolve": public} | more
    return webhooks.add_endpoint(brand=brand, url=url, by=by, now=now, **options)


@pytest.fixture
def endpoint(brand, ann) -> WebhookEndpoint:
    return add(brand, by=ann).endpoint


def tell(
    endpoint: WebhookEndpoint, subject: str = "evt_1", now: datetime = NOON
) -> WebhookDelivery:
    """One message for the endpoint, due at once."""
    kind = WebhookKind.WALLET_CREDITED
    news = News(kind, subject, now, {"amount": "10.00"}, [endpoint.pk])
    webhooks.queue(brand_id=endpoint.brand_id, news=[news], now=now)
    return WebhookDelivery.objects.get(endpoint=endpoint, message__subject=subject)


def answering(status: int | None = 200, **more):
    """A partner's server, as the client sees it."""
    if status is None:
        more.setdefault("failure", Failure.TIMEOUT)
    return lambda _url, **_sent: Reply(status, **more)


def attempt(handed: Handed, status: int | None = 200, *, now: datetime = NOON, **more):
    return webhooks.deliver(
        delivery_id=handed.delivery_id,
        claim=handed.claim,
        now=now,
        send=answering(status, **more),
        luck=lambda: 0.0,
    )


def next_attempt(status: int | None = 200, *, now: datetime = NOON, **more):
    """Hand out one delivery and make its attempt."""
    return attempt(webhooks.hand_out(now=now)[0], status, now=now, **more)
