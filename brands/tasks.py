"""Jobs of webhooks and invitations. Each carries ids only, calls one service and may run twice."""

import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from brands import invitation_mail
from brands.models import WebhookEndpoint
from brands.services import invitations, webhooks
from brands.services.webhooks import Handed

log = logging.getLogger(__name__)


@shared_task
def deliver(*, delivery_id: int, claim: str, **_: Any) -> None:
    """Make one attempt, then hand out what waits for the same endpoint."""
    now = timezone.now()
    attempted = webhooks.deliver(delivery_id=delivery_id, claim=UUID(claim), now=now)
    if attempted is None:
        return
    enqueue(webhooks.hand_out(now=timezone.now(), endpoint=attempted.endpoint_id))
    if attempted.disabled:
        endpoint = WebhookEndpoint.objects.select_related("brand").get(pk=attempted.endpoint_id)
        webhooks.tell_managers(endpoint=endpoint)


@shared_task
def forget_old_webhooks(**_: Any) -> None:
    """Drop attempts and what was delivered, after 30 days."""
    webhooks.forget_old(now=timezone.now())


def enqueue(handed: Iterable[Handed]) -> None:
    """Pass the deliveries on to the workers. Without a broker they wait for their claim to run out."""
    try:
        for each in handed:
            deliver.apply_async(
                kwargs={"delivery_id": each.delivery_id, "claim": f"{each.claim}"}, retry=False
            )
    except OperationalError as error:
        log.warning("deliveries wait for the broker", extra={"error": repr(error)})


@shared_task
def send_invitation(*, invitation_id: int, **_: Any) -> None:
    """The e-mail that asks somebody into a team."""
    invitation_mail.send(invitation_id=invitation_id, now=timezone.now())


@shared_task
def send_waiting_invitations(**_: Any) -> None:
    """Pick up what a lost message or a mail server left behind."""
    for invitation_id in invitations.unsent(now=timezone.now()):
        invitation_mail.send(invitation_id=invitation_id, now=timezone.now())
