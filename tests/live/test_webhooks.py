"""Outgoing webhooks with everything real: worker, beat, DNS, and partners' servers that behave badly."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.brands.outgoing.receiver import Behaviour, Receiver, answer, receiving
from tests.live.calls import count, database, new_person, post, with_key
from tests.live.names import Names, naming
from tests.live_server import LiveServer, until

ADD = """
import json
from django.utils import timezone
from brands.models import Brand
from brands.services import webhooks
made = {}
for name, url in json.loads(%r).items():
    new = webhooks.add_endpoint(
        brand=Brand.objects.get(slug=%r), url=url, kinds=["wallet.credited"], tests=False, by=None,
        now=timezone.now())
    made[name] = [new.endpoint.pk, new.secret]
print(json.dumps(made))
"""
Heard = tuple[dict[str, str], dict[str, Any]]


@dataclass
class Site:
    """A server, its partners by name, and what the first two events of the module were."""

    server: LiveServer
    names: Names
    receivers: dict[str, Receiver]
    endpoints: dict[str, tuple[int, str]]
    first: str = ""
    second: str = ""

    def heard(self, name: str) -> list[Heard]:
        """What the partner was sent: headers and body."""
        return [parsed(request) for request in list(self.receivers[name].requests)]

    def about(self, name: str, event_id: str) -> list[Heard]:
        return [each for each in self.heard(name) if each[1]["data"].get("event_id") == event_id]

    def attempts(self, name: str, event_id: str) -> list[tuple[Any, ...]]:
        """(status, failure, detail, seconds, response) of each, in order."""
        with database(self.server) as connection:
            return connection.execute(
                "SELECT a.status, a.failure, a.detail, a.seconds, a.response FROM brands_webhookattempt a"
                " JOIN brands_webhookdelivery d ON d.id = a.delivery_id"
                " JOIN brands_webhookmessage m ON m.id = d.message_id"
                " WHERE d.endpoint_id = %s AND m.subject = %s ORDER BY a.number",
                [self.endpoints[name][0], event_id],
            ).fetchall()

    def attempted(self, name: str, event_id: str, times: int = 1) -> list[tuple[Any, ...]]:
        """Once there are so many."""
        until(
            lambda: len(self.attempts(name, event_id)) >= times,
            seconds=60,
            what=f"attempt {times} at {name}",
        )
        return self.attempts(name, event_id)

    def credit(self) -> str:
        """Somebody earns something: the event's id."""
        body = {"event": "daily_visit", "email": new_person()}
        told = post(self.server, body, **with_key(self.server)).json()
        assert told["status"] == "rewarded"
        return str(told["event_id"])


def parsed(request: bytes) -> Heard:
    head, _, body = request.partition(b"\r\n\r\n")
    headers = message_from_bytes(head.partition(b"\r\n")[2])
    return {name.lower(): value for name, value in headers.items()}, json.loads(body)


def slow_once() -> Behaviour:
    """20 seconds for the first request, and quick from then on."""
    first = threading.Event()

    def behave(connection, request):
        if not first.is_set():
            first.set()
            time.sleep(20)
        answer("late")(connection, request)

    return behave


def refusing_once() -> Behaviour:
    """500 to the first request of each message, then 200."""
    seen: set[str] = set()

    def behave(connection, request):
        message = parsed(request)[0]["webhook-id"]
        answer("", status="200 OK" if message in seen else "500 Oh no")(connection, request)
        seen.add(message)

    return behave


def endless(connection, _request):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


@pytest.fixture(scope="module")
def site(own_server_for_module) -> Iterator[Site]:
    with ExitStack() as stack:
        names = stack.enter_context(naming())
        inside = stack.enter_context(receiving(answer("")))
        to_inside = f"Location: http://127.0.0.1:{inside.port}/\r\n"
        receivers = {
            "good": answer("thanks"),
            "slow": slow_once(),
            "sick": refusing_once(),
            "gone": answer("", status="410 Gone"),
            "moved": answer("", status="302 Found", headers=to_inside),
            "endless": endless,
            "rebound": answer("reached"),
        }
        heard = {name: stack.enter_context(receiving(behave)) for name, behave in receivers.items()}
        urls = {name: f"http://{receiver.host}/hooks" for name, receiver in heard.items()}
        urls["private"] = "https://private.partner.example/"
        urls["rebound"] = f"http://rebound.partner.example:{heard['rebound'].port}/"
        names.answers["private.partner.example"] = ["8.8.8.8"]
        names.answers["rebound.partner.example"] = ["127.0.0.1"]
        server = own_server_for_module(
            RESONANCE_DNS_SERVERS=f"127.0.0.1:{names.port}",
            RESONANCE_OUTGOING_INSECURE_HOSTS=",".join(
                [
                    *(receiver.host for receiver in heard.values()),
                    f"rebound.partner.example:{heard['rebound'].port}",
                ]
            ),
        )
        added = server.manage("shell", "-c", ADD % (json.dumps(urls), server["slug"]))
        endpoints = json.loads(added.stdout.splitlines()[-1])
        # Once they are saved, the names lead elsewhere: at the second look even while it is being connected.
        names.answers["private.partner.example"] = ["10.0.0.1"]
        names.answers["rebound.partner.example"] = ["127.0.0.1", "10.0.0.1"]
        names.asked.clear()
        found = Site(server, names, heard | {"inside": inside}, endpoints)
        found.first = found.credit()
        found.attempted("rebound", found.first)
        found.second = found.credit()
        # What comes later must not meet an attempt that is under way.
        for name in ("sick", "slow"):
            found.attempted(name, found.first, 2)
        yield found


