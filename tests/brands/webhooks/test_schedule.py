"""When a message is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from brands.services.webhooks.schedule import (
    ATTEMPTS,
    LONGEST_REST,
    parse_retry_after,
    pause_after,
    rest_after,
)

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
MINUTE, HOUR = 60, 3600
EXPECTED = [5, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24))]


def test_ten_attempts_at_the_agreed_times():
    pauses = [pause_after(n, luck=0) for n in range(1, ATTEMPTS + 1)]
    assert pauses == [*(timedelta(seconds=each) for each in EXPECTED), None]


def test_luck_stretches_a_pause_by_a_tenth_at_most():
    assert pause_after(2, luck=1) == timedelta(seconds=330)
    assert pause_after(2, luck=0.5) == timedelta(seconds=315)


def test_a_server_that_says_when_to_come_again_is_believed_up_to_a_day():
    minute, week = timedelta(minutes=1), timedelta(days=7)
    assert pause_after(1, luck=0, retry_after=minute) == minute
    assert pause_after(2, luck=0, retry_after=minute) == timedelta(minutes=5)
    assert pause_after(1, luck=0, retry_after=week) == timedelta(days=1)
    assert pause_after(ATTEMPTS, luck=0, retry_after=minute) is None


def test_after_five_failures_in_a_row_an_endpoint_rests_longer_and_longer():
    assert [rest_after(n) for n in range(1, 5)] == [None] * 4
    assert [rest_after(n) for n in (5, 6, 7)] == [timedelta(seconds=n) for n in (10, 20, 40)]
    assert rest_after(1_000) == LONGEST_REST
    assert rest_after(1, retry_after=timedelta(seconds=30)) == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999999999999", 86_400),
        ("Wed, 18 Mar 2026 12:01:00 GMT", 60),
        ("Wed, 18 Mar 2026 11:00:00 GMT", 0),
        ("Wed, 18 Mar 2099 11:00:00 GMT", 86_400),
        ("Wed, 18 Mar 2026 12:01:00", 60),
        *((none, None) for none in ("", None, "soon", "-1", "1.5", "٣", "Wed, 99 Mar 2026 99:00:00 GMT")),
    ],
)  # fmt: skip
def test_retry_after_in_seconds_and_as_a_date(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert parse_retry_after(value, now=NOW) == expected
