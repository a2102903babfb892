"""What is counted while calls are answered. Nothing here names a brand or a person: series stay few.

Where PROMETHEUS_MULTIPROC_DIR is set, every process counts in files there, and whichever is asked for
/metrics adds them up. Counting is some two microseconds: a number written into mapped memory.
"""

import os
from functools import cache
from pathlib import Path

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if FOLDER:
    # The library opens its files while metrics are being declared.
    Path(FOLDER).mkdir(parents=True, exist_ok=True)

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # noqa: E402

REGISTRY = CollectorRegistry()
MILLISECONDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

REQUESTS = Counter(
    "resonance_requests",
    "Requests by the name of their page or call, and by status.",
    ["endpoint", "status"],
    registry=REGISTRY,
)
REFUSALS = Counter(
    "resonance_refusals", "API calls that were refused, by code.", ["code"], registry=REGISTRY
)
DECISIONS = Counter(
    "resonance_decisions",
    "Events recorded, by what was decided, what the caller proved, and world.",
    ["status", "trust", "world"],
    registry=REGISTRY,
)
REPLAYS = Counter(
    "resonance_replays", "Repeats of a call that got the first answer again.", registry=REGISTRY
)
RECORD_SECONDS = Histogram(
    "resonance_record_seconds",
    "From the decision until the events of a call are durable.",
    buckets=[each / 1000 for each in MILLISECONDS],
    registry=REGISTRY,
)
LIMITER_OPEN = Counter(
    "resonance_limiter_open",
    "Calls that were let through uncounted, because Redis was away.",
    registry=REGISTRY,
)
LIMITER_REFUSED = Counter(
    "resonance_limiter_refused",
    "Calls that a rate limit refused, by limit.",
    ["limit"],
    registry=REGISTRY,
)
BREAKERS_OPEN = Gauge(
    "resonance_breaker_open",
    "Processes that go on without a server, because it failed them last time.",
    ["server"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


# `labels` takes a lock and builds a key each time; the series of one process are few.
requests = cache(REQUESTS.labels)
refusals = cache(REFUSALS.labels)
decisions = cache(DECISIONS.labels)
limiter_refused = cache(LIMITER_REFUSED.labels)
