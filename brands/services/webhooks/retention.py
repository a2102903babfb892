"""What is forgotten: attempts and what was delivered, after 30 days. What failed stays."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from brands.models import WebhookAttempt, WebhookDelivery, WebhookMessage

KEPT = timedelta(days=30)
CHUNK = 2_000
MOST_CHUNKS = 50


def forget_old(*, now: datetime) -> int:
    """Drop attempts, delivered deliveries and messages nobody waits for. Returns how many rows.

    In chunks of a transaction each; what is left after 50 of them is for the next time.
    """
    limit = now - KEPT
    done = WebhookDelivery.objects.filter(state=WebhookDelivery.State.DONE, finished_at__lt=limit)
    used = WebhookDelivery.objects.filter(message=OuterRef("pk"))
    orphans = WebhookMessage.objects.filter(~Exists(used), created_at__lt=limit)
    attempts = WebhookAttempt.objects.filter(at__lt=limit)
    return drop(attempts) + drop(done) + drop(orphans)


def drop(rows: QuerySet[Any]) -> int:
    count = 0
    for _ in range(MOST_CHUNKS):
        some = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not some:
            break
        with transaction.atomic():
            dropped, _by_model = rows.filter(pk__in=some).delete()
        count += dropped
    return count
