"""Where in the log the events are that somebody asks for. However long the log is, a page comes quickly.

First the log itself is walked for a short way, which finds whatever is frequent. What is rare is looked up in
the index of terms, block by block. Neither goes on for ever: who asks is told how far it was looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from events.exact import ExactDecoder
from events.models import LogHorizon
from events.queries.planner import by_index
from events.terms import facets, wanted
from events.words import PARTS, Asked, words_of

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)
FAR_BACK = datetime(1, 1, 2, tzinfo=UTC)
FAR_AHEAD = datetime(9999, 12, 30, tzinfo=UTC)
# Events that are walked past for one page. Words are read from each one's detail, which takes longer.
WALK, WALK_FOR_WORDS = 2_000, 800
# And where the index does not reach yet.
FAR, FAR_FOR_WORDS = 20_000, 4_000
PATIENCE = timedelta(milliseconds=50)
# What the database takes for a match is read again here.
SURE = 4
decode = ExactDecoder().decode


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """Empty means every one. Test events and live ones are never shown together.

    `wallet` is one person's, and NOBODY is whom nothing is known of. `since` and `until` are of the arrival,
    the second one not included. Every one of the `words` must be there.
    """

    event: str = ""
    status: str = ""
    trust: str = ""
    source: str = ""
    test: bool = False
    wallet: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[Asked, ...] = ()

    @property
    def facets(self) -> dict[str, str]:
        chosen = {
            "name": self.event,
            "status": self.status,
            "trust": self.trust,
            "source": self.source,
        }
        return {column: value for column, value in chosen.items() if value}


NOBODY = 0


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an event stands in the log."""

    at: datetime
    event: UUID

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.event.hex}"

    @staticmethod
    def beginning() -> "Place":
        return Place(EPOCH, FIRST)


