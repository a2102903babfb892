"""From Redis to the streams: one subscription a brand, one message for all who watch it."""

import asyncio
import contextlib
import json
import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from events.channels import BRAND, ENDED, MISSED, NUMBER, PROCESSES

log = logging.getLogger(__name__)

# At most four messages a second for each viewer.
PAUSE = 0.25
# What a viewer who reads slowly may have waiting: some eight seconds of messages.
MOST_WAITING = 32
# Rows in one message. Beyond it, the page had better ask the site.
MOST_ROWS = 500
# Seconds after which a server that says nothing is asked.
SILENCE = 2.0
RETRY = (0.1, 0.5, 1.0, 2.0)
# For how long a token of somebody who was ended could still be shown.
REMEMBERED = 60.0
# How often the process says how it does, and for how long that is kept.
REPORT_EVERY, REPORT_KEPT = 5.0, 60
AWAY = (RedisError, OSError, TimeoutError)


class Stream:
    """One viewer."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        # None: there is no more.
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING + 1)
        self.ending = False
        # From here on it is told what is missing; until then it has not been told where it begins.
        self.began = False

    def send(self, message: bytes) -> None:
        """A viewer who does not keep up loses what waits, and is told that something is missing."""
        if self.ending:
            return
        if self.waiting.qsize() >= MOST_WAITING:
            self.empty()
            message = event("gap") + message
        self.waiting.put_nowait(message)

    def end(self, message: bytes | None = None) -> None:
        """After this message, and none of those that wait."""
        self.ending = True
        self.empty()
        if message:
            self.waiting.put_nowait(message)
        self.waiting.put_nowait(None)

    def empty(self) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()


class Room:
    """The viewers of one brand. What comes within a quarter of a second goes together."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.rows: list[str] = []
        self.flushing: asyncio.Task[None] | None = None
        self.last = 0.0
        # Redis has said that we hear the brand.
        self.heard = asyncio.Event()

    def add(self, row: str) -> None:
        self.rows.append(row)
        if self.flushing is None:
            self.flushing = asyncio.create_task(self.flush())

    async def flush(self) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self.last + PAUSE - now))
        self.last = asyncio.get_running_loop().time()
        rows, self.rows, self.flushing = self.rows, [], None
        if len(rows) > MOST_ROWS:
            self.say(event("gap"))
        else:
            self.say(event("rows", f"[{','.join(rows)}]"))

    def say(self, message: bytes) -> None:
        for stream in self.streams:
            stream.send(message)


