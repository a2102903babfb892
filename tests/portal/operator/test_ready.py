"""Alive and ready: what the operator's machines ask, and nobody else gets an answer to."""

import json
import re
import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection

from events.channels import PROCESSES
from portal import heartbeat, readiness

TOKEN = "a long token of the operator"
FOR_OPERATORS = ["/readyz", "/metrics"]
NOWHERE = "redis://127.0.0.1:1/0"

pytestmark = pytest.mark.django_db


def ready(client, **headers) -> tuple[int, bool, dict[str, dict]]:
    answer = client.get("/readyz", headers=headers)
    said = answer.json()
    return answer.status_code, said["ok"], {check["name"]: check for check in said["checks"]}


def without_nonce(answer) -> bytes:
    return re.sub(rb'nonce="[^"]*"', b"", answer.content)


def test_alive_asks_nobody_and_is_told_to_everyone(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz", REMOTE_ADDR="192.0.2.7")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.parametrize("path", FOR_OPERATORS)
@pytest.mark.parametrize(
    "header",
    ["x-forwarded-for", "x-forwarded-proto", "forwarded", "via", "x-real-ip"],
)
def test_what_came_by_way_of_a_proxy_is_not_of_this_machine(client, path, header, settings):
    assert client.get(path).status_code == 200
    assert client.get(path, headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("path", FOR_OPERATORS)
def test_elsewhere_only_the_token_opens(client, path, settings):
    def status(authorization: str) -> int:
        headers = {"authorization": authorization} if authorization else {}
        return client.get(path, headers=headers, REMOTE_ADDR="192.0.2.7").status_code

    wrong = ["", "Bearer ", "Bearer", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer ä"]
    assert {status(each) for each in [*wrong, f"Bearer {TOKEN}"]} == {404}
    settings.RESONANCE_METRICS_TOKEN = TOKEN
    assert {status(each) for each in wrong} == {404}
    assert status(f"Bearer {TOKEN}") == 200


@pytest.mark.parametrize("path", FOR_OPERATORS)
def test_a_stranger_cannot_tell_that_it_is_there(client, path):
    there = client.post(path, REMOTE_ADDR="192.0.2.7")
    nowhere = client.post(f"{path}-not", REMOTE_ADDR="192.0.2.7")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert without_nonce(there) == without_nonce(nowhere)
    assert client.post(path).status_code == 405


def test_ready_names_every_dependency(client):
    heartbeat.note("worker")
    heartbeat.note("beat")
    said = json.dumps({"at": time.time(), "streams": 2, "relayed": 5})
    readiness.client(settings.REDIS_URL).hset(PROCESSES, "here:1", said)
    status, ok, checks = ready(client)
    assert (status, ok) == (200, True)
    assert list(checks) == [
        *("database", "migrations", "redis", "broker", "live", "worker", "beat"),
    ]
    assert all(check["ok"] for check in checks.values())
    assert all(check["detail"].endswith(".") for check in checks.values())


def test_without_the_database_it_is_not_ready(client, monkeypatch):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    status, ok, checks = ready(client)
    assert (status, ok) == (503, False)
    assert not checks["database"]["ok"]
    assert not checks["migrations"]["ok"]
    assert checks["redis"]["ok"]


def test_before_the_tables_are_made_it_is_not_ready(client, monkeypatch):
    readiness.all_applied.cache_clear()
    monkeypatch.setattr(
        readiness.MigrationExecutor, "migration_plan", lambda *_: [("one", False), ("two", False)]
    )
    status, ok, checks = ready(client)
    assert (status, ok) == (503, False)
    assert checks["migrations"]["detail"] == "2 wait: run `manage.py migrate`."
    monkeypatch.undo()
    assert ready(client)[:2] == (200, True)


def test_without_redis_it_is_ready_and_says_what_is_missing(client, settings):
    settings.REDIS_URL = settings.CELERY_BROKER_URL = NOWHERE
    status, ok, checks = ready(client)
    assert (status, ok) == (200, True)
    assert not checks["redis"]["ok"]
    assert "limits are open, and credits go on without it" in checks["redis"]["detail"]
    assert "jobs wait" in checks["broker"]["detail"]


def test_a_broker_of_another_kind_is_asked_as_well_and_its_password_is_not_said(client, settings):
    settings.CELERY_BROKER_URL = "amqp://user:swordfish@127.0.0.1:1//"
    status, _, checks = ready(client)
    assert status == 200
    assert not checks["broker"]["ok"]
    assert "127.0.0.1:1" in checks["broker"]["detail"]
    assert "swordfish" not in checks["broker"]["detail"]


def test_who_was_not_heard_of_lately_is_named(client):
    heartbeat.note("beat")
    cache.set("heard:worker", int(time.time()) - 150)
    status, ok, checks = ready(client)
    assert (status, ok) == (200, True)
    assert checks["beat"]["ok"]
    assert not checks["worker"]["ok"]
    assert re.match(
        r"Last heard of 15\d s ago\. Start `celery worker`;", checks["worker"]["detail"]
    )
    cache.delete("heard:worker")
    assert "in a day" in ready(client)[2]["worker"]["detail"]
