"""Jobs of analytics. Each calls one service and may run twice."""

from contextlib import suppress
from typing import Any

from celery import shared_task
from django.utils import timezone

from analytics.services import (
    count_gone,
    fold_news,
    forget_minutes,
    forget_quarters,
    ledger,
    sweep,
    telling,
    verify_some,
)
from analytics.services.watching import watch


@shared_task
def fold_events(**_: Any) -> None:
    """Bring the figures up to date with what came in, and with what left people."""
    fold_news(now=timezone.now())
    count_gone(now=timezone.now())


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


@shared_task
def watch_for_the_unusual(**_: Any) -> None:
    """Open alerts for what is far from usual, close those that are over, and tell of them."""
    watch(now=timezone.now())
    tell_of_alerts()


@shared_task
def tell_of_alerts(**_: Any) -> None:
    """Make the attempts that are due."""
    for notice_id in telling.waiting(now=timezone.now()):
        telling.tell(notice_id=notice_id, now=timezone.now())


@shared_task
def ping_operator_hook(**_: Any) -> None:
    """Say hello to the operator's address."""
    telling.ping_operator_hook(now=timezone.now())


@shared_task
def check_ledger(*, check_id: int, **_: Any) -> None:
    """Run a check that was asked for."""
    if ledger.run_check(check_id=check_id, clock=timezone.now) is not None:
        tell_of_alerts()


@shared_task
def check_ledger_nightly(**_: Any) -> None:
    """Ask for a check, unless one is under way, and run it."""
    with suppress(ledger.CheckUnderWay):
        check_ledger(check_id=ledger.ask_check(by=None, now=timezone.now()).pk)


@shared_task
def resume_ledger_checks(**_: Any) -> None:
    """Run those whose message was lost."""
    for check_id in ledger.left_waiting(now=timezone.now()):
        check_ledger(check_id=check_id)
