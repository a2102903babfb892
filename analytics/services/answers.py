"""Count how long answers take: in memory, and written every ten seconds by a thread beside the requests.

Nothing here delays or fails a call. With the database away the counts wait, up to a bound, and the log says so. It is
a statistic and no truth: a process that is killed takes the last seconds of it along, and what was on its way when a
connection broke may be counted twice. A process that ends in peace writes what it has.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from operator import add
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import Error as DatabaseError
from django.db import connection

from analytics.buckets import BUCKETS, bucket_of
from analytics.models import Call
from analytics.queries.response_times import QUARTERS_KEPT
from analytics.services.folding import delete_some
from brands.breaker import Breaker
from brands.calendar import local_day
from brands.endings import at_the_end

log = logging.getLogger(__name__)

EVERY = 10.0
# Histograms that may wait in a process, of a kilobyte each.
MOST_WAITING = 4_000
# What a process that ends gives its last counts.
LAST_SECONDS = 1.0
QUARTER = 900
# The rows come in one order, so that two processes never wait for each other in a ring.
WRITE = """
WITH quarters AS (
    INSERT INTO analytics_quarteranswers AS a (brand_id, call, quarter, within)
    SELECT g.brand, g.call, g.at, g.within
    FROM jsonb_to_recordset(%(quarters)s::jsonb) AS g(brand bigint, call text, at timestamptz, within bigint[])
    ORDER BY 1, 2, 3
    ON CONFLICT (brand_id, call, quarter) DO UPDATE SET within = ARRAY(
        SELECT both_of.old + both_of.new
        FROM unnest(a.within, EXCLUDED.within) WITH ORDINALITY AS both_of(old, new, n) ORDER BY both_of.n)
)
INSERT INTO analytics_dayanswers AS a (brand_id, call, day, within)
SELECT g.brand, g.call, g.at, g.within
FROM jsonb_to_recordset(%(days)s::jsonb) AS g(brand bigint, call text, at date, within bigint[])
ORDER BY 1, 2, 3
ON CONFLICT (brand_id, call, day) DO UPDATE SET within = ARRAY(
    SELECT both_of.old + both_of.new
    FROM unnest(a.within, EXCLUDED.within) WITH ORDINALITY AS both_of(old, new, n) ORDER BY both_of.n)
"""


class Key(NamedTuple):
    """Whose calls of which kind, in which quarter of an hour since 1970."""

    brand: int
    zone: ZoneInfo
    call: Call
    quarter: int

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.quarter * QUARTER, UTC)


Counts = dict[Key, list[int]]


class Counter:
    """Thread-safe. One thread a process writes what waits."""

    def __init__(self, *, every: float = EVERY) -> None:
        self.every = every
        self.waiting: Counts = {}
        self.lock = threading.Lock()
        self.breaker = Breaker("the database that response times go to", pause=0.0)
        self.full = False
        self.thread: threading.Thread | None = None
        self.ending = threading.Event()
        self.ended = threading.Event()

    def count(self, *, brand: int, zone: ZoneInfo, call: Call, seconds: float, at: float) -> None:
        """Return at once. `at` in seconds since 1970."""
        key = Key(brand, zone, call, int(at // QUARTER))
        bucket = bucket_of(seconds * 1000)
        with self.lock:
            counts = self.waiting.get(key)
            if counts is None:
                if len(self.waiting) >= MOST_WAITING:
                    self.full = True
                    return
                counts = self.waiting[key] = [0] * BUCKETS
            counts[bucket] += 1

    def begin(self) -> None:
        """Write from now on, and once more at the end of the process."""
        thread = threading.Thread(target=self.work, name="answers", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # Calls are answered all the same.
            log.warning("response times are not kept: the system gave no thread")
        else:
            self.thread = thread

    def work(self) -> None:
        last = False
        while not last:
            last = self.ending.wait(self.every)
            self.write()
            # Nobody's meanwhile: the pool is for calls.
            connection.close()
        self.ended.set()

    def write(self) -> None:
        """Write what waits, once; what the database does not take goes on waiting."""
        with self.lock:
            taken, self.waiting = self.waiting, {}
            full, self.full = self.full, False
        if full:
            log.warning("response times were dropped: too many were waiting for the database")
        if not taken:
            return
        try:
            write(taken)
        except DatabaseError as error:
            self.breaker.failed(error)
            self.put_back(taken)
        except Exception:
            # The thread outlives whatever is wrong with one of them.
            log.exception("response times were not written")
        else:
            self.breaker.succeeded()

    def put_back(self, taken: Counts) -> None:
        with self.lock:
            for key, counts in self.waiting.items():
                taken[key] = added(taken[key], counts) if key in taken else counts
            self.waiting = taken

    def finish(self) -> None:
        """Before the process ends: wait a moment for the last counts."""
        self.ending.set()
        if self.thread is not None and not self.ended.wait(LAST_SECONDS):
            log.warning("the last response times were not written in time")


def added(one: list[int], other: list[int]) -> list[int]:
    return list(map(add, one, other))


def write(counts: Mapping[Key, list[int]]) -> None:
    """Add these to what is there, in one statement. Raises django.db.Error."""
    quarters = joined(counts, lambda key: key.start.isoformat())
    days = joined(counts, lambda key: local_day(key.start, key.zone).isoformat())
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"quarters": quarters, "days": days})


def joined(counts: Mapping[Key, list[int]], at: Callable[[Key], str]) -> str:
    """One row for each brand, kind of call and time, as JSON."""
    rows: dict[tuple[int, str, str], list[int]] = {}
    for key, some in counts.items():
        place = (key.brand, key.call.value, at(key))
        rows[place] = added(rows[place], some) if place in rows else some
    return json.dumps(
        [
            {"brand": brand, "call": call, "at": when, "within": list(accumulate(some))}
            for (brand, call, when), some in rows.items()
        ]
    )


@cache
def of_process(_pid: int) -> Counter:
    made = Counter()
    at_the_end(made.finish)
    return made


def count_answer(*, brand: int, zone: ZoneInfo, call: Call, seconds: float, at: float) -> None:
    """A call was answered after so many seconds. Never raises, never waits. `at` in seconds since 1970."""
    # By pid: a process that was forked has not its parent's thread.
    of_process(os.getpid()).count(brand=brand, zone=zone, call=call, seconds=seconds, at=at)


def begin_counting() -> None:
    """A process has begun to answer calls. What it counts is kept from now on."""
    of_process(os.getpid()).begin()


def forget_quarters(*, now: datetime) -> None:
    """Delete quarters of an hour that no page shows any more. Days stay."""
    while delete_some("analytics_quarteranswers", "quarter < %s", now - QUARTERS_KEPT):
        pass
