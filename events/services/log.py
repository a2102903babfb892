"""Make the log searchable, behind the events: no call that records one waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events.exact import ExactDecoder
from events.models import LogBlock, LogHorizon
from events.queries.planner import by_index
from events.terms import facets, terms_of

CHUNK = 1_000
# As many as may have to be read and sorted for one page, where a block holds nothing but what is looked for.
BLOCK = 4_096

# One probe of the feed's index a brand: its first event past the place. Only asked whether one exists, the planner
# would look for any through those of all brands.
BEHIND = """
SELECT b.id FROM brands_brand b LEFT JOIN events_loghorizon h ON h.brand_id = b.id
WHERE (
    SELECT e.id FROM events_event e
    WHERE e.brand_id = b.id AND e.position < events_horizon()
      AND (e.position, e.id) > (coalesce(h.position, -1), coalesce(h.event, '00000000-0000-0000-0000-000000000000'))
    ORDER BY e.position, e.id LIMIT 1) IS NOT NULL
ORDER BY b.id
"""
# Each detail by its key: where the planner takes the tables for empty, it would compare all with all.
NEXT = """
SELECT e.id, e.position, e.test, e.received_at, e.name, e.status, e.trust, e.source, d.metadata
FROM events_event e LEFT JOIN LATERAL (
    SELECT metadata::text AS metadata FROM events_eventdetail WHERE event_id = e.id OFFSET 0) d ON true
WHERE e.brand_id = %s AND e.position < events_horizon() AND (e.position, e.id) > (%s, %s)
ORDER BY e.position, e.id LIMIT %s
"""
WRITE = """
INSERT INTO events_logentry (event_id, received_at, terms)
SELECT event, at, terms::tsvector FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) e(event, at, terms)
"""
# Sorted in together, which costs a fraction of one after the other, and leaves nothing for a reader to look through.
SORT_IN = "SELECT gin_clean_pending_list('log_terms')"
decode = ExactDecoder().decode


@dataclass(frozen=True, slots=True)
class Next:
    """An event that is not searchable yet."""

    event: UUID
    position: int
    test: bool
    received_at: datetime
    name: str
    status: str
    trust: str
    source: str
    metadata: str | None


@dataclass
class Part:
    """Events that go into one block together."""

    block: LogBlock
    events: list[Next] = field(default_factory=list)


def index_log(*, chunks: int = 20) -> int:
    """Make searchable what is certain and is not searchable yet: up to so many times 1,000 events.

    Each thousand is a transaction. Returns how many events they were. May run twice at once: a brand that
    another one is at is left to it.
    """
    done = 0
    with by_index() as cursor:
        cursor.execute(BEHIND)
        waiting = [brand for (brand,) in cursor.fetchall()]
    while waiting and chunks > 0:
        # In turns, so that a busy brand does not keep the others waiting.
        behind = []
        for brand_id in waiting[:chunks]:
            indexed = index_some(brand_id=brand_id)
            done += indexed
            if indexed == CHUNK:
                behind.append(brand_id)
        chunks -= len(waiting)
        waiting = behind
    return done


def index_some(*, brand_id: int) -> int:
    """The brand's next events. Returns how many, none where somebody else is at it."""
    LogHorizon.objects.get_or_create(
        brand_id=brand_id, defaults={"position": -1, "event": UUID(int=0)}
    )
    with by_index() as cursor:
        free = LogHorizon.objects.select_for_update(skip_locked=True)
        horizon = free.filter(brand_id=brand_id).first()
        if horizon is None:
            return 0
        cursor.execute(NEXT, [brand_id, horizon.position, horizon.event, CHUNK])
        events = [Next(*row) for row in cursor.fetchall()]
        if not events:
            return 0
        for test in (False, True):
            for part in parts(brand_id, test, [each for each in events if each.test == test]):
                write(cursor, part)
        horizon.position, horizon.event = events[-1].position, events[-1].event
        horizon.save()
        cursor.execute(SORT_IN)
    return len(events)


def parts(brand_id: int, test: bool, events: Sequence[Next]) -> list[Part]:  # noqa: FBT001
    """These events, after those that the newest block of their world holds already."""
    found: list[Part] = []
    newest = LogBlock.objects.filter(brand_id=brand_id, test=test).order_by("-pk").first()
    for event in events:
        if newest is None or newest.events >= BLOCK:
            newest = LogBlock(
                brand_id=brand_id, test=test, first_at=event.received_at, last_at=event.received_at
            )
            newest.events = 0
        if not found or found[-1].block is not newest:
            found.append(Part(newest))
        found[-1].events.append(event)
        newest.events += 1
        newest.first_at = min(newest.first_at, event.received_at)
        newest.last_at = max(newest.last_at, event.received_at)
    return found


def write(cursor: Any, part: Part) -> None:
    part.block.save()
    terms = [
        terms_of(
            part.block.pk,
            facets(name=each.name, status=each.status, trust=each.trust, source=each.source),
            decode(each.metadata) if each.metadata else None,
        )
        for each in part.events
    ]
    cursor.execute(
        WRITE,
        [
            [each.event for each in part.events],
            [each.received_at for each in part.events],
            terms,
        ],
    )
