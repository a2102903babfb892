"""How long answers took: counted beside the calls, written behind them, and read as percentiles."""

import random
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain, pairwise
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.buckets import BUCKETS, bucket_of, middle_of
from analytics.models import Call, DayAnswers, QuarterAnswers
from analytics.queries.period import Period
from analytics.queries.response_times import Times, response_times, response_times_by_hour
from analytics.services import answers, forget_quarters
from analytics.services.answers import Counter
from brands import services as brands
from tests.analytics.raw import utc
from tests.events.calls import at_once
from tests.portal.conftest import order  # noqa: F401

BERLIN = ZoneInfo("Europe/Berlin")
NOON = utc(2026, 3, 18, 12)
MARCH = Period(date(2026, 3, 16), date(2026, 3, 18), BERLIN)
# What the report promises.
ERROR = 0.045


def count(counter: Counter, brand, milliseconds, *, at: datetime = NOON, call=Call.EVENT) -> None:
    counter.count(
        brand=brand.pk, zone=brand.zone, call=call, seconds=milliseconds / 1000, at=at.timestamp()
    )


def exact(values: list[float], share: float) -> float:
    return sorted(values)[ceil(share * len(values)) - 1]


def assert_close(times: Times, values: list[float]) -> None:
    assert times.calls == len(values)
    for said, share in ((times.p50, 0.5), (times.p95, 0.95), (times.p99, 0.99)):
        assert said == pytest.approx(exact(values, share), rel=ERROR)


def test_every_time_stands_in_a_bucket_whose_middle_is_near():
    dice = random.Random(4)
    for value in [0.5, 0.50001, 1.0, 26_999.0, *(2 ** dice.uniform(-1, 14.7) for _ in range(2000))]:
        assert middle_of(bucket_of(value)) == pytest.approx(value, rel=ERROR)
    assert (bucket_of(0.0), bucket_of(0.49), bucket_of(1e9)) == (0, 0, BUCKETS - 1)
    middles = [middle_of(n) for n in range(BUCKETS)]
    assert all(one < other for one, other in pairwise(middles))


@pytest.mark.django_db
@pytest.mark.parametrize("calls", [1, 2, 3, 20, 1_000])
def test_percentiles_are_those_of_the_calls_within_what_is_promised(brand, calls):
    dice, counter = random.Random(calls), Counter()
    by_day: dict[date, list[float]] = {}
    # The three days before are compared with.
    for day in range(13, 19):
        values = [dice.lognormvariate(2 + day / 9, 1) for _ in range(calls)]
        by_day[date(2026, 3, day)] = values
        for value in values:
            count(counter, brand, value, at=utc(2026, 3, day, dice.randrange(23)))
    counter.write()
    found = response_times(brand_id=brand.pk, period=MARCH).calls[Call.EVENT]
    for times, each in zip(found.parts, MARCH.days, strict=True):
        assert_close(times, by_day[each])
    assert_close(found.total, [*chain(*map(by_day.get, MARCH.days))])
    assert_close(found.before, [*chain(*map(by_day.get, MARCH.before().days))])


@pytest.mark.django_db
def test_days_and_hours_are_those_of_the_brand(brand):
    counter = Counter()
    # In Berlin the clock goes from 2 to 3 on 29 March; the last of these is on the day after.
    for at in (
        utc(2026, 3, 28, 23, 5),
        utc(2026, 3, 29, 1, 5),
        utc(2026, 3, 29, 21, 59),
        utc(2026, 3, 29, 22),
    ):
        count(counter, brand, 8, at=at)
    counter.write()
    day = Period(date(2026, 3, 29), date(2026, 3, 29), BERLIN)
    by_day = response_times(brand_id=brand.pk, period=day).calls[Call.EVENT]
    assert ([each.calls for each in by_day.parts], by_day.before.calls) == ([3], 0)
    found = response_times_by_hour(brand_id=brand.pk, period=day)
    by_hour = [each.calls for each in found.calls[Call.EVENT].parts]
    assert len(by_hour) == len(found.labels) == 23
    assert [hour for hour, calls in enumerate(by_hour) if calls] == [0, 2, 22]
    assert found.calls[Call.EVENT].total == by_day.total


@pytest.mark.django_db
def test_kinds_of_calls_and_brands_are_kept_apart(brand, other_brand):
    counter = Counter()
    count(counter, brand, 4)
    count(counter, brand, 400, call=Call.BATCH)
    count(counter, other_brand, 4_000)
    counter.write()
    found = response_times(brand_id=brand.pk, period=MARCH).calls
    assert [each.total.calls for each in found.values()] == [1, 1, 0]
    assert found[Call.EVENT].total.p99 == pytest.approx(4, rel=ERROR)
    assert found[Call.READ].total == Times()


