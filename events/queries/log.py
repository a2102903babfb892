"""The event log: what reached a brand, newest first, people masked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from events.models import Event, EventDetail
from events.queries.planner import by_index
from events.queries.search import LogFilters, Place, Search, as_place
from wallets.addresses import mask

ERASED = "erased"
NOT_IN_A_ROW = ("metadata", "observed", "request")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One event as a line. `person` is masked, `amount` in hundredths of RSNC."""

    public_id: str
    name: str
    person: str
    status: str
    reason: str
    amount: int
    trust: str
    test: bool
    received_at: datetime
    next_eligible_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Some rows, newest first, and where the next ones begin: `next` older, `newer` newer.

    `stopped_at`: nothing more was found as far as this, and it was not looked any further yet; going on is
    asking for `next` (or `newer`, where newer ones were asked for).
    """

    rows: Sequence[LogRow]
    next: str | None = None
    newer: str | None = None
    stopped_at: datetime | None = None


def log_page(
    *, brand_id: int, filters: LogFilters, cursor: str | None, limit: int, after: str | None = None
) -> LogPage:
    """The newest events below the cursor, or those right above `after`. A cursor that is none begins at
    the newest. The number of queries does not depend on what is found.
    """
    search = Search(brand_id=brand_id, filters=filters)
    if above := as_place(after):
        newer = search.newer(above, limit + 1)
        # Fewer than a page are the newest page.
        if len(newer.places) > limit:
            return newer_page(newer.places[:limit], None, above)
        if newer.stopped:
            return newer_page(newer.places, newer.stopped, above)
    below = as_place(cursor)
    older = search.older(below, limit + 1)
    shown = older.places[:limit]
    rows = rows_of(shown)
    stopped = older.stopped if len(older.places) <= limit else None
    last = stopped or (shown[-1] if len(older.places) > limit else None)
    return LogPage(
        rows=rows,
        next=str(last) if last else None,
        newer=str(shown[0] if shown else below) if below else None,
        stopped_at=stopped.at if stopped else None,
    )


def newer_page(places: Sequence[Place], stopped: Place | None, above: Place) -> LogPage:
    return LogPage(
        rows=rows_of([*reversed(places)]),
        next=str(places[0] if places else above),
        newer=str(stopped or places[-1]),
        stopped_at=stopped.at if stopped else None,
    )


def count_newer(*, brand_id: int, filters: LogFilters, than: str | None, most: int) -> int:
    """How many events have come since that match, at most so many. Looks a short way only."""
    place = as_place(than)
    if place is None:
        return 0
    return len(Search(brand_id=brand_id, filters=filters).just_after(place, most))


def newest_place(*, brand_id: int, test: bool) -> str:
    """Where the brand's log ends at this moment, whatever is shown of it."""
    log = Event.objects.filter(brand_id=brand_id, test=test).order_by("-received_at", "-id")
    with by_index():
        newest = log.values_list("received_at", "id").first()
    return str(Place(*newest)) if newest else str(Place.beginning())


def whole_events(places: Iterable[Place]) -> list[Event]:
    """The events at these places, with their details, in this order."""
    return in_order(places, EventDetail.objects.all())


def rows_of(places: Sequence[Place]) -> list[LogRow]:
    found = in_order(places, EventDetail.objects.defer(*NOT_IN_A_ROW), without=["decision"])
    return [row_of(event) for event in found]


def in_order(
    places: Iterable[Place], details: QuerySet[EventDetail], *, without: Sequence[str] = ()
) -> list[Event]:
    """Two queries by key. As one join, the planner compares all with all where it takes the tables for empty."""
    wanted: list[UUID] = [place.event for place in places]
    events = Event.objects.defer(*without).prefetch_related(Prefetch("detail", details))
    found = {event.pk: event for event in events.filter(pk__in=wanted)}
    return [found[event] for event in wanted]


def row_of(event: Event) -> LogRow:
    return LogRow(
        public_id=event.public_id,
        name=event.name,
        person=person_of(event),
        status=event.status,
        reason=event.reason,
        amount=event.amount,
        trust=event.trust,
        test=event.test,
        received_at=event.received_at,
        next_eligible_at=event.next_eligible_at,
    )


def person_of(event: Event) -> str:
    """Who it was about, masked. The detail may have been erased."""
    detail = getattr(event, "detail", None)
    return mask(detail.address) if detail else ERASED
