"""Tell the live pages what was just recorded: after the commit, beside the request, or not at all.

Each event is one small message on the brand's Redis channel: a number, a blank, and the masked row as JSON.
The number grows by one for each message of the brand, so whoever listens notices what is missing and asks the
site. Nothing here delays or fails a credit: messages wait in memory for a thread of their own, and where
Redis is away or slow they are dropped.
"""

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from brands.breaker import Breaker
from events.channels import BRAND, NUMBER
from events.queries.live import LiveRow

log = logging.getLogger(__name__)

# What may wait in a process, and how much of it goes in one round trip.
MOST_WAITING = 5_000
MOST_AT_ONCE = 500
# A frozen server holds up the thread alone, and not for long.
TIMEOUT = 0.5
SEND = """
for index = 1, #ARGV, 2 do
    local number = redis.call('incr', KEYS[2] .. ARGV[index])
    redis.call('publish', KEYS[1] .. ARGV[index], number .. ' ' .. ARGV[index + 1])
end
"""


class Broadcaster:
    """Thread-safe. One thread a process sends what waits, many messages in one round trip."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self.send_all = self.redis.register_script(SEND)
        self.breaker = Breaker("the live pages' Redis", series="live")
        self.waiting: deque[LiveRow] = deque(maxlen=MOST_WAITING)
        self.something = threading.Event()
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def send(self, rows: Sequence[LiveRow]) -> None:
        """Return at once. Where too much waits, the oldest is dropped."""
        self.waiting.extend(rows)
        if self.thread is None:
            self.start()
        self.something.set()

    def start(self) -> None:
        with self.starting:
            if self.thread is None:
                self.thread = threading.Thread(target=self.work, name="broadcast", daemon=True)
                self.thread.start()

    def work(self) -> None:
        while True:
            self.something.wait()
            self.something.clear()
            while rows := list(self.take()):
                self.deliver(rows)

    def take(self) -> Iterator[LiveRow]:
        for _ in range(MOST_AT_ONCE):
            try:
                yield self.waiting.popleft()
            except IndexError:
                return

    def deliver(self, rows: Sequence[LiveRow]) -> None:
        if not self.breaker.allows():
            return
        try:
            self.send_all(
                keys=[BRAND, NUMBER],
                args=[part for row in rows for part in (row.brand, message(row))],
            )
        except RedisError as error:
            self.breaker.failed(error)
        except Exception:
            # The thread outlives whatever is wrong with one message.
            log.exception("a live message was not sent")
        else:
            self.breaker.succeeded()


def message(row: LiveRow) -> str:
    return json.dumps(row.content(), separators=(",", ":"))


@cache
def of_process(_pid: int) -> Broadcaster:
    return Broadcaster(settings.REDIS_URL)


def broadcast(rows: Sequence[LiveRow]) -> None:
    """Tell the live pages of these events. Never raises, never waits."""
    if rows:
        # By pid: a process that was forked has not its parent's thread.
        of_process(os.getpid()).send(rows)
