"""What /metrics says: the counts of all processes, and what is looked up for it, in one query and one call."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from brands import metrics
from portal import heartbeat, readiness
from portal.processes import Process

MOST_COUNTED = 100_000
QUEUE = "celery"
# The feed gives what is older than every transaction that still writes. Unmatched events are counted
# up to a bound, so that a scrape costs the same whatever is kept.
LOOK = """
SELECT
    (SELECT coalesce(greatest(0, extract(epoch FROM max(clock_timestamp() - xact_start))), 0)
     FROM pg_stat_activity WHERE backend_xid IS NOT NULL),
    (SELECT count(*) FROM (SELECT FROM events_unmatchedevent LIMIT %s) AS kept)
"""


def exposition() -> bytes:
    """In Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(LookedUp())
    if metrics.FOLDER is None:
        return generate_latest(registry) + generate_latest(metrics.REGISTRY)
    folder = Path(metrics.FOLDER)
    with alone(folder):
        fold_dead(folder)
        MultiProcessCollector(registry, f"{folder}")  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class LookedUp(Collector):
    """What no process counts, asked of PostgreSQL and Redis at the moment of the scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily(
            "resonance_dependency_up", "1 where it answered this scrape.", labels=["dependency"]
        )
        seen = look_at_database()
        up.add_metric(["database"], float(seen is not None))
        if seen is not None:
            lag, unmatched = seen
            yield gauge(
                "resonance_feed_lag_seconds",
                "Age of the oldest transaction that still writes: the event feed ends there.",
                lag,
            )
            yield gauge(
                "resonance_unmatched_events",
                f"Events kept whose name no event type has, counted up to {MOST_COUNTED}.",
                unmatched,
            )
        waiting = waiting_jobs()
        if readiness.is_redis(settings.CELERY_BROKER_URL):
            up.add_metric(["broker"], float(waiting is not None))
        if waiting is not None:
            yield gauge("resonance_queue_jobs", "Jobs that wait for a worker.", waiting)
        yield from heard()
        yield up


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=value)


def heard() -> Iterator[GaugeMetricFamily]:
    found = GaugeMetricFamily(
        "resonance_heard_seconds",
        "Seconds since the worker and beat were last heard of; absent where nothing is known.",
        labels=["process"],
    )
    for who in ("worker", "beat"):
        if (seconds := heartbeat.seconds_since(who)) is not None:
            found.add_metric([who], round(seconds))
    yield found


def look_at_database() -> tuple[float, int] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [MOST_COUNTED])
            lag, unmatched = cursor.fetchone()
    except DatabaseError:
        return None
    return float(lag), int(unmatched)


def waiting_jobs() -> int | None:
    """None where the broker is not Redis, or is away."""
    if not readiness.is_redis(settings.CELERY_BROKER_URL):
        return None
    try:
        return int(readiness.client(settings.CELERY_BROKER_URL).llen(QUEUE))
    except (redis.RedisError, OSError):
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One scrape at a time, in whichever process: what one of them folds, another would count twice."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fold_dead(folder: Path) -> None:
    """Move what dead processes counted into one file: sums never fall, and files do not add up."""
    for file in folder.glob("*_*.db"):
        kind, _, pid = file.stem.rpartition("_")
        if not pid.isdigit() or Process.find(int(pid)):
            continue
        if kind in {"counter", "histogram"}:
            add_to(folder / f"{kind}_former.db", file)
        file.unlink()


def add_to(former: Path, file: Path) -> None:
    values: Any = MmapedDict  # it carries no types
    into = values(f"{former}")
    for key, value, _, _ in values.read_all_values_from_file(f"{file}"):
        so_far, _ = into.read_value(key)
        into.write_value(key, so_far + value, 0.0)
    into.close()
