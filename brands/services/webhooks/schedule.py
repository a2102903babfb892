"""When a message is tried again, and how long an endpoint is left in peace. Pure: no clock, no database."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# What follows each attempt but the last: ten attempts in about three days.
PAUSES = (
    *(5 * SECOND, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
ATTEMPTS = len(PAUSES) + 1
# Up to so much longer, so that what failed together does not come back together.
JITTER = 0.1
LONGEST_WAIT = 24 * HOUR
# After so many failures in a row, whichever messages they were about, the endpoint rests.
FAILURES_TO_REST = 5
SHORTEST_REST, LONGEST_REST = 10 * SECOND, 10 * MINUTE
# An endpoint that has failed for so long, without one success, is switched off.
FAILS_FOR = timedelta(days=5)


def pause_after(
    attempts: int, *, luck: float, retry_after: timedelta | None = None
) -> timedelta | None:
    """How long to wait after so many failed attempts, or None after the last.

    `luck`, from 0 to 1, stretches the pause. A server that says when to come again is believed, up to a day.
    """
    if attempts >= ATTEMPTS:
        return None
    pause = PAUSES[attempts - 1] * (1 + JITTER * luck)
    return max(pause, min(retry_after or timedelta(0), LONGEST_WAIT))


def rest_after(failures: int, *, retry_after: timedelta | None = None) -> timedelta | None:
    """How long the endpoint gets nothing at all after so many failures in a row; None: it goes on."""
    rest = timedelta(0)
    if failures >= FAILURES_TO_REST:
        rest = min(SHORTEST_REST * 2 ** min(failures - FAILURES_TO_REST, 10), LONGEST_REST)
    rest = max(rest, min(retry_after or timedelta(0), LONGEST_REST))
    return rest or None


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Of the header, in seconds or as a date. None where it is missing or makes no sense."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(0), min(at - now, LONGEST_WAIT))
