"""How often one event asks a server: PostgreSQL once, Redis once."""

import threading

import psycopg
import pytest
from django.db import connection
from redis.connection import AbstractConnection

from tests.api_client import EVENT, refusal, signed


@pytest.fixture
def round_trips(monkeypatch):
    """Everything that is sent within a call, to PostgreSQL, to Redis. The live pages are told beside it."""
    sent: dict[str, list[str]] = {"postgresql": [], "redis": []}
    execute, send = psycopg.Cursor.execute, AbstractConnection.send_packed_command

    def count_execute(self, query, *args, **kwargs):
        sent["postgresql"].append(str(query))
        return execute(self, query, *args, **kwargs)

    def count_send(self, command, *args, **kwargs):
        if threading.current_thread().name != "broadcast":
            sent["redis"].append(str(command))
        return send(self, command, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", count_execute)
    monkeypatch.setattr(AbstractConnection, "send_packed_command", count_send)
    return sent


def forget(sent) -> None:
    for each in sent.values():
        each.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trust", ["open", "open by domain", "key", "signed"])
def test_a_warm_call_asks_each_server_once(
    api, bearer, of_brand, signing_secret, domain, place_order, round_trips, trust
):
    headers = {
        "open": lambda _: of_brand,
        "open by domain": lambda _: {"origin": "https://shop.northwind.example"},
        "key": lambda _: bearer,
        "signed": lambda n: of_brand | signed(signing_secret, EVENT, key=f"msg_{n}"),
    }[trust]
    for number in range(3):
        forget(round_trips)
        # As every request of a server does: take a connection from the pool and give it back.
        connection.close()
        assert api.post(**headers(number)).status_code == 200
    assert len(round_trips["postgresql"]) == 1
    assert "events_record" in round_trips["postgresql"][0]
    assert len(round_trips["redis"]) == 1


@pytest.mark.django_db(transaction=True)
def test_bad_input_asks_nobody(api, bearer, place_order, round_trips):
    api.post(**bearer)
    forget(round_trips)
    refusal(api.post({**EVENT, "email": "bob@"}, **bearer), "invalid_event")
    refusal(api.post(b"{", **bearer), "invalid_json")
    refusal(api.post(content_type="text/plain", **bearer), "unsupported_media_type")
    refusal(api.post(b"x" * 40_000, **bearer), "too_large")
    refusal(api.post(), "brand_required")
    assert round_trips["postgresql"] == []


@pytest.mark.django_db(transaction=True)
def test_a_call_that_only_reads_asks_for_the_version_and_for_what_it_reads(
    api, bearer, place_order, round_trips
):
    event = api.post(**bearer).json()["event_id"]
    forget(round_trips)
    assert api.get(f"/resonance-api/events/{event}", **bearer).status_code == 200
    assert len(round_trips["postgresql"]) <= 4
    assert "config_version" in round_trips["postgresql"][0]
