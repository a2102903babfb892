"""From Redis to the streams: one subscription a brand, one message for all who watch it."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from events.channels import BRAND, NUMBER, SIGNED_OUT

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


class Stream:
    """One viewer."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self.behind = False

    def send(self, message: bytes) -> None:
        """A viewer who does not keep up loses what waits, and is told that something is missing."""
        if self.waiting.full():
            self.empty()
            message = event("gap") + message
        self.waiting.put_nowait(message)

    def end(self) -> None:
        self.empty()
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
        self.redis = Redis.from_url(url, socket_connect_timeout=1, decode_responses=True)
        self.pubsub: PubSub = self.redis.pubsub(ignore_subscribe_messages=True)
        self.rooms: defaultdict[int, Room] = defaultdict(Room)
        self.connected = False

    @contextlib.asynccontextmanager
    async def watch(self, brand: int, session: str) -> AsyncIterator[Stream]:
        stream = Stream(session)
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
        with contextlib.suppress(RedisError, OSError):
            await how(f"{BRAND}{brand}")

    async def number_of(self, brand: int) -> int | None:
        """The number of the brand's last message, after which the stream misses none. None: nobody is heard."""
        if not self.connected:
            return None
        try:
            async with asyncio.timeout(SILENCE):
                return int(await self.redis.get(f"{NUMBER}{brand}") or 0)
        except (RedisError, OSError, TimeoutError):
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
            except (RedisError, OSError, TimeoutError) as error:
                if self.connected:
                    log.warning("live listens to nobody", extra={"error": repr(error)})
                    self.say_to_all(event("away"))
                self.connected = False
            with contextlib.suppress(RedisError, OSError):
                await self.pubsub.aclose()  # type: ignore[no-untyped-call]
            self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
            await asyncio.sleep(RETRY[min(failures, len(RETRY) - 1)])
            failures += 1

    async def close(self) -> None:
        self.connected = False
        for room in list(self.rooms.values()):
            for stream in room.streams:
                stream.end()
        with contextlib.suppress(RedisError, OSError):
            await self.pubsub.aclose()  # type: ignore[no-untyped-call]
            await self.redis.aclose()

    async def connect(self) -> None:
        await self.pubsub.subscribe(SIGNED_OUT)
        self.connected = True
        # From here on whoever comes subscribes by themselves.
        for brand in list(self.rooms):
            await self.pubsub.subscribe(f"{BRAND}{brand}")
        # What came while nobody listened is not known.
        self.say_to_all(event("gap"))

    async def hear_one(self) -> None:
        """One message, or after some silence a question whether the server is still there."""
        message = await self.pubsub.get_message(timeout=SILENCE)
        if message is None:
            await asyncio.wait_for(self.redis.ping(), SILENCE)
        else:
            self.hear(message["channel"], message["data"])

    def hear(self, channel: str, data: str) -> None:
        if channel == SIGNED_OUT:
            for room in self.rooms.values():
                for stream in room.streams:
                    if stream.session == data:
                        stream.end()
            return
        number, _, row = data.partition(" ")
        watched = self.rooms.get(int(channel.removeprefix(BRAND)))
        if watched is not None:
            watched.add(f"[{number},{row}]")

    def say_to_all(self, message: bytes) -> None:
        for room in self.rooms.values():
            room.say(message)


def event(name: str, data: str = "{}") -> bytes:
    """One server-sent event (WHATWG HTML, 9.2). `data` has no line break: it is JSON of ours."""
    return f"event: {name}\ndata: {data}\n\n".encode()
