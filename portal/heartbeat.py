"""When the worker and beat were last heard of. Kept in Redis; losing it loses nothing."""

import time

from django.core.cache import cache

LATELY = 100.0  # seconds: the beat is one in 30 s, and a long job may be in its way
KEPT = 24 * 3600
# The header of a job that says when it was sent, so that its age can be told.
SENT_AT = "sent_at"


def note(who: str) -> None:
    cache.set(f"heard:{who}", int(time.time()), KEPT)


def seconds_since(who: str) -> float | None:
    """None where nothing is known."""
    heard = cache.get(f"heard:{who}")
    return None if heard is None else max(0.0, time.time() - heard)
