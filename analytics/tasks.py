"""Jobs of analytics. Each calls one service and may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from analytics.services import fold_news, forget_minutes, forget_quarters, sweep, verify_some


@shared_task
def fold_events(**_: Any) -> None:
    """Bring the figures up to date with what came in."""
    fold_news(now=timezone.now())


@shared_task
def tidy_figures(**_: Any) -> None:
    """Delete figures that no page reads any more."""
    forget_minutes(now=timezone.now())
    forget_quarters(now=timezone.now())
    sweep()


@shared_task
def verify_figures(**_: Any) -> None:
    """Hold some of the figures against the events, and make them again where they differ."""
    verify_some(now=timezone.now())
