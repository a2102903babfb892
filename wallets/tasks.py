"""Jobs of the books. Each calls one service and may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from wallets import services as wallets

# A transaction each, so that none lasts for long.
MOST_CHUNKS = 20
CHUNK = 500


@shared_task
def release_expired_redemptions(**_: Any) -> None:
    """Give back what was held to be spent and was not, in time."""
    for _chunk in range(MOST_CHUNKS):
        if wallets.release_expired(now=timezone.now(), limit=CHUNK) < CHUNK:
            return
