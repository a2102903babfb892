"""The application that holds the streams, on a real Redis and without a server around it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings

from events.channels import BRAND, ENDED
from events.queries.live import LiveRow
from events.services.broadcast import Broadcaster
from portal.live import app as live_app
from portal.live.app import Live
from portal.live.tokens import Pass, issue
from tests.conftest import NOON

BRAND_ID = 7
ORIGIN = "http://127.0.0.1:8000"


class Viewer:
    """Somebody who watches: what was sent to them, and the moment at which they leave."""

    def __init__(self, live: Live, query: str, path: str = "/stream") -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.leaving = asyncio.Event()
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
        self.task = asyncio.create_task(live(scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]

    @property
    def messages(self) -> list[tuple[str, Any]]:
        parts = [each.split("\n") for each in self.body.decode().split("\n\n") if each]
        return [
            (each[0].removeprefix("event: "), json.loads(each[1].removeprefix("data: ")))
            for each in parts
            if each[0].startswith("event")
        ]

    @property
    def rows(self) -> list[Any]:
        return [row for name, data in self.messages if name == "rows" for row in data]

    def heard(self, name: str) -> bool:
        return any(each == name for each, _ in self.messages)


def watching(scenario: Callable[[Live], Awaitable[None]]) -> None:
    async def run() -> None:
        live = Live(redis_url=settings.REDIS_URL, origin=ORIGIN)
        live.start()
        try:
            await scenario(live)
        finally:
            await live.close()
            while live.streams:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 60))


async def soon(ready: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not ready():  # noqa: ASYNC110 - it is others that make it so
            await asyncio.sleep(0.01)


async def viewer_of(live: Live, session: str = "s", brand: int = BRAND_ID) -> Viewer:
    viewer = Viewer(live, f"token={issue(Pass(brand, (session, 'p')))}")
    await soon(lambda: viewer.heard("gap") or viewer.heard("hello"))
    return viewer


def row(name: str = "place_order", brand: int = BRAND_ID, **more: Any) -> LiveRow:
    values = {
        "brand": brand, "event": "evt_1", "name": name, "address": "ann.smith@example.com",
        "wallet": 3, "status": "rewarded", "reason": "", "amount": 10_00, "balance": 30_00,
        "trust": "key", "source": "api", "test": False, "received_at": NOON,
        "next_eligible_at": None, "spent": 3.14,
    }  # fmt: skip
    return LiveRow(**{**values, **more})


@pytest.fixture
def broadcaster() -> Iterator[Broadcaster]:
    made = Broadcaster(settings.REDIS_URL)
    yield made
    made.redis.close()


@pytest.fixture
def server() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.mark.parametrize("token", ["", "token=", "token=nonsense", f"token={'x' * 5_000}"])
def test_without_a_token_nobody_listens(token):
    async def scenario(live: Live) -> None:
        viewer = Viewer(live, token)
        await viewer.task
        assert viewer.status == 401

    watching(scenario)


def test_a_token_of_more_than_a_minute_ago_is_refused(time_machine):
    time_machine.move_to("2026-03-18T12:00:00Z")
    old = issue(Pass(BRAND_ID, ("s",)))
    time_machine.move_to("2026-03-18T12:01:01Z")

    async def scenario(live: Live) -> None:
        viewer = Viewer(live, f"token={old}")
        await viewer.task
        assert viewer.status == 401

    watching(scenario)


def test_an_event_reaches_those_who_watch_its_brand_and_nobody_else(broadcaster):
    async def scenario(live: Live) -> None:
        ours, theirs = await viewer_of(live), await viewer_of(live, brand=BRAND_ID + 1)
        broadcaster.send([row("one")])
        await soon(lambda: ours.rows)
        assert ours.rows[0][1]["name"] == "one"
        assert theirs.rows == []
        assert ours.headers[b"access-control-allow-origin"] == ORIGIN.encode()

    watching(scenario)


def test_the_message_is_masked(broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        broadcaster.send([row()])
        await soon(lambda: viewer.rows)
        assert b"ann.smith" not in viewer.body
        assert viewer.rows[0][1]["person"] == "an•••@example.com"
        assert viewer.rows[0][1]["wallet"].startswith("wal_")

    watching(scenario)


def test_hostile_text_does_not_break_the_stream(broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        broadcaster.send([row("a\n\nevent: bye\ndata: \u2028\u202e</script>")])
        await soon(lambda: viewer.rows)
        assert viewer.rows[0][1]["name"] == "a\n\nevent: bye\ndata: \u2028\u202e</script>"
        assert not viewer.heard("bye")

    watching(scenario)


def test_messages_are_numbered_without_a_gap(broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        broadcaster.send([row(f"{n}") for n in range(300)])
        await soon(lambda: len(viewer.rows) == 300)
        numbers = [number for number, _ in viewer.rows]
        assert numbers == list(range(numbers[0], numbers[0] + 300))
        assert [each["name"] for _, each in viewer.rows] == [f"{n}" for n in range(300)]

    watching(scenario)


def test_a_viewer_gets_at_most_four_messages_a_second(broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        before, began = len(viewer.messages), time.monotonic()
        for n in range(60):
            broadcaster.send([row(f"{n}")])
            await asyncio.sleep(0.02)
        await soon(lambda: len(viewer.rows) == 60)
        # One at once, and one more for what was under way at the end.
        assert len(viewer.messages) - before <= 4 * (time.monotonic() - began) + 2

    watching(scenario)


def test_signing_out_ends_the_streams_of_that_session(server):
    async def scenario(live: Live) -> None:
        mine, other = await viewer_of(live, "mine"), await viewer_of(live, "other")
        await asyncio.to_thread(server.publish, ENDED, "mine")
        await mine.task
        assert mine.heard("bye")
        assert not other.task.done()

    watching(scenario)


def test_a_stream_ends_with_its_token_and_says_so(monkeypatch):
    monkeypatch.setattr(live_app, "SECONDS", 0.3)

    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        await viewer.task
        assert viewer.messages[-1][0] == "renew"

    watching(scenario)


def test_silence_is_filled_so_that_no_proxy_cuts_it(monkeypatch):
    monkeypatch.setattr(live_app, "HEARTBEAT", 0.05)

    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        await soon(lambda: viewer.heard("beat"))

    watching(scenario)


def test_who_leaves_is_forgotten(server):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        assert dict(await asyncio.to_thread(server.pubsub_numsub, f"{BRAND}{BRAND_ID}")) == {
            f"{BRAND}{BRAND_ID}".encode(): 1
        }
        viewer.leaving.set()
        await viewer.task
        assert live.streams == 0
        assert BRAND_ID not in live.hub.rooms

    watching(scenario)


def test_a_lost_connection_is_made_good_and_said(server, broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        before = len(viewer.messages)
        # This one alone: others listen on the same server.
        own = live.hub.pubsub.connection._writer.get_extra_info("sockname")
        await asyncio.to_thread(server.client_kill, f"{own[0]}:{own[1]}")

        def said() -> list[str]:
            return [name for name, _ in viewer.messages[before:]]

        # A gap may be said more than once: another part of the installation may have missed something.
        await soon(lambda: "away" in said() and "gap" in said()[said().index("away") :])
        broadcaster.send([row("after")])
        await soon(lambda: viewer.rows)

    watching(scenario)


def test_a_viewer_who_does_not_read_is_told_what_is_missing(broadcaster):
    async def scenario(live: Live) -> None:
        viewer = await viewer_of(live)
        (stream,) = live.hub.rooms[BRAND_ID].streams
        for n in range(50):
            stream.send(f"event: rows\ndata: [[{n},{{}}]]\n\n".encode())
        assert stream.waiting.qsize() <= 32
        before = len(viewer.messages)
        await soon(lambda: "gap" in dict(viewer.messages[before:]))

    watching(scenario)
