"""One attempt: signed, sent, and judged."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from standardwebhooks import Webhook

from brands import outgoing
from brands.models import PING, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from brands.outgoing import Reply
from brands.sealing import unseal
from brands.services.webhooks.endpoints import disable_endpoint
from brands.services.webhooks.schedule import (
    FAILS_FOR,
    parse_retry_after,
    pause_after,
    rest_after,
)

# Longer than an attempt can take.
CLAIM = timedelta(seconds=45)
LONGEST_DETAIL = 300
MOST_SHOWN = 4_096
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
Send = Callable[..., Reply]
State = WebhookDelivery.State


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of it. `outcome`: delivered, failed (it is tried again), dead, gone.

    `disabled`: the endpoint was switched off by this.
    """

    endpoint_id: int
    outcome: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """One request and what came back."""

    began: datetime
    headers: Mapping[str, str]
    reply: Reply

    @property
    def ended(self) -> datetime:
        return self.began + timedelta(seconds=self.reply.seconds)


def deliver(
    *,
    delivery_id: int,
    claim: UUID,
    now: datetime,
    send: Send = outgoing.post,
    luck: Callable[[], float] = random.random,
) -> Attempted | None:
    """Make one attempt, if the delivery is still the claim's. None where it is not, and nothing was sent.

    No transaction is open while the receiver takes its time.
    """
    delivery = take(delivery_id, claim, now)
    if delivery is None:
        return None
    headers = headers_for(delivery, now)
    reply = send(delivery.endpoint.url, body=delivery.message.payload.encode(), headers=headers)
    return finish(delivery, Sent(now, headers, reply), luck())


def take(delivery_id: int, claim: UUID, now: datetime) -> WebhookDelivery | None:
    """The delivery, claimed for as long as an attempt takes."""
    on = Q(endpoint__disabled_at=None) | Q(message__kind=PING)
    mine = WebhookDelivery.objects.filter(pk=delivery_id, claim=claim, state=State.WAITING)
    if not mine.filter(on).exists() or not mine.update(claimed_until=now + CLAIM):
        return None
    return WebhookDelivery.objects.select_related("endpoint__brand", "message").get(pk=delivery_id)


def headers_for(delivery: WebhookDelivery, now: datetime) -> dict[str, str]:
    """Standard Webhooks 1.0: a signature for each secret that holds."""
    endpoint, message = delivery.endpoint, delivery.message
    secrets = [endpoint.secret]
    if endpoint.former_secret and endpoint.former_until and endpoint.former_until > now:
        secrets.append(endpoint.former_secret)
    signatures = [
        Webhook(unseal(secret)).sign(message.public_id, now, message.payload) for secret in secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": message.public_id,
        "webhook-timestamp": f"{int(now.timestamp())}",
        "webhook-signature": " ".join(signatures),
    }


@transaction.atomic
def finish(delivery: WebhookDelivery, sent: Sent, luck: float) -> Attempted | None:
    """Write down what came back and what follows from it. None where the delivery is another's by now."""
    # The endpoint first, as whoever hands out does.
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    mine = WebhookDelivery.objects.select_for_update(no_key=True).filter(
        pk=delivery.pk, claim=delivery.claim, state=State.WAITING
    )
    row = mine.select_related("message").first()
    if row is None:
        return None
    row.tried += 1
    row.attempts += 1
    row.claim = row.claimed_until = None
    write_attempt(row, sent)
    if sent.reply.status is not None and 200 <= sent.reply.status < 300:  # noqa: PLR2004
        return succeeded(endpoint, row, sent.ended)
    return failed(endpoint, row, sent, luck)


def write_attempt(row: WebhookDelivery, sent: Sent) -> None:
    reply = sent.reply
    WebhookAttempt.objects.create(
        delivery=row,
        number=row.tried,
        at=sent.began,
        seconds=reply.seconds,
        status=reply.status,
        failure=reply.failure or "",
        detail=storable(reply.detail)[:LONGEST_DETAIL],
        request_headers=dict(sent.headers),
        response_headers={name: storable(value) for name, value in reply.headers.items()},
        response=storable(reply.body.decode("utf-8", "replace"))[:MOST_SHOWN],
    )


def storable(text: str) -> str:
    """PostgreSQL takes no NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def succeeded(endpoint: WebhookEndpoint, row: WebhookDelivery, ended: datetime) -> Attempted:
    end(row, State.DONE, ended)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=0, failing_since=None, resting_until=None, last_success_at=ended
    )
    return Attempted(endpoint.pk, "delivered")


def failed(endpoint: WebhookEndpoint, row: WebhookDelivery, sent: Sent, luck: float) -> Attempted:
    ended, reply = sent.ended, sent.reply
    if row.message.kind == PING:
        # Somebody is looking: it says nothing about how the endpoint does, and is not repeated.
        end(row, State.DEAD, ended)
        return Attempted(endpoint.pk, "dead")
    busy = reply.status in BUSY
    said = parse_retry_after(reply.headers.get("retry-after"), now=ended) if busy else None
    gone = reply.status == HTTPStatus.GONE
    pause = None if gone else pause_after(row.attempts, luck=luck, retry_after=said)
    if pause is None:
        end(row, State.DEAD, ended)
    else:
        row.next_attempt_at = ended + pause
        row.save()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or ended
    rest = rest_after(endpoint.failures, retry_after=said)
    endpoint.resting_until = ended + rest if rest else None
    endpoint.save(update_fields=["failures", "failing_since", "resting_until"])
    disabled = switched_off(endpoint, ended, gone=gone)
    outcome = "gone" if gone else "failed" if pause else "dead"
    return Attempted(endpoint.pk, outcome, disabled=disabled)


def switched_off(endpoint: WebhookEndpoint, ended: datetime, *, gone: bool) -> bool:
    """Whether this was the failure that ends the endpoint's work."""
    reasons = WebhookEndpoint.Disabled
    since = endpoint.failing_since
    if not gone and (since is None or ended - since < FAILS_FOR):
        return False
    because = reasons.GONE if gone else reasons.FAILING
    return disable_endpoint(endpoint=endpoint, because=because, by=None, now=ended)


def end(row: WebhookDelivery, state: str, ended: datetime) -> None:
    row.state, row.finished_at, row.next_attempt_at = state, ended, None
    row.save()