class Hub:
    """Listens while somebody watches; says so when it could not."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=SILENCE, decode_responses=True
        )
        self.pubsub: PubSub = self.redis.pubsub()
        self.rooms: defaultdict[int, Room] = defaultdict(Room)
        self.connected = False
        self.ended: dict[str, float] = {}
        self.relayed = 0

    @property
    def streams(self) -> int:
        return sum(len(room.streams) for room in self.rooms.values())

    @contextlib.asynccontextmanager
    async def watch(self, brand: int, names: Iterable[str]) -> AsyncIterator[Stream]:
        stream = Stream(names)
        room = self.rooms[brand]
        room.streams.add(stream)
        try:
            if len(room.streams) == 1:
                await self.change(self.pubsub.subscribe, brand)
            yield stream
        finally:
            room.streams.discard(stream)
            if not room.streams and self.rooms.get(brand) is room:
                del self.rooms[brand]
                await self.change(self.pubsub.unsubscribe, brand)

    async def change(self, how: Callable[[str], Awaitable[object]], brand: int) -> None:
        """A connection that is lost is noticed, and made good, by who listens on it."""
        if not self.connected:
            return
        with contextlib.suppress(*AWAY):
            await how(f"{BRAND}{brand}")

    def was_ended(self, names: Iterable[str]) -> bool:
        """Whether one of them was ended while a token of theirs may still be about."""
        now = time.monotonic()
        self.ended = {name: at for name, at in self.ended.items() if now - at < REMEMBERED}
        return any(name in self.ended for name in names)

    async def begin(self, stream: Stream, brand: int) -> list[int] | None:
        """How often something was missed, and the number of the brand's last message.

        The stream misses nothing that comes after. None: nobody is heard at the moment.
        """
        keys = [MISSED, f"{NUMBER}{brand}"]
        try:
            async with asyncio.timeout(SILENCE):
                if self.connected:
                    await self.rooms[brand].heard.wait()
                stream.began = True
                if not self.connected:
                    return None
                values = await self.redis.mget(keys)
                if None in values:
                    # A Redis that remembers nothing counts from the time on, as the site does.
                    start = int(time.time() * 1000)
                    for key in keys:
                        await self.redis.set(key, start, nx=True)
                    values = await self.redis.mget(keys)
                return [int(value or 0) for value in values]
        except AWAY:
            stream.began = True
            return None

    async def listen(self) -> None:
        """For the life of the process. A server that is away is tried again, and every viewer is told."""
        failures = 0
        while True:
            try:
                await self.connect()
                failures = 0
                while True:
                    await self.hear_one()
            except AWAY as error:
                if self.connected:
                    log.warning("live listens to nobody", extra={"error": repr(error)})
                    self.say_to_all(event("away"))
                self.connected = False
                for room in self.rooms.values():
                    room.heard.clear()
            except Exception:
                # What nobody has thought of must not leave every viewer behind.
                log.exception("live could not hear a message")
                self.connected = False
            with contextlib.suppress(*AWAY):
                await self.pubsub.aclose()  # type: ignore[no-untyped-call]
            self.pubsub = self.redis.pubsub()
            await asyncio.sleep(RETRY[min(failures, len(RETRY) - 1)])
            failures += 1

    async def report(self) -> None:
        """For the life of the process: how it does, for the operator's pages."""
        process = f"{socket.gethostname()}:{os.getpid()}"
        while True:
            if self.connected:
                told = {"at": time.time(), "streams": self.streams, "relayed": self.relayed}
                with contextlib.suppress(*AWAY):
                    await self.redis.hset(PROCESSES, process, json.dumps(told))
                    await self.redis.expire(PROCESSES, REPORT_KEPT)
            await asyncio.sleep(REPORT_EVERY)

    async def close(self) -> None:
        """End the streams. Their pages find the next process by themselves."""
        self.connected = False
        for room in list(self.rooms.values()):
            for stream in room.streams:
                stream.end()
        with contextlib.suppress(*AWAY):
            await self.pubsub.aclose()  # type: ignore[no-untyped-call]
            await self.redis.aclose()

    async def connect(self) -> None:
        await self.pubsub.subscribe(ENDED, MISSED)
        self.connected = True
        # From here on whoever comes subscribes by themselves.
        for brand in list(self.rooms):
            await self.pubsub.subscribe(f"{BRAND}{brand}")

    async def hear_one(self) -> None:
        """One message, or after some silence a question whether the server is still there."""
        message = await self.pubsub.get_message(timeout=SILENCE)
        if message is None:
            await asyncio.wait_for(self.redis.ping(), SILENCE)
        else:
            self.hear(message)

    def hear(self, message: dict[str, Any]) -> None:
        kind, channel, data = message["type"], message["channel"], message["data"]
        if channel.startswith(BRAND):
            room = self.rooms.get(int(channel.removeprefix(BRAND)))
            if room is not None:
                self.hear_of_brand(room, kind, data)
        elif kind == "message" and channel == ENDED:
            self.end(data)
        elif kind == "message":
            self.say_to_all(event("gap"))

    def hear_of_brand(self, room: Room, kind: str, data: Any) -> None:
        if kind == "subscribe":
            room.heard.set()
            # What came while nobody listened is not known.
            for stream in room.streams:
                if stream.began:
                    stream.send(event("gap"))
        elif kind == "message":
            number, _, row = data.partition(" ")
            self.relayed += 1
            room.add(f"[{number},{row}]")

    def end(self, name: str) -> None:
        self.ended[name] = time.monotonic()
        for room in self.rooms.values():
            for stream in room.streams:
                if name in stream.names:
                    stream.end(event("bye"))

    def say_to_all(self, message: bytes) -> None:
        for room in self.rooms.values():
            room.say(message)


def event(name: str, data: str = "{}") -> bytes:
    """One server-sent event (WHATWG HTML, 9.2). `data` has no line break: it is JSON of ours."""
    return f"event: {name}\ndata: {data}\n\n".encode()
