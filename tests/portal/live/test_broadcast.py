"""What is told to `live`, and what happens to it while Redis is away."""

import time

import pytest
import redis
from django.conf import settings

from events.channels import BRAND, MISSED, ONCE
from events.queries.live import LiveTest
from events.services.broadcast import MOST_WAITING, Broadcaster
from tests.conftest import NOON
from tests.live_server import until
from tests.portal.live.test_streams import row

BRAND_ID = 7_001
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def told():
    """Messages of the brand, and misses, as they come: (channel, data)."""
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        for key in client.scan_iter(f"{ONCE}{BRAND_ID}:*"):
            client.delete(key)
        listener = client.pubsub(ignore_subscribe_messages=True)
        listener.subscribe(f"{BRAND}{BRAND_ID}", MISSED)
        listener.get_message(timeout=1)
        heard: list[tuple[str, str]] = []

        def wait(count: int) -> list[tuple[str, str]]:
            end = time.monotonic() + 10
            while len(heard) < count and time.monotonic() < end:
                if message := listener.get_message(timeout=0.2):
                    heard.append((message["channel"], message["data"]))
            return heard

        yield wait
        listener.close()


def test_what_was_dropped_while_redis_was_away_is_said_when_it_is_back(told):
    broadcaster = Broadcaster(NOWHERE)
    broadcaster.send([row(brand=BRAND_ID)])
    until(lambda: broadcaster.missed, seconds=30)
    broadcaster.redis.connection_pool = redis.ConnectionPool.from_url(settings.REDIS_URL)
    # Nothing new has to come for it.
    assert told(1)[0][0] == MISSED
    broadcaster.send([row(brand=BRAND_ID)])
    # Another broadcaster of the installation may have missed something besides.
    until(lambda: told(len(told(0)) + 1)[-1][0] == f"{BRAND}{BRAND_ID}", seconds=30)


def test_more_than_may_wait_is_a_miss(told):
    broadcaster = Broadcaster(settings.REDIS_URL)
    broadcaster.start = lambda: None  # type: ignore[method-assign]
    broadcaster.send([row(brand=BRAND_ID)] * (MOST_WAITING + 1))
    while broadcaster.deliver():
        pass
    assert told(1)[0][0] == MISSED


def test_a_process_that_begins_says_so(told):
    Broadcaster(settings.REDIS_URL).miss()
    assert [channel for channel, _ in told(1)] == [MISSED]


def test_a_connection_test_is_told_once_a_minute_for_each_trust(told):
    broadcaster = Broadcaster(settings.REDIS_URL)
    tests = [LiveTest(BRAND_ID, trust, ["domain"], NOON) for trust in ("open", "open", "key")]
    broadcaster.send([*tests, row(brand=BRAND_ID)])
    channel = f"{BRAND}{BRAND_ID}"
    until(lambda: [of for of, _ in told(len(told(0)) + 1)].count(channel) >= 3, seconds=30)
    messages = [data.partition(" ") for of, data in told(0) if of == channel]
    assert [number for number, _, _ in messages] == [f"{int(messages[0][0]) + n}" for n in range(3)]
    assert ['"connection_test":true' in text for _, _, text in messages] == [True, True, False]


def test_a_process_that_ends_sends_what_waits(told):
    broadcaster = Broadcaster(settings.REDIS_URL)
    broadcaster.send([row(brand=BRAND_ID)])
    broadcaster.finish()
    assert broadcaster.idle.is_set()
    assert len(told(1)) == 1
