"""Where days begin: by the zone's clock, whatever it does that day. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The day's first instant. Midnight that comes twice begins the day the first time; where it is skipped,
    the day begins when the clock has jumped."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


@lru_cache(maxsize=256)
def day_starts(first: date, last: date, zone: ZoneInfo) -> Sequence[datetime]:
    """The first instants of these days and of the one after: what `width_bucket` finds a day with."""
    days = (last - first).days + 2
    return [day_start(first + DAY * n, zone) for n in range(days)]


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def today_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the day that it is there."""
    return day_start(local_day(now, zone), zone)


def monday_of(day: date) -> date:
    """The first day of its week (ISO 8601)."""
    return day - DAY * day.weekday()
