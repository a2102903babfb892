"""Jobs of the installation itself."""

from typing import Any

from celery import shared_task, signals
from django.utils import timezone

from brands import services as brands
from events import services as events
from portal import heartbeat, sessions


@shared_task
def beat(**_: Any) -> None:
    """Sent by beat and run by the worker, so that both are heard of."""
    heartbeat.note("worker")


@shared_task
def forget_unfinished_accounts(**_: Any) -> None:
    """Drop accounts whose address was not proved within a day."""
    brands.forget_all_unfinished(now=timezone.now())


@shared_task
def forget_ended_sessions(**_: Any) -> None:
    """Drop sessions whose time is over, and the notes of where they were."""
    sessions.forget_ended()


def begin_telling(**_: Any) -> None:
    events.begin_telling()


signals.worker_ready.connect(begin_telling, weak=False)
