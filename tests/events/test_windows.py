"""Calendar windows, at the changes of the clocks and wherever clocks skip midnight or repeat it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.services.windows import day_window, month_window, week_window
from tests.events.model import first_moment

SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# zone, a moment in the window, start, end, hours
DAYS = [
    ("UTC", "2026-03-18 12:00", "2026-03-18 00:00", "2026-03-19 00:00", 24),
    ("Europe/Berlin", "2026-03-29 12:00", "2026-03-28 23:00", "2026-03-29 22:00", 23),
    ("Europe/Berlin", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-25 23:00", 25),
    ("America/New_York", "2026-03-08 12:00", "2026-03-08 05:00", "2026-03-09 04:00", 23),
    ("America/New_York", "2026-11-01 12:00", "2026-11-01 04:00", "2026-11-02 05:00", 25),
    # Clocks skip midnight: the day begins at one o'clock.
    ("America/Santiago", "2026-09-06 12:00", "2026-09-06 04:00", "2026-09-07 03:00", 23),
    ("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00", "2026-04-24 21:00", 23),
    # The last hour before midnight comes twice, or midnight itself does.
    ("America/Santiago", "2026-04-05 01:00", "2026-04-04 03:00", "2026-04-05 04:00", 25),
    ("America/Havana", "2026-11-01 12:00", "2026-11-01 04:00", "2026-11-02 05:00", 25),
    # Half an hour, two hours.
    ("Australia/Lord_Howe", "2026-04-04 20:00", "2026-04-04 13:00", "2026-04-05 13:30", 24.5),
    ("Antarctica/Troll", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-26 00:00", 26),
    ("Asia/Kathmandu", "2026-03-18 18:14", "2026-03-17 18:15", "2026-03-18 18:15", 24),
]


@pytest.mark.parametrize(("zone", "moment", "start", "end", "hours"), DAYS)
def test_a_day_begins_and_ends_at_local_midnight(zone, moment, start, end, hours):
    window = day_window(utc(moment), ZoneInfo(zone))
    assert (window.start, window.end) == (utc(start), utc(end))
    assert window.end - window.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "moment", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-29 21:59:59", "2026-03-22 23:00", "2026-03-29 22:00"),
        ("Europe/Berlin", "2026-03-29 22:00", "2026-03-29 22:00", "2026-04-05 22:00"),
        ("Europe/Berlin", "2026-10-25 12:00", "2026-10-18 22:00", "2026-10-25 23:00"),
        ("America/New_York", "2026-03-08 12:00", "2026-03-02 05:00", "2026-03-09 04:00"),
        ("America/New_York", "2026-11-01 12:00", "2026-10-26 04:00", "2026-11-02 05:00"),
        # Over the end of a year.
        ("Europe/Berlin", "2026-12-31 12:00", "2026-12-27 23:00", "2027-01-03 23:00"),
    ],
)
def test_a_week_is_monday_to_sunday(zone, moment, start, end):
    window = week_window(utc(moment), ZoneInfo(zone))
    assert (window.start, window.end) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("zone", "moment", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-31 21:59:59", "2026-02-28 23:00", "2026-03-31 22:00"),
        ("Europe/Berlin", "2026-03-31 22:00", "2026-03-31 22:00", "2026-04-30 22:00"),
        ("Europe/Berlin", "2026-10-31 12:00", "2026-09-30 22:00", "2026-10-31 23:00"),
        ("America/New_York", "2026-11-30 12:00", "2026-11-01 04:00", "2026-12-01 05:00"),
        ("UTC", "2028-02-29 12:00", "2028-02-01 00:00", "2028-03-01 00:00"),
        ("UTC", "2026-12-31 23:59:59", "2026-12-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_a_month_is_as_long_as_it_is(zone, moment, start, end):
    window = month_window(utc(moment), ZoneInfo(zone))
    assert (window.start, window.end) == (utc(start), utc(end))


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "America/Havana",
        "Africa/Cairo",
        "Asia/Beirut",
        "America/Scoresbysund",
        "Atlantic/Azores",
        "America/Asuncion",
        "Pacific/Kiritimati",
    ],
)
@pytest.mark.parametrize("window_at", [day_window, week_window, month_window])
def test_the_windows_of_a_year_follow_one_another_without_gap_or_overlap(zone, window_at):
    where = ZoneInfo(zone)
    moment, end = utc("2026-01-01"), utc("2027-02-01")
    while moment < end:
        window = window_at(moment, where)
        assert window.start <= moment < window.end
        assert window_at(window.start, where) == window_at(window.end - SECOND, where) == window
        assert window.start == first_moment(window.start.astimezone(where).date(), where)
        moment = window.end
