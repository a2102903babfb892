"""Jobs of events. Each carries ids only, calls one service and may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from brands.services import webhooks
from brands.tasks import enqueue
from events.services import index_log, left_alone, replay_chunk, unmatched
from events.services.announcing import PAGE, announce, brands_with_news


@shared_task
def forget_unmatched(**_: Any) -> None:
    """Drop unmatched events that are older than 30 days."""
    unmatched.forget(now=timezone.now())


@shared_task
def make_log_searchable(**_: Any) -> None:
    """Put what came in since the last time into the log's index."""
    index_log()


@shared_task
def replay_missed(*, replay_id: int, **_: Any) -> None:
    """Work on one run of a replay to its end."""
    while replay_chunk(replay_id=replay_id, now=timezone.now()):
        pass


@shared_task
def resume_replays(**_: Any) -> None:
    """Take up the runs that nobody works on: their message was lost, or their worker died."""
    for replay_id in left_alone(now=timezone.now()):
        replay_missed(replay_id=replay_id)


@shared_task
def announce_news(**_: Any) -> None:
    """Tell endpoints what was recorded since the last time, and hand out whatever is due."""
    for brand_id in brands_with_news():
        while announce(brand_id=brand_id, now=timezone.now()) == PAGE:
            # The first page is on its way while the next one is read.
            enqueue(webhooks.hand_out(now=timezone.now()))
    enqueue(webhooks.hand_out(now=timezone.now()))
