"""Calls that arrive together are recorded together, and each is answered as if it had been alone."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError

from events.services import gather
from events.services.gather import Gatherer
from events.services.record import Recorded

MANY = 12


@pytest.fixture
def database(monkeypatch):
    """Stands in for the database: notes what goes together, and can be held up."""

    class Database:
        def __init__(self):
            self.calls: list[list[str]] = []
            self.open = threading.Event()
            self.error: Exception | None = None

        def record(self, requests):
            self.calls.append([each["name"] for each in requests])
            assert self.open.wait(10)
            if self.error is not None:
                raise self.error
            return [Recorded(place=each["place"], outcome=each["name"]) for each in requests]

    found = Database()
    monkeypatch.setattr(gather.records, "record", found.record)
    return found


def send(gatherer: Gatherer, names: list[str], pool: ThreadPoolExecutor):
    """One after the other into the queue."""
    futures = []
    for name in names:
        before = len(gatherer.waiting) + gatherer.free
        futures.append(pool.submit(gatherer.record, {"name": name, "place": 0}))
        deadline = time.monotonic() + 5
        while len(gatherer.waiting) + gatherer.free == before and time.monotonic() < deadline:
            time.sleep(0.001)
    return futures


def test_a_lone_call_goes_at_once_and_alone(database):
    database.open.set()
    assert Gatherer().record({"name": "a", "place": 7}).outcome == "a"
    assert database.calls == [["a"]]


def test_what_arrives_meanwhile_goes_together_and_each_gets_its_own_answer(database):
    gatherer = Gatherer(places=1)
    names = [f"{n}" for n in range(MANY)]
    with ThreadPoolExecutor(MANY) as pool:
        futures = send(gatherer, names, pool)
        database.open.set()
        assert [future.result(10).outcome for future in futures] == names
    assert database.calls == [names[:1], names[1:]]
    assert (gatherer.free, gatherer.waiting) == (1, [])


def test_no_more_go_together_than_the_bound(database, monkeypatch):
    monkeypatch.setattr(gather, "MOST", 4)
    gatherer = Gatherer(places=1)
    with ThreadPoolExecutor(MANY) as pool:
        futures = send(gatherer, ["x"] * MANY, pool)
        database.open.set()
        assert all(future.result(10) for future in futures)
    assert [len(call) for call in database.calls] == [1, 4, 4, 3]


def test_a_database_out_of_reach_is_told_to_all_and_the_next_call_is_tried(database):
    gatherer = Gatherer(places=1)
    database.error = OperationalError("away")
    with ThreadPoolExecutor(MANY) as pool:
        futures = send(gatherer, ["x"] * MANY, pool)
        database.open.set()
        for future in futures:
            with pytest.raises(OperationalError, match="away"):
                future.result(10)
    database.error = None
    assert gatherer.record({"name": "again", "place": 0}).outcome == "again"
    assert (gatherer.free, gatherer.waiting) == (1, [])
