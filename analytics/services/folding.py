"""Fold events into figures, behind the events: no call that records one waits for it.

Each chunk is one transaction that moves the fold's place as well, so that it is folded once, whatever crashes
when, and whoever works beside. Events are taken below the horizon of the feed: a late commit is never missed.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics.models import Fold
from analytics.queries.progress import events_span
from analytics.services.chunk import BEHIND, FOLD
from analytics.services.rebuilding import begin
from brands.calendar import DAY, day_starts, local_day
from events.queries.planner import by_index

# Events of a chunk, and seconds that one should take: a writing transaction lasts 5 at most.
LEAST, MOST = 1_000, 200_000
AIM = 1.5
MINUTES_KEPT = timedelta(days=3)
# Rows deleted in one transaction.
SWEPT = 20_000
TABLES = (
    "analytics_minutefigures",
    "analytics_quarterfigures",
    "analytics_dayfigures",
    "analytics_presence",
    "analytics_person",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What one chunk was. `caught_up`: nothing certain is left that is not folded. `over`: nobody reads it."""

    events: int
    seconds: float
    caught_up: bool = False
    over: bool = False


def fold_news(*, now: datetime, seconds: float = 4.0) -> int:
    """Fold what became certain since the last time, for so many seconds. Returns how many events.

    A brand whose time zone has changed gets new figures beside the old ones. May run twice at once: a fold that
    another one is at is left to it.
    """
    deadline = time.monotonic() + seconds
    with by_index() as cursor:
        cursor.execute(BEHIND)
        rows = cursor.fetchall()
    folds: dict[int, int] = {}
    building = {brand for brand, _, _, state, _ in rows if state == Fold.State.BUILDING}
    for brand, zone, fold, state, folds_by in rows:
        if fold is None:
            fold = begin(brand_id=brand, zone=zone, state=Fold.State.LIVE, now=now).pk  # noqa: PLW2901
        elif state == Fold.State.LIVE and folds_by != zone and brand not in building:
            folds[begin(brand_id=brand, zone=zone, state=Fold.State.BUILDING, now=now).pk] = LEAST
        folds[fold] = LEAST
    done = 0
    while folds:
        # In turns, so that a busy brand does not keep the others waiting.
        for fold, limit in list(folds.items()):
            progress = advance(fold_id=fold, limit=limit, now=now)
            done += progress.events
            folds[fold] = next_limit(limit, progress)
            if progress.events < limit:
                del folds[fold]
            if time.monotonic() > deadline:
                return done
    return done


def next_limit(limit: int, progress: Progress) -> int:
    """As many events as should take the time that a chunk may take."""
    if not progress.seconds:
        return limit
    fitting = int(limit * AIM / progress.seconds)
    return max(LEAST, min(MOST, fitting, limit * 4))


def advance(*, fold_id: int, limit: int, now: datetime, wait: bool = False) -> Progress:
    """Fold the next events, as one transaction. One that is being built goes live once it has caught up.

    Nothing is done where somebody else is at this fold, unless told to wait, or where it is over.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        free = Fold.objects.select_for_update(skip_locked=not wait)
        fold = free.filter(pk=fold_id).exclude(state=Fold.State.OLD).first()
        # From here on: who has waited for another one's chunk must not take its own for slow.
        began = time.monotonic()
        if fold is None:
            # Told to wait, nobody else is at it: it is old, or gone.
            return Progress(0, 0.0, over=wait)
        events = fold_chunk(cursor, fold, limit=limit, now=now)
        caught_up = events < limit
        if caught_up and fold.state == Fold.State.BUILDING:
            Fold.objects.filter(brand_id=fold.brand_id, state=Fold.State.LIVE).update(
                state=Fold.State.OLD
            )
            fold.state = Fold.State.LIVE
        fold.folded_at = now
        fold.save()
    return Progress(events, time.monotonic() - began, caught_up=caught_up)


def fold_chunk(cursor: Any, fold: Fold, *, limit: int, now: datetime) -> int:
    """Fold and move the place. The fold is locked."""
    span = events_span(fold.brand_id)
    if span is None:
        return 0
    first_at, last_at = span
    zone = ZoneInfo(fold.zone)
    # A day more on both sides: clocks of servers differ.
    first, last = local_day(first_at, zone) - DAY, local_day(max(last_at, now), zone) + DAY
    cursor.execute(
        FOLD,
        {
            "fold": fold.pk,
            "brand": fold.brand_id,
            "position": fold.position,
            "event": fold.event,
            "live_people": fold.live_people,
            "test_people": fold.test_people,
            "limit": limit,
            "minutes_from": now - MINUTES_KEPT,
            "first": first,
            "starts": day_starts(first, last, zone),
        },
    )
    found = cursor.fetchone()
    if found is None:
        return 0
    events, live, test, fold.position, fold.event = found
    fold.events += events
    fold.live_people += live
    fold.test_people += test
    return int(events)


def sweep(*, chunks: int = 50) -> int:
    """Delete the figures of folds that are over, in so many transactions at most. Returns how many rows."""
    done = 0
    for fold_id in Fold.objects.filter(state=Fold.State.OLD).values_list("pk", flat=True):
        for table in TABLES:
            while deleted := delete_some(table, "fold_id = %s", fold_id):
                done, chunks = done + deleted, chunks - 1
                if chunks <= 0:
                    return done
        Fold.objects.filter(pk=fold_id, state=Fold.State.OLD).delete()
    return done


def forget_minutes(*, now: datetime) -> None:
    """Delete figures of minutes that no page shows any more."""
    while delete_some("analytics_minutefigures", "minute < %s", now - MINUTES_KEPT):
        pass


def delete_some(table: str, condition: str, value: int | datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608 - ours
            f"SELECT ctid FROM {table} WHERE {condition} LIMIT {SWEPT}))",
            [value],
        )
        return int(cursor.rowcount)
