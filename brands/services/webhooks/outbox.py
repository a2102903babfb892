"""What waits to be sent, and who may send it now."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from brands.models import PING, WebhookDelivery, WebhookEndpoint, WebhookMessage

# How long a worker may take to begin; then somebody else may.
CLAIM = timedelta(seconds=60)
# At once to one endpoint, while it is well; one that fails is tried by one worker alone.
AT_ONCE = 4
# Endpoints that are looked at in one go.
MOST_ENDPOINTS = 200


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. `subject` is what it is about: told once per brand and kind."""

    kind: str
    subject: str
    at: datetime
    data: dict[str, Any]
    endpoints: Sequence[int]


@dataclass(frozen=True, slots=True)
class Handed:
    """A delivery that is the holder's of this claim to make."""

    delivery_id: int
    claim: UUID


def queue(*, brand_id: int, news: Sequence[News], now: datetime) -> None:
    """Write what is told and to whom, inside the caller's transaction."""
    messages = WebhookMessage.objects.bulk_create(
        WebhookMessage(
            brand_id=brand_id,
            kind=each.kind,
            subject=each.subject,
            payload=payload(each.kind, each.at, each.data),
            created_at=now,
        )
        for each in news
    )
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint_id=endpoint, message=message, next_attempt_at=now, created_at=now)
        for message, each in zip(messages, news, strict=True)
        for endpoint in each.endpoints
    )


@transaction.atomic
def ping(*, endpoint: WebhookEndpoint, now: datetime) -> Handed:
    """A message that says hello, sent once, whether the endpoint is on or off."""
    message = WebhookMessage.objects.create(
        brand_id=endpoint.brand_id,
        kind=PING,
        payload=payload(PING, now, {"endpoint": endpoint.url.partition("?")[0]}),
        created_at=now,
    )
    handed = Handed(0, uuid4())
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint,
        message=message,
        next_attempt_at=now,
        created_at=now,
        claim=handed.claim,
        claimed_until=now + CLAIM,
    )
    return Handed(delivery.pk, handed.claim)


def hand_out(*, now: datetime, endpoint: int | None = None) -> list[Handed]:
    """Claim what is due, as much of each endpoint's as may be under way at once.

    For one endpoint, or for all of them. A claim that ran out is handed out anew.
    """
    handed: list[Handed] = []
    for each in endpoints_with_work(now, endpoint):
        handed += hand_out_of(each, now)
    return handed


def endpoints_with_work(now: datetime, endpoint: int | None) -> Iterable[int]:
    endpoints = WebhookEndpoint.objects.filter(
        Q(resting_until=None) | Q(resting_until__lte=now), disabled_at=None
    ).filter(Exists(due(now).filter(endpoint=OuterRef("pk"))))
    if endpoint is not None:
        endpoints = endpoints.filter(pk=endpoint)
    # The one that waited longest is looked at first.
    return list(
        endpoints.order_by("last_success_at", "pk").values_list("pk", flat=True)[:MOST_ENDPOINTS]
    )


def due(now: datetime) -> QuerySet[WebhookDelivery]:
    free = Q(claim=None) | Q(claimed_until__lte=now)
    return WebhookDelivery.objects.filter(
        free, state=WebhookDelivery.State.WAITING, next_attempt_at__lte=now
    )


@transaction.atomic
def hand_out_of(endpoint_id: int, now: datetime) -> list[Handed]:
    """Nothing where another is handing out of the same endpoint at this moment."""
    endpoint = (
        WebhookEndpoint.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=endpoint_id, disabled_at=None)
        .first()
    )
    if endpoint is None:
        return []
    under_way = WebhookDelivery.objects.filter(endpoint=endpoint, claimed_until__gt=now).count()
    free = (1 if endpoint.failures else AT_ONCE) - under_way
    if free <= 0:
        return []
    some = list(
        due(now)
        .filter(endpoint=endpoint)
        .order_by("next_attempt_at", "id")
        .select_for_update(no_key=True, skip_locked=True)[:free]
    )
    for delivery in some:
        delivery.claim, delivery.claimed_until = uuid4(), now + CLAIM
    WebhookDelivery.objects.bulk_update(some, ["claim", "claimed_until"])
    return [Handed(delivery.pk, delivery.claim) for delivery in some if delivery.claim]


def payload(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """The body as it is signed and sent, the same at every attempt."""
    said = {"type": kind, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    return json.dumps(said | {"data": data}, separators=(",", ":"))
