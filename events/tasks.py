"""Jobs of events. Each carries ids only, calls one service and may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from events.services import unmatched


@shared_task
def forget_unmatched(**_: Any) -> None:
    """Drop unmatched events that are older than 30 days."""
    unmatched.forget(now=timezone.now())
