"""What /metrics says: the counts of all processes, and what is looked up for it, in one query and one call."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

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
from portal.heartbeat import SENT_AT
from portal.live.processes import live_processes
from portal.processes import Process

MOST_COUNTED = 100_000
QUEUE = "celery"
# The feed gives what is older than every transaction that still writes. Unmatched events are counted
# up to a bound, so that a scrape costs the same whatever is kept.
LOOK = """
SELECT
    (SELECT coalesce(greatest(0, extract(epoch FROM max(clock_timestamp() - xact_start))), 0)
     FROM pg_stat_activity WHERE backend_xid IS NOT NULL),
    (SELECT count(*) FROM (SELECT FROM events_unmatchedevent LIMIT %s) AS kept),
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - due.since)), 0)
     FROM brands_webhookendpoint e CROSS JOIN LATERAL (
        SELECT d.next_attempt_at AS since FROM brands_webhookdelivery d
        WHERE d.endpoint_id = e.id AND d.state = 'WAITING' AND d.next_attempt_at <= clock_timestamp()
        ORDER BY d.next_attempt_at, d.id LIMIT 1) due
     WHERE e.disabled_at IS NULL),
    (SELECT json_build_object(
        'delivered', count(*) FILTER (WHERE a.status BETWEEN 200 AND 299),
        'refused', count(*) FILTER (WHERE a.status NOT BETWEEN 200 AND 299),
        'unanswered', count(*) FILTER (WHERE a.status IS NULL))
     FROM (SELECT status FROM brands_webhookattempt
           WHERE at > clock_timestamp() - interval '5 minutes' LIMIT %s) a)
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
            lag, unmatched, overdue, attempts = seen
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
            yield gauge(
                "resonance_webhooks_overdue_seconds",
                "For how long the oldest webhook has been due that is not delivered.",
                overdue,
            )
            yield by_outcome(attempts)
        waiting = waiting_jobs()
        if readiness.is_redis(settings.CELERY_BROKER_URL):
            up.add_metric(["broker"], float(waiting is not None))
        if waiting is not None:
            yield gauge("resonance_queue_jobs", "Jobs that wait for a worker.", waiting)
            oldest = oldest_job()
            if oldest is not None:
                yield gauge(
                    "resonance_queue_oldest_seconds", "Since when the oldest of them waits.", oldest
                )
        yield from heard()
        live = live_processes(readiness.client(settings.REDIS_URL))
        if live is not None:
            up.add_metric(["live"], float(live.count > 0))
            yield gauge("resonance_live_streams", "Pages that listen to a stream.", live.streams)
            yield gauge(
                "resonance_live_messages",
                "Messages that the live processes have heard and passed on since they began.",
                live.relayed,
            )
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


def by_outcome(attempts: dict[str, int]) -> GaugeMetricFamily:
    found = GaugeMetricFamily(
        "resonance_webhook_attempts",
        "Attempts to deliver a webhook in the last five minutes, by what came of them.",
        labels=["outcome"],
    )
    for outcome, count in attempts.items():
        found.add_metric([outcome], count)
    return found


def look_at_database() -> tuple[float, int, float, dict[str, int]] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [MOST_COUNTED, MOST_COUNTED])
            lag, unmatched, overdue, attempts = cursor.fetchone()
    except DatabaseError:
        return None
    return float(lag), int(unmatched), float(overdue), read(attempts)


def read(counts: str | dict[str, int]) -> dict[str, int]:
    """Of a JSON column, which Django leaves as text."""
    found: dict[str, int] = json.loads(counts) if isinstance(counts, str) else counts
    return found


def waiting_jobs() -> int | None:
    """None where the broker is not Redis, or is away."""
    if not readiness.is_redis(settings.CELERY_BROKER_URL):
        return None
    try:
        return int(readiness.client(settings.CELERY_BROKER_URL).llen(QUEUE))
    except (redis.RedisError, OSError):
        return None


def oldest_job() -> float | None:
    """Since when the job that waits longest does, in seconds: 0 where none waits, None where nobody knows."""
    if not readiness.is_redis(settings.CELERY_BROKER_URL):
        return None
    try:
        # Taken from the right, so that the last one is the oldest.
        found = readiness.client(settings.CELERY_BROKER_URL).lindex(QUEUE, -1)
    except (redis.RedisError, OSError):
        return None
    if found is None:
        return 0.0
    try:
        sent_at = float(json.loads(cast("bytes", found))["headers"][SENT_AT])
    except (ValueError, KeyError, TypeError):
        # Another program's, or sent by a version that did not say.
        return None
    return max(0.0, time.time() - sent_at)


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
