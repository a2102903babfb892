"""Calendar windows in a brand's time zone. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from brands.calendar import DAY, day_start, local_day, monday_of
from events.models import Cooldown


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, UTC: `start` belongs to it, `end` to the next one."""

    start: datetime
    end: datetime


def day_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar day that `moment` falls on: 23 to 25 hours long."""
    today = local_day(moment, zone)
    return Window(day_start(today, zone), day_start(today + DAY, zone))


def week_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar week, Monday to Sunday (ISO 8601)."""
    monday = monday_of(local_day(moment, zone))
    return Window(day_start(monday, zone), day_start(monday + DAY * 7, zone))


def month_window(moment: datetime, zone: ZoneInfo) -> Window:
    """The calendar month."""
    first = local_day(moment, zone).replace(day=1)
    following = (first + DAY * 31).replace(day=1)
    return Window(day_start(first, zone), day_start(following, zone))


CALENDAR = {Cooldown.DAY: day_window, Cooldown.WEEK: week_window, Cooldown.MONTH: month_window}
