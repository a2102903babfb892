"""Batches that overlap in persons and orders, from many connections at once.

Six seconds in the suite; RESONANCE_TEST_SECONDS=60 for as long as it takes to be sure.
"""

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
import requests

from tests.live.calls import count, new_person, wallet, with_key
from tests.live_server import LiveServer

CONNECTIONS = 8
SECONDS = float(os.environ.get("RESONANCE_TEST_SECONDS", "6"))
PEOPLE, ORDERS, ITEMS = 60, 400, 100


@dataclass
class Batches:
    """What was sent under which key, and what came back for it."""

    server: LiveServer
    people: list[str] = field(default_factory=lambda: [new_person() for _ in range(PEOPLE)])
    run: str = field(default_factory=lambda: uuid4().hex)
    statuses: Counter = field(default_factory=Counter)
    credited: Counter = field(default_factory=Counter)
    recorded: set = field(default_factory=set)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send_until(self, end: float, seed: int) -> None:
        dice = random.Random(f"{self.run} {seed}")
        session = requests.Session()
        url = self.server.url("/resonance-api/events/batch")
        while time.monotonic() < end:
            items = [self.item(dice) for _ in range(dice.randint(1, ITEMS))]
            body = {"events": items}
            answer = session.post(url, json=body, headers=with_key(self.server), timeout=30)
            assert answer.status_code == 200, answer.text
            self.note(items, answer.json()["results"])

    def item(self, dice: random.Random) -> dict:
        person = dice.choice(self.people)
        match dice.randint(0, 3):
            case 0:
                found: dict = {"event": "post_review"}
            case 1:
                # A key that others use as well, always for the same event.
                order = f"{self.run} {dice.randrange(ORDERS)}"
                return {
                    "event": "place_order",
                    "email": self.people[hash(order) % PEOPLE],
                    "metadata": {"order_id": order},
                    "idempotency_key": order.replace(" ", "-"),
                }
            case _:
                order = f"{self.run} {dice.randrange(ORDERS)}"
                found = {"event": "place_order", "metadata": {"order_id": order}}
        return found | {"email": person}

    def note(self, items: list, results: list) -> None:
        with self.lock:
            self.calls += 1
            for item, result in zip(items, results, strict=True):
                assert result["error"] is None, result
                if result["event_id"] in self.recorded:
                    assert "idempotency_key" in item
                    continue
                self.recorded.add(result["event_id"])
                self.statuses[item["event"], result["status"]] += 1
                whole, cents = result["reward"]["amount"].split(".")
                self.credited[item["email"]] += int(whole) * 100 + int(cents)


@pytest.mark.timeout(240 + SECONDS)
def test_batches_that_overlap_are_exact_and_nobody_sees_a_deadlock(running_server):
    batches = Batches(running_server)
    end = time.monotonic() + SECONDS

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        done = [threads.submit(batches.send_until, end, seed) for seed in range(CONNECTIONS)]
        for each in done:
            each.result()

    assert batches.calls > CONNECTIONS
    assert batches.statuses["post_review", "rewarded"] == PEOPLE, "one review a day and person"
    orders = batches.statuses["place_order", "rewarded"]
    paid = "SELECT count(*) FROM events_businesskey WHERE value LIKE %s AND event_id IS NOT NULL"
    assert orders == count(running_server, paid, f"{batches.run} %") <= ORDERS
    for person in batches.people:
        whole, cents = divmod(batches.credited[person], 100)
        assert wallet(running_server, person).json()["balance"] == f"{whole}.{cents:02}"
    events = "SELECT count(*) FROM events_eventdetail WHERE address = ANY (%s)"
    assert count(running_server, events, batches.people) == len(batches.recorded)
    assert "in order" in running_server.manage("verify_ledger").stdout