def as_place(cursor: str | None) -> Place | None:
    """The place behind a cursor, or None where it is none."""
    microseconds, _, digits = (cursor or "").partition("-")
    try:
        return Place(EPOCH + int(microseconds) * MICROSECOND, UUID(hex=digits))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest first. `stopped`: as far as this it was looked; None: to the end."""

    places: Sequence[Place]
    stopped: Place | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What one brand's log is asked for."""

    brand_id: int
    filters: LogFilters

    def older(self, below: Place | None, most: int) -> Found:
        """The newest events below a place."""
        if self.filters.wallet == NOBODY:
            return Found([])
        with by_index():
            return self.go_back(below, most)

    def newer(self, above: Place, most: int) -> Found:
        """The oldest events above a place."""
        if self.filters.wallet == NOBODY:
            return Found([])
        with by_index():
            return self.go_forth(above, most)

    def just_after(self, above: Place, most: int) -> Sequence[Place]:
        """Those of them that are a short way off."""
        if self.filters.wallet == NOBODY:
            return []
        with by_index():
            return self.walk(max(above, self.earliest), most, newer=True).places

    def has_any_lately(self) -> bool:
        """Whether there is an event a short way back."""
        if self.filters.wallet == NOBODY:
            return False
        with by_index():
            return bool(self.walk(self.latest, 1).places)

    def go_back(self, below: Place | None, most: int) -> Found:
        start = min(each for each in (below, self.latest) if each)
        walked = self.walk(start, most, far=self.filters.wallet is not None)
        if walked.stopped is None or self.filters.wallet is not None or len(walked.places) >= most:
            return walked
        unindexed = self.oldest_unindexed()
        if unindexed is not None and unindexed <= walked.stopped.at:
            walked = self.and_then(walked, most, self.walk, far=True)
            if walked.stopped is None or unindexed <= walked.stopped.at:
                return walked
        return self.and_then(walked, most, self.look_up)

    def go_forth(self, above: Place, most: int) -> Found:
        start = max(above, self.earliest)
        walked = self.walk(start, most, far=self.filters.wallet is not None, newer=True)
        if walked.stopped is None or self.filters.wallet is not None or len(walked.places) >= most:
            return walked
        unindexed = self.oldest_unindexed()
        if unindexed is None or unindexed > walked.stopped.at:
            walked = self.and_then(walked, most, self.look_up, newer=True, before=unindexed)
            if walked.stopped is None and unindexed is not None and len(walked.places) < most:
                walked = Found(walked.places, Place(unindexed, FIRST))
        return self.and_then(walked, most, self.walk, far=True, newer=True)

    def and_then(self, found: Found, most: int, look: Any, **how: Any) -> Found:
        """What was found, and what another way finds from there on."""
        missing = most - len(found.places)
        if found.stopped is None or missing <= 0:
            return found
        more: Found = look(found.stopped, missing, **how)
        return Found([*found.places, *more.places], more.stopped)

    @property
    def latest(self) -> Place:
        return Place(self.filters.until or FAR_AHEAD, FIRST)

    @property
    def earliest(self) -> Place:
        # Of the very moment the first event as well.
        return Place((self.filters.since or FAR_BACK) - MICROSECOND, LAST)

    def walk(self, start: Place, most: int, *, far: bool = False, newer: bool = False) -> Found:
        """One event of the log after the other, at most so many of them."""
        words = bool(self.filters.words)
        steps = (FAR_FOR_WORDS if words else FAR) if far else (WALK_FOR_WORDS if words else WALK)
        way, values = self.way(start, steps, newer=newer)
        order = "w.received_at, w.id" if newer else "w.received_at DESC, w.id DESC"
        tests = [f"w.{column} = %s" for column in self.filters.facets]
        values += self.filters.facets.values()
        detail = metadata = ""
        if words:
            # By the primary key of each, whatever the planner expects.
            detail = (
                "CROSS JOIN LATERAL (SELECT metadata::text AS metadata FROM events_eventdetail "
                "WHERE event_id = w.id OFFSET 0) d"
            )
            metadata = ", d.metadata"
            for part in self.parts():
                tests.append("lower(d.metadata) LIKE %s")
                values.append(f"%{part}%")
        limit = most * SURE if words else most
        where = f"WHERE {' AND '.join(tests)}" if tests else ""
        rows = fetch(
            f"SELECT w.received_at, w.id{metadata} FROM ({way}) w {detail} {where} "  # noqa: S608 - our own words
            f"ORDER BY {order} LIMIT %s",
            [*values, limit],
        )
        places = [Place(row[0], row[1]) for row in rows if not words or self.has_words(row[2])]
        if len(places) >= most:
            return Found(places[:most], places[most - 1])
        if len(rows) == limit:
            return Found(places, Place(rows[-1][0], rows[-1][1]))
        if not tests:
            # Every step was a find.
            return Found(places)
        return Found(places, self.end_of(start, steps, newer=newer))

    def way(self, start: Place, steps: int, *, newer: bool) -> tuple[str, list[Any]]:
        """The next so many events, whatever they are."""
        tests = ["brand_id = %s", "test = %s"]
        values: list[Any] = [self.brand_id, self.filters.test]
        if self.filters.wallet is not None:
            tests.append("wallet_id = %s")
            values.append(self.filters.wallet)
        tests.append(f"(received_at, id) {'>' if newer else '<'} (%s, %s)")
        values += [start.at, start.event]
        # Said apart as well: the first column alone lets any index begin there.
        tests.append(f"received_at {'>' if newer else '<'}= %s")
        values.append(start.at)
        if newer and self.filters.until:
            tests.append("received_at < %s")
            values.append(self.filters.until)
        if not newer and self.filters.since:
            tests.append("received_at >= %s")
            values.append(self.filters.since)
        order = "received_at, id" if newer else "received_at DESC, id DESC"
        return (
            "SELECT id, received_at, name, status, trust, source FROM events_event "  # noqa: S608 - our own words
            f"WHERE {' AND '.join(tests)} ORDER BY {order} LIMIT %s"
        ), [*values, steps]

    def end_of(self, start: Place, steps: int, *, newer: bool) -> Place | None:
        """Where so many steps lead to; None where the log ends before."""
        way, values = self.way(start, steps, newer=newer)
        rows = fetch(f"SELECT w.received_at, w.id FROM ({way}) w OFFSET %s", [*values, steps - 1])  # noqa: S608
        return Place(*rows[0]) if rows else None

    def parts(self) -> set[str]:
        return {part for asked in self.filters.words for part in PARTS.findall(asked.word)}

    def has_words(self, metadata: str) -> bool:
        words = words_of(decode(metadata))
        return all(words.have(asked) for asked in self.filters.words)

    def oldest_unindexed(self) -> datetime | None:
        """When the oldest event came that the index does not know yet."""
        horizon = LogHorizon.objects.filter(brand_id=self.brand_id).first()
        position, event = (horizon.position, horizon.event) if horizon else (-1, FIRST)
        rows = fetch(UNINDEXED, [self.brand_id, position, event, self.filters.test])
        moment: datetime | None = rows[0][0]
        return moment

    def look_up(
        self, start: Place, most: int, *, newer: bool = False, before: datetime | None = None
    ) -> Found:
        """In the index of terms, block by block, as long as patience lasts."""
        query = wanted(facets(**self.filters.facets), self.filters.words)
        if not query:
            # Whatever is asked for, the walk has found it.
            return Found([], start)
        until = min(each for each in (before, self.filters.until, FAR_AHEAD) if each) - MICROSECOND
        ((events, moments, reached),) = fetch(
            "SELECT events, moments, reached "
            "FROM events_search(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(self.brand_id, self.filters.test, query, newer, start.at, start.event),
                *(self.filters.since or FAR_BACK, until, most, PATIENCE),
            ],
        )
        places = [Place(*each) for each in zip(moments, events, strict=True)]
        if reached is None:
            return Found(places, places[-1] if len(places) == most else None)
        # Blocks overlap: the next one may begin on this side of where this search did, all of which is known.
        edge = Place(reached, FIRST if newer else LAST)
        return Found(places, max(edge, start) if newer else min(edge, start))


# Where more are behind than are looked at here, the first of them in the feed are the oldest.
UNINDEXED = """
SELECT min(behind.received_at) FROM (
    SELECT e.received_at, e.test FROM events_event e
    WHERE e.brand_id = %s AND (e.position, e.id) > (%s, %s)
    ORDER BY e.position, e.id LIMIT 5000) behind
WHERE behind.test = %s
"""


def fetch(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
