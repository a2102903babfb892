"""Calendar windows in a brand's time zone. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.models import Cooldown


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, UTC: `start` belongs to it, `end` to the next one."""

    start: datetime
    end: datetime


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC.

    Where clocks skip midnight, that is the moment of the change; where midnight comes twice, the first.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar day that `moment` falls on: 23 to 25 hours long."""
    today = moment.astimezone(zone).date()
    return Window(midnight(today, zone), midnight(today + timedelta(days=1), zone))


def week_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar week, Monday to Sunday (ISO 8601)."""
    today = moment.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return Window(midnight(monday, zone), midnight(monday + timedelta(days=7), zone))


def month_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar month."""
    first = moment.astimezone(zone).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Window(midnight(first, zone), midnight(following, zone))


CALENDAR = {Cooldown.DAY: day_window, Cooldown.WEEK: week_window, Cooldown.MONTH: month_window}
