"""The times of an event at their boundaries."""

from datetime import UTC, datetime, timedelta

import pytest

from brands.http.problems import Problem
from events import forms

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EVENT = {"event": "place_order", "email": "bob@example.com"}


def read(**fields) -> forms.Reported:
    return forms.read(EVENT | fields, now=NOW, keys={})


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=5), -timedelta(days=4_000)])
def test_an_event_may_have_occurred_long_ago_or_by_a_clock_that_is_a_little_ahead(ahead):
    assert read(occurred_at=(NOW + ahead).isoformat()).occurred_at == NOW + ahead


def test_more_than_five_minutes_ahead_is_the_future():
    with pytest.raises(Problem) as caught:
        read(occurred_at=(NOW + timedelta(minutes=5) + TICK).isoformat())
    (error,) = caught.value.errors
    assert (error.param, error.code) == ("occurred_at", "in_the_future")


def test_an_event_is_judged_up_to_four_hundred_days_back():
    oldest = NOW - timedelta(days=400)
    assert read(occurred_at=oldest.isoformat(), judge_at="occurred").judge_at_occurred
    assert not read(occurred_at=(oldest - TICK).isoformat(), judge_at="arrival").judge_at_occurred
    with pytest.raises(Problem) as caught:
        read(occurred_at=(oldest - TICK).isoformat(), judge_at="occurred")
    assert caught.value.errors[0].code == "too_old"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-18T12:00:00Z",
        "2026-03-18t12:00:00z",
        "2026-03-18T13:00:00+01:00",
        "2026-03-18T12:00:00.000000000+00:00",
        "2026-03-17T22:30:00-13:30",
    ],
)
def test_one_moment_may_be_written_in_several_ways(text):
    assert read(occurred_at=text).occurred_at == NOW


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-18 12:00:00Z",
        "2026-03-18T12:00Z",
        "2026-W12-3T12:00:00Z",
        "2026-03-18T24:00:00Z",
        "2026-03-18T23:59:60Z",
        "",
        "now",
    ],
)
def test_other_writings_are_refused(text):
    with pytest.raises(Problem):
        read(occurred_at=text)


def test_a_key_is_the_same_wherever_it_is_sent():
    keys = {"Idempotency-Key": "k", "webhook-id": "k"}
    found = forms.read(EVENT | {"idempotency_key": "k"}, now=NOW, keys=keys)
    assert found.idempotency_key == "k"
    # A field of the body that is called like a header is no header.
    odd = forms.read(EVENT | {"Idempotency-Key": "other"}, now=NOW, keys={"Idempotency-Key": "k"})
    assert odd.idempotency_key == "k"