@pytest.mark.django_db(transaction=True)
def test_two_processes_write_at_once_and_nothing_is_lost(brand, other_brand):
    def work(seed: int) -> None:
        dice, counter = random.Random(seed), Counter()
        for _ in range(12):
            for each in dice.sample([brand, other_brand], 2):
                for call in Call:
                    count(counter, each, dice.uniform(1, 100), call=call)
            counter.write()

    at_once([partial(work, seed) for seed in range(4)])
    for each in (brand, other_brand):
        found = response_times(brand_id=each.pk, period=MARCH).calls
        assert [times.total.calls for times in found.values()] == [48, 48, 48]


@pytest.mark.django_db
def test_with_the_database_away_counts_wait_and_the_log_says_so_once(brand, monkeypatch, caplog):
    counter = Counter()
    with monkeypatch.context() as away:
        away.setattr(answers, "write", out_of_reach)
        for _ in range(3):
            count(counter, brand, 8)
            counter.write()
    count(counter, brand, 8)
    counter.write()
    assert response_times(brand_id=brand.pk, period=MARCH).calls[Call.EVENT].total.calls == 4
    assert caplog.text.count("response times go to fails") == 1


def out_of_reach(_counts: object) -> None:
    raise OperationalError("the server is away")


def test_what_waits_is_bounded(brand, monkeypatch, caplog):
    monkeypatch.setattr(answers, "MOST_WAITING", 3)
    counter = Counter()
    for n in range(10):
        count(counter, brand, 8, at=NOON + timedelta(hours=n))
    assert len(counter.waiting) == 3
    counter.write()
    assert "dropped" in caplog.text


def test_calls_are_answered_where_no_thread_can_be_started(monkeypatch, caplog):
    def refuse(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(answers.threading.Thread, "start", refuse)
    counter = Counter()
    counter.begin()
    counter.finish()
    assert "no thread" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_writes_what_it_has(brand):
    counter = Counter(every=3_600)
    counter.begin()
    count(counter, brand, 8)
    counter.finish()
    assert DayAnswers.objects.get().within[-1] == 1


@pytest.mark.django_db
def test_quarters_are_forgotten_and_days_stay(brand):
    counter = Counter()
    count(counter, brand, 8)
    count(counter, brand, 8, at=NOON - timedelta(days=36))
    counter.write()
    forget_quarters(now=NOON)
    assert QuarterAnswers.objects.get().quarter == NOON
    assert DayAnswers.objects.count() == 2


@pytest.fixture
def counter(monkeypatch) -> Counter:
    made = Counter()
    monkeypatch.setattr(answers, "of_process", lambda _pid: made)
    return made


def counted(counter: Counter) -> dict[Call, int]:
    return {key.call: sum(counts) for key, counts in counter.waiting.items()}


def test_calls_of_the_api_are_counted_by_kind_once_the_caller_is_known(brand, order, counter):  # noqa: F811
    scopes = ["events:write", "events:read", "wallets:read"]
    key = brands.create_key(brand=brand, name="K", scopes=scopes, by=None, now=NOON)
    caller = Client(headers={"authorization": f"Bearer {key.secret}"})
    root = "/resonance-api/"
    event = {"event": "order", "email": "ann@example.com", "metadata": {"order_id": "1"}}
    as_json = {"content_type": "application/json"}
    assert caller.post(f"{root}manual-event", event, **as_json).status_code == 200
    # Refused, but the brand's own call.
    assert caller.post(f"{root}manual-event", {"event": "none"}, **as_json).status_code == 422
    assert caller.post(f"{root}events/batch", {"events": [event]}, **as_json).status_code == 200
    assert caller.get(f"{root}events").status_code == 200
    assert caller.get(f"{root}events/evt_none").status_code == 404
    assert caller.get(f"{root}wallets/ann@example.com").status_code == 200
    assert counted(counter) == {Call.EVENT: 2, Call.BATCH: 1, Call.READ: 3}
    assert {(each.brand, each.zone) for each in counter.waiting} == {(brand.pk, brand.zone)}


def test_strangers_and_looks_at_the_connection_are_not_counted(brand, counter):
    stranger = Client(headers={"authorization": "Bearer rsk_wrong"})
    for path in ("events", "wallets/ann@example.com", "debug", "nowhere"):
        stranger.get(f"/resonance-api/{path}")
    Client(headers={"x-resonance-brand": brand.public_id}).get("/resonance-api/debug")
    stranger.get("/accounts/login/")
    assert counted(counter) == {}


@pytest.mark.django_db
def test_the_report_is_one_statement(brand):
    with CaptureQueriesContext(connection) as captured:
        response_times(brand_id=brand.pk, period=MARCH)
        response_times_by_hour(brand_id=brand.pk, period=MARCH)
    assert sum("answers" in each["sql"] for each in captured) == 2
