"""Partners' calls, many at once, against a running server."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg
import requests

from tests.live_server import LiveServer

Body = dict[str, Any]


def new_person() -> str:
    return f"{uuid4().hex}@example.com"


def with_key(server: LiveServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server['secret_key']}"}


def post(server: LiveServer, body: Body, **headers: str) -> requests.Response:
    url = server.url("/resonance-api/manual-event")
    return requests.post(url, json=body, headers=headers, timeout=30)


def post_at_once(
    server: LiveServer, bodies: Sequence[Body], **headers: str
) -> list[requests.Response]:
    """All of them at the same moment, each on a connection of its own; answers in the order of bodies."""
    barrier = threading.Barrier(len(bodies))

    def send(body: Body) -> requests.Response:
        barrier.wait(30)
        return post(server, body, **headers)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def post_in_turn(
    server: LiveServer, bodies: Sequence[Body], **headers: str
) -> list[requests.Response]:
    """All of them, a few at a time on keep-alive connections; answers in the order of bodies."""
    url = server.url("/resonance-api/manual-event")
    own = threading.local()

    def send(body: Body) -> requests.Response:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        session: requests.Session = own.session
        return session.post(url, json=body, headers=headers, timeout=30)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, bodies))


def wallet(server: LiveServer, email: str) -> requests.Response:
    url = server.url(f"/resonance-api/wallets/{email}")
    return requests.get(url, headers=with_key(server), timeout=30)


@contextmanager
def database(server: LiveServer) -> Iterator[psycopg.Connection]:
    """The server's own database, to count what is in it."""
    environment = json.loads((server.folder / "environment.json").read_text())["variables"]
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


def count(server: LiveServer, query: str, *parameters: Any) -> int:
    with database(server) as connection:
        row = connection.execute(query, parameters).fetchone()
        assert row is not None
        return int(row[0])


@dataclass
class Sent:
    """One call of a load, as its sender knows it: answers that never came are None."""

    body: Body
    status: int | None = None
    answer: Body | None = None
    seconds: float = 0.0


@dataclass
class Load:
    """A steady load on keep-alive connections, for as long as the block lasts."""

    server: LiveServer
    make: Callable[[int], Body]
    connections: int = 16
    pause: float = 0.0
    sent: list[Sent] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._numbers = iter(range(10_000_000))
        self._headers = with_key(self.server)
        self._threads = [threading.Thread(target=self._run) for _ in range(self.connections)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self) -> None:
        session = requests.Session()
        url = self.server.url("/resonance-api/manual-event")
        while not self._stop.is_set():
            with self._lock:
                sent = Sent(self.make(next(self._numbers)))
                self.sent.append(sent)
            began = time.perf_counter()
            try:
                answer = session.post(url, json=sent.body, headers=self._headers, timeout=10)
                sent.status, sent.answer = answer.status_code, answer.json()
            except (requests.RequestException, ValueError):
                time.sleep(0.05)
            sent.seconds = time.perf_counter() - began
            time.sleep(self.pause)

    @property
    def answered(self) -> list[Sent]:
        return [each for each in list(self.sent) if each.status == 200]