def test_a_credit_arrives_signed_within_seconds(site):
    (status, failure, _, seconds, response), *_ = site.attempted("good", site.first)
    assert (status, failure, response) == (200, "", "thanks")
    assert seconds < 5
    (headers, told), *_ = site.about("good", site.first)
    assert told["type"] == "wallet.credited"
    assert told["data"]["amount"] == "1.00"
    raw = next(r for r in site.receivers["good"].requests if site.first.encode() in r)
    Webhook(site.endpoints["good"][1]).verify(raw.partition(b"\r\n\r\n")[2], headers)


def test_who_answers_500_gets_the_same_message_again(site):
    first, second = site.attempted("sick", site.first, 2)
    assert (first[0], second[0]) == (500, 200)
    (one, told), (two, told_again) = site.about("sick", site.first)
    assert one["webhook-id"] == two["webhook-id"]
    assert told == told_again
    assert int(two["webhook-timestamp"]) - int(one["webhook-timestamp"]) >= 5


def test_who_takes_longer_than_15_seconds_is_tried_again(site):
    first, second = site.attempted("slow", site.first, 2)
    assert first[:2] == (None, "timeout")
    assert 14 < first[3] < 17
    assert second[0] == 200


def test_who_is_gone_is_switched_off_and_the_managers_are_told(site):
    assert site.attempted("gone", site.first)[0][0] == 410
    query = (
        "SELECT count(*) FROM brands_webhookendpoint WHERE id = %s AND disabled_because = 'GONE'"
    )
    endpoint = site.endpoints["gone"][0]
    until(lambda: count(site.server, query, endpoint), seconds=10, what="it to be switched off")
    until(lambda: "410 Gone" in letters(site), seconds=10, what="the letter")


def letters(site: Site) -> str:
    return "".join(path.read_text() for path in (site.server.folder / "mail").glob("*"))


def test_a_redirect_inside_is_not_followed(site):
    assert site.attempted("moved", site.first)[0][0] == 302
    assert site.receivers["inside"].requests == []


def test_an_endless_body_is_cut(site):
    (status, _, _, seconds, response), *_ = site.attempted("endless", site.first)
    assert (status, response) == (200, "x" * 4096)
    assert seconds < 10


def test_a_name_that_leads_inside_is_not_called(site):
    (status, failure, detail, *_), *_ = site.attempted("private", site.first)
    assert (status, failure) == (None, "refused")
    assert "10.0.0.1" in detail


def test_a_name_that_changes_while_it_is_called_changes_nothing(site):
    """The address that was checked is the one that is connected to; the next attempt looks anew."""
    assert site.attempted("rebound", site.first)[0][::4] == (200, "reached")
    (status, failure, *_), *_ = site.attempted("rebound", site.second)
    assert (status, failure) == (None, "refused")
    assert len(site.receivers["rebound"].requests) == 1


def test_a_worker_that_stands_still_or_dies_loses_nothing(site):
    (worker,) = site.attempted("good", site.first) and [site.server["pids"]["worker"]]
    os.kill(worker, signal.SIGSTOP)
    events = [site.credit() for _ in range(20)]
    time.sleep(2)
    assert not any(site.about("good", event) for event in events)
    os.kill(worker, signal.SIGCONT)
    arrived(site, events)
    # What it has sent and not yet written down would come twice, under the same id: that is promised.
    for event in events:
        site.attempted("good", event)
    os.kill(worker, signal.SIGKILL)
    more = [site.credit() for _ in range(5)]
    arrived(site, more)
    ids = [headers["webhook-id"] for headers, _ in site.heard("good")]
    told = [body["data"]["event_id"] for _, body in site.heard("good")]
    assert len(ids) == len(set(ids)) == len(told) == len(set(told))


def arrived(site: Site, events: list[str]) -> None:
    until(
        lambda: all(site.about("good", event) for event in events),
        seconds=60,
        what="every event to be told",
    )
