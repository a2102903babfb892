"""The log as CSV, a piece at a time, so that no length of it fills the memory."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import simplejson

from events.models import Event
from events.personal import masked
from events.queries.log import person_of, whole_events
from events.queries.search import Search
from portal.spreadsheet import MARK, cell
from portal.wording import rsnc

MOST = 50_000
CHUNK = 500
HEAD = [
    *("event_id", "received_at", "occurred_at", "event", "person", "decision", "reason", "rsnc"),
    *("trust", "came_by", "world", "request_id", "metadata"),
]


def lines(search: Search, *, zone: ZoneInfo, whole: bool) -> Iterator[str]:
    """The newest 50,000 events; whoever wants more narrows the time. `whole`: nothing is masked."""
    yield MARK + csv_of([HEAD])
    below, left = None, MOST
    while left > 0:
        found = search.older(below, min(CHUNK, left))
        yield csv_of([row(event, zone, whole=whole) for event in whole_events(found.places)])
        left -= len(found.places)
        below = found.stopped
        if below is None:
            return
    yield csv_of(
        [[f"These are the newest {MOST:,} events. Narrow the time for those before them."]]
    )


def row(event: Event, zone: ZoneInfo, *, whole: bool) -> list[str]:
    detail = getattr(event, "detail", None)
    return [
        event.public_id,
        moment(event.received_at, zone),
        moment(event.occurred_at, zone),
        event.name,
        detail.address if detail and whole else person_of(event),
        event.status,
        event.reason,
        rsnc(event.amount).replace(",", ""),
        event.trust,
        event.source,
        "test" if event.test else "live",
        event.request_id,
        metadata_of(detail.metadata if detail else None, whole=whole),
    ]


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat() if at else ""


def metadata_of(metadata: dict[str, Any] | None, *, whole: bool) -> str:
    if not metadata:
        return ""
    return simplejson.dumps(metadata if whole else masked(metadata), ensure_ascii=False)


def csv_of(rows: list[list[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([[cell(each) for each in one] for one in rows])
    return text.getvalue()
