"""Jobs of the installation itself."""

from typing import Any

from celery import shared_task

from portal import heartbeat


@shared_task
def beat(**_: Any) -> None:
    """Sent by beat and run by the worker, so that both are heard of."""
    heartbeat.note("worker")
