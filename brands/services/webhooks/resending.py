"""Sending again: one delivery, or all that failed since a moment."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from brands.models import PING, User, WebhookDelivery, WebhookEndpoint
from brands.services.webhooks.endpoints import noted
from brands.services.webhooks.outbox import CLAIM, Handed

CHUNK = 1_000
State = WebhookDelivery.State


class AlreadyWaiting(Exception):
    """The delivery is under way at this moment."""


@transaction.atomic
def resend(*, delivery: WebhookDelivery, by: User | None, now: datetime) -> Handed:
    """Send it again now, under the same `webhook-id`, with the whole schedule before it.

    It goes before all that waits, and to an endpoint that is resting: somebody is looking. To one that is
    off it goes once that is on. Raises AlreadyWaiting.
    """
    handed = Handed(delivery.pk, uuid4())
    under_way = Q(claimed_until__gt=now)
    again = WebhookDelivery.objects.filter(~under_way | Q(claim=None), pk=delivery.pk).update(
        state=State.WAITING,
        attempts=0,
        next_attempt_at=now,
        finished_at=None,
        claim=handed.claim,
        claimed_until=now + CLAIM,
    )
    if not again:
        raise AlreadyWaiting("It is being sent at this moment.")
    noted(
        delivery.endpoint, by, "webhook.resent", now, after={"message": delivery.message.public_id}
    )
    return handed


def failures_since(*, endpoint: WebhookEndpoint, since: datetime) -> QuerySet[WebhookDelivery]:
    """What was to be sent since then and has failed, for good or until its next attempt. Pings left out."""
    dead = Q(state=State.DEAD)
    retried = Q(state=State.WAITING, attempts__gt=0)
    return (
        WebhookDelivery.objects.filter(dead | retried, endpoint=endpoint, created_at__gte=since)
        .filter(Q(claim=None))
        .exclude(message__kind=PING)
    )


def replay_failures(
    *, endpoint: WebhookEndpoint, since: datetime, by: User | None, now: datetime
) -> int:
    """Send all of it again from now on, oldest first. Returns how many.

    In parts, each its own transaction: what is done stays done, and asking again goes on.
    """
    count = 0
    while some := list(
        failures_since(endpoint=endpoint, since=since)
        .exclude(replayed_at=now)
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    ):
        count += WebhookDelivery.objects.filter(pk__in=some, claim=None).update(
            state=State.WAITING,
            attempts=0,
            next_attempt_at=now,
            finished_at=None,
            replayed_at=now,
        )
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            replayed_at=now, replayed=count, resting_until=None
        )
        noted(
            endpoint,
            by,
            "webhook.replayed",
            now,
            after={"since": since.isoformat(), "deliveries": count},
        )
    endpoint.refresh_from_db()
    return count
