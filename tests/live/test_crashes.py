"""kill -9 in the middle of a load: nothing that was answered is lost, nothing is paid twice."""

import os
import signal
import time
from uuid import uuid4

from tests.live.calls import Load, count, new_person, post_in_turn, with_key
from tests.live_server import until

TRANSFERS_OF = """SELECT count(*) FROM wallets_transfer t JOIN events_eventdetail d ON d.event_id = t.event_id
                  WHERE d.metadata ->> 'order_id' = %s"""
LOST = """SELECT count(*) FROM unnest(%s::uuid[]) answered(id)
          WHERE NOT EXISTS (SELECT FROM wallets_transfer t WHERE t.event_id = answered.id)"""
PAID_TWICE = """SELECT count(*) FROM (
                    SELECT d.metadata ->> 'order_id' FROM wallets_transfer t
                    JOIN events_eventdetail d ON d.event_id = t.event_id
                    WHERE d.metadata ->> 'order_id' = ANY (%s)
                    GROUP BY 1 HAVING count(*) > 1) twice"""


def an_order(people: list[str]):
    def make(number: int) -> dict:
        return {
            "event": "place_order",
            "email": people[number % len(people)],
            "metadata": {"order_id": uuid4().hex},
            "idempotency_key": uuid4().hex,
        }

    return make


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def goes_on(load: Load, more: int = 50) -> None:
    """Wait until the load is being answered again."""
    before = len(load.answered)
    until(lambda: len(load.answered) > before + more, seconds=60, what="answers after the crash")


def test_the_web_then_postgresql_are_killed_and_every_call_is_credited_exactly_once(own_server):
    server = own_server(measured=False)
    people = [new_person() for _ in range(40)]

    with Load(server, an_order(people), connections=16, pause=0.05) as load:
        goes_on(load, 100)
        kill(server["pids"]["web"])
        time.sleep(0.2)
        goes_on(load)
        kill([server["pids"]["postgres"]])
        time.sleep(0.2)
        goes_on(load)

    answered = [sent.answer["event_id"].removeprefix("evt_") for sent in load.answered]
    assert count(server, LOST, answered) == 0
    assert any(sent.status != 200 for sent in load.sent), "nothing was interrupted"

    retries = post_in_turn(server, [sent.body for sent in load.sent], **with_key(server))
    for sent, retry in zip(load.sent, retries, strict=True):
        assert retry.status_code == 200, retry.text
        assert retry.json()["status"] == "rewarded"
        if sent.status == 200:
            assert retry.json() == sent.answer
            assert retry.headers["Idempotent-Replayed"] == "true"

    orders = [sent.body["metadata"]["order_id"] for sent in load.sent]
    events = "SELECT count(*) FROM events_businesskey WHERE value = ANY (%s)"
    assert count(server, events, orders) == len(orders)
    assert count(server, PAID_TWICE, orders) == 0
    assert "The books are in order." in server.manage("verify_ledger").stdout
