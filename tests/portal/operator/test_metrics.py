"""What is counted, over all processes and without naming anybody."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from brands import metrics
from brands import services as brands
from brands.http import limits
from portal import readiness, scrape
from tests.api_client import Api
from tests.brands.webhooks.conftest import add, next_attempt, tell
from tests.conftest import NOON
from tests.live_server import until

NOWHERE = "redis://127.0.0.1:1/0"
COUNT_AND_DIE = """
from brands import metrics
metrics.requests("events:debug", 200).inc(3)
metrics.RECORD_SECONDS.observe(0.003)
metrics.BREAKERS_OPEN.labels("limiter").set(1)
"""

pytestmark = pytest.mark.django_db


def samples(text: str) -> dict[str, float]:
    """The numbers of an exposition, by their names with labels."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def scraped(client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    return samples(answer.content.decode())


@pytest.mark.usefixtures("place_order")
def test_calls_are_counted_without_saying_whose_they_are(client, brand, bearer):
    before = scraped(client)
    api = Api()
    assert api.post(**bearer).status_code == 200
    assert api.post(x_resonance_brand=brand.public_id).status_code == 200
    api.post({"event": "nothing", "email": "bob@example.com"}, **bearer)
    api.get("/resonance-api/wallets/bob@example.com")
    api.get("/resonance-api/nowhere")
    after = scraped(client)
    grown = {name: after[name] - before.get(name, 0) for name in after}

    assert grown['resonance_requests_total{endpoint="events:manual-event",status="200"}'] == 2
    assert grown['resonance_requests_total{endpoint="events:manual-event",status="422"}'] == 1
    assert grown['resonance_requests_total{endpoint="none",status="404"}'] == 1
    assert grown['resonance_refusals_total{code="unknown_event"}'] == 1
    recorded = 'resonance_decisions_total{{status="{}",trust="{}",world="live"}}'
    assert grown[recorded.format("rewarded", "key")] == 1
    assert grown[recorded.format("duplicate", "open")] == 1
    assert grown["resonance_record_seconds_count"] == 2
    assert after["resonance_unmatched_events"] == 1
    text = "\n".join(after)
    assert brand.public_id not in text
    assert "example.com" not in text


@pytest.mark.usefixtures("place_order")
def test_a_repeat_is_not_a_decision(client, bearer):
    api = Api()
    before = scraped(client)
    for _ in range(2):
        api.post(idempotency_key="once", **bearer)
    after = scraped(client)
    rewarded = 'resonance_decisions_total{status="rewarded",trust="key",world="live"}'
    assert after[rewarded] - before.get(rewarded, 0) == 1
    assert after["resonance_replays_total"] - before["resonance_replays_total"] == 1


@pytest.mark.usefixtures("place_order")
def test_limits_are_counted_where_they_refuse_and_where_they_are_open(
    client, brand, bearer, settings
):
    before = scraped(client)
    brands.change_brand(brand=brand, by=None, now=NOON, rate_person=1)
    api = Api()
    assert [api.post(**bearer).status_code for _ in range(2)] == [200, 429]
    settings.REDIS_URL = NOWHERE
    limits.limiter.cache_clear()
    assert api.post(**bearer).status_code == 200
    after = scraped(client)

    refused = 'resonance_limiter_refused_total{limit="person"}'
    assert after[refused] - before.get(refused, 0) == 1
    opened = "resonance_limiter_open_total"
    assert after[opened] - before[opened] >= 1
    assert after['resonance_breaker_open{server="limiter"}'] == 1


def test_a_scrape_asks_the_database_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/metrics")


def test_a_scrape_without_the_database_or_the_broker_says_so(client, settings, monkeypatch):
    settings.CELERY_BROKER_URL = NOWHERE

    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    found = scraped(client)
    assert found['resonance_dependency_up{dependency="database"}'] == 0
    assert found['resonance_dependency_up{dependency="broker"}'] == 0
    assert "resonance_feed_lag_seconds" not in found
    assert "resonance_queue_jobs" not in found


def test_jobs_that_wait_are_counted(client, settings):
    queue = readiness.client(settings.CELERY_BROKER_URL)
    queue.delete(scrape.QUEUE)
    queue.rpush(scrape.QUEUE, "a job", "another one")
    try:
        assert scraped(client)["resonance_queue_jobs"] == 2
    finally:
        queue.delete(scrape.QUEUE)
    assert scraped(client)["resonance_queue_jobs"] == 0


def test_what_dead_processes_counted_stays_and_their_files_go(tmp_path, client, monkeypatch):
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", COUNT_AND_DIE],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": f"{tmp_path}"},
            check=True,
        )
    assert len(list(tmp_path.glob("counter_*.db"))) == 2
    monkeypatch.setattr(metrics, "FOLDER", f"{tmp_path}")
    for _ in range(2):
        found = scraped(client)
        assert found['resonance_requests_total{endpoint="events:debug",status="200"}'] == 6
        assert found["resonance_record_seconds_count"] == 2
        assert found['resonance_record_seconds_bucket{le="0.005"}'] == 2
        assert found['resonance_record_seconds_bucket{le="0.002"}'] == 0
        assert 'resonance_breaker_open{server="limiter"}' not in found
    assert {file.name for file in tmp_path.glob("*.db")} == {
        "counter_former.db",
        "histogram_former.db",
    }


def test_the_files_of_the_living_are_left_alone(tmp_path):
    file = tmp_path / f"counter_{os.getpid()}.db"
    file.touch()
    scrape.fold_dead(tmp_path)
    assert file.exists()


@pytest.mark.django_db(transaction=True)
def test_the_feed_lags_behind_the_oldest_transaction_that_writes(client):
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(
        **{name: parameters[name] for name in names if parameters.get(name)}
    ) as other:
        began = time.monotonic()
        other.execute("SELECT pg_current_xact_id()")
        time.sleep(0.2)
        assert scraped(client)["resonance_feed_lag_seconds"] >= 0.2
        other.rollback()
    # Others on this server write as well, and their transactions end, too.
    until(
        lambda: scraped(client)["resonance_feed_lag_seconds"] < time.monotonic() - began,
        seconds=20,
        what="a lag that is younger than the transaction that has ended",
    )


def test_webhooks_are_counted_by_what_came_of_them(client, brand):
    now = timezone.now()
    endpoint = add(brand, now=now).endpoint
    for n, status in enumerate((200, 204, 500, None)):
        tell(endpoint, f"evt_{n}", now - timedelta(seconds=90))
        next_attempt(status, now=now)
    tell(endpoint, "evt_waits", now - timedelta(seconds=60))
    found = scraped(client)
    outcomes = ("delivered", "refused", "unanswered")
    counts = [found[f'resonance_webhook_attempts{{outcome="{each}"}}'] for each in outcomes]
    assert counts == [2, 1, 1]
    assert 59 < found["resonance_webhooks_overdue_seconds"] < 90
