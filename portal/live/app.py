"""The ASGI application: `GET /stream?token=…` is a stream of server-sent events; `GET /healthz`."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from portal.live.hub import Hub, Stream, event
from portal.live.tokens import SECONDS, InvalidToken, admit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEARTBEAT = 15.0
# Well below the file descriptors of a process.
MOST_STREAMS = 5_000


class Live:
    """One a process."""

    def __init__(self, *, redis_url: str, origin: str, path: str = "") -> None:
        self.hub = Hub(redis_url)
        self.origin = origin.encode()
        self.path = path
        self.tasks: set[asyncio.Task[None]] = set()
        self.streams = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        path = scope["path"].removeprefix(self.path)
        if scope["method"] == "GET" and path == "/stream":
            await self.stream(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"} and path == "/healthz":
            await self.answer(send, 200, b"ok\n")
        else:
            await self.answer(send, 404, b"not here\n")

    async def live(self, receive: Receive, send: Send) -> None:
        """Listen from the start of the process to its end (ASGI, lifespan)."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def start(self) -> None:
        self.tasks = {
            asyncio.create_task(self.hub.listen()),
            asyncio.create_task(self.hub.report()),
        }

    async def close(self) -> None:
        """End every stream, and the connection to Redis."""
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        await self.hub.close()

    async def answer(self, send: Send, status: int, body: bytes) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*self.headers(), (b"content-type", b"text/plain; charset=utf-8")],
            }
        )
        await send({"type": "http.response.body", "body": body})

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"access-control-allow-origin", self.origin),
            (b"vary", b"origin"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]

    async def stream(self, scope: Message, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            admitted = admit(query.get("token", [""])[0])
        except InvalidToken:
            await self.answer(send, 401, b"ask the site for a new token\n")
            return
        if self.hub.was_ended(admitted.names):
            await self.answer(send, 401, b"signed out\n")
            return
        if self.streams >= MOST_STREAMS:
            await self.answer(send, 503, b"too many streams\n")
            return
        self.streams += 1
        try:
            async with self.hub.watch(admitted.brand, admitted.names) as stream:
                place = await self.hub.begin(stream, admitted.brand)
                await self.relay(stream, place, receive, send)
        finally:
            self.streams -= 1

    async def relay(
        self, stream: Stream, place: list[int] | None, receive: Receive, send: Send
    ) -> None:
        headers = [
            *self.headers(),
            (b"content-type", b"text/event-stream; charset=utf-8"),
            # Proxies that buffer would hold the events back.
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        first = event("away") if place is None else event("hello", f"{place}")
        await send({"type": "http.response.body", "body": first, "more_body": True})
        gone = asyncio.create_task(until_gone(receive))
        try:
            await self.pass_on(stream, send, gone)
        finally:
            gone.cancel()
        with contextlib.suppress(Exception):  # whoever has gone cannot be told
            await send({"type": "http.response.body", "body": b""})

    async def pass_on(self, stream: Stream, send: Send, gone: "asyncio.Task[None]") -> None:
        """Until the viewer leaves, signs out, or the token is a minute old."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SECONDS
        while not gone.done():
            left = min(HEARTBEAT, end - loop.time())
            if left <= 0:
                await send_part(send, event("renew"))
                return
            waiting = asyncio.ensure_future(stream.waiting.get())
            await asyncio.wait({waiting, gone}, timeout=left, return_when="FIRST_COMPLETED")
            if not waiting.done():
                waiting.cancel()
                if not gone.done() and loop.time() < end:
                    await send_part(send, event("beat"))
                continue
            message = waiting.result()
            if message is None:
                return
            await send_part(send, message)


async def send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
