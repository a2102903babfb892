"""Tell the live pages what was just recorded: after the commit, beside the request, or not at all.

Each event is one small message on the brand's Redis channel: a number, a blank, and the masked row as JSON.
The number grows by one for each message of the brand, so whoever listens notices what is missing and asks the
site. Nothing here delays or fails a credit: messages wait in memory for a thread of their own. Where Redis is
away or slow they are dropped, and as soon as it is back everybody who watches is told to ask.
"""

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from brands.breaker import Breaker
from brands.endings import at_the_end
from events.channels import BRAND, ENDED, MISSED, NUMBER, ONCE
from events.queries.live import LiveRow, LiveTest

log = logging.getLogger(__name__)
T = TypeVar("T")

# What may wait in a process, and how much of it goes in one round trip.
MOST_WAITING = 5_000
MOST_AT_ONCE = 500
# A frozen server holds up the thread alone, and not for long.
TIMEOUT = 0.5
# How long after a failure it is tried again although nothing new has come.
AGAIN = 1.0
# What a process that ends gives its last messages.
LAST_SECONDS = 1.0
SEND = """
local function following(key)
    if redis.call('exists', key) == 0 then
        local now = redis.call('time')
        redis.call('set', key, string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000)))
    end
    return string.format('%d', redis.call('incr', key))
end
if ARGV[1] ~= '' then
    redis.call('publish', KEYS[3], following(KEYS[3]))
end
for index = 2, #ARGV, 3 do
    local brand, message, once = ARGV[index], ARGV[index + 1], ARGV[index + 2]
    if once == '' or redis.call('set', KEYS[4] .. once, 1, 'NX', 'EX', 60) then
        redis.call('publish', KEYS[1] .. brand, following(KEYS[2] .. brand) .. ' ' .. message)
    end
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
        self.waiting: deque[LiveRow | LiveTest] = deque(maxlen=MOST_WAITING)
        self.ended: deque[str] = deque(maxlen=MOST_WAITING)
        # Something was recorded and cannot be told any more.
        self.missed = False
        self.something = threading.Event()
        self.idle = threading.Event()
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def send(self, rows: Sequence[LiveRow | LiveTest]) -> None:
        """Return at once. Where too much waits, the oldest is dropped."""
        if len(self.waiting) + len(rows) > MOST_WAITING:
            self.missed = True
        self.waiting.extend(rows)
        self.wake()

    def end(self, names: Iterable[str]) -> None:
        """Return at once. With Redis away, a stream ends by itself within a minute."""
        self.ended.extend(names)
        self.wake()

    def miss(self) -> None:
        """Say that something may not have been told."""
        self.missed = True
        self.wake()

    def wake(self) -> None:
        self.idle.clear()
        if self.thread is None:
            self.start()
        self.something.set()

    def start(self) -> None:
        with self.starting:
            if self.thread is None:
                thread = threading.Thread(target=self.work, name="broadcast", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # Where the system gives no thread the credit stands all the same; the next one tries again.
                    log.warning("live messages wait for a thread")
                    self.missed = True
                else:
                    self.thread = thread

    def work(self) -> None:
        while True:
            self.something.wait(AGAIN if self.missed else None)
            self.something.clear()
            while self.deliver():
                pass
            if not self.something.is_set():
                self.idle.set()

    def deliver(self) -> bool:
        """Send some of what waits, once. Whether there may be more of it."""
        rows = list(take(self.waiting))
        ended = list(take(self.ended))
        if not (rows or ended or self.missed):
            return False
        if not self.breaker.allows():
            self.missed = self.missed or bool(rows)
            return bool(self.waiting)
        missed, self.missed = self.missed, False
        try:
            self.publish(rows, ended, missed=missed)
        except RedisError as error:
            self.missed = True
            self.breaker.failed(error)
        except Exception:
            # The thread outlives whatever is wrong with one message.
            self.missed = missed
            log.exception("a live message was not sent")
        else:
            self.breaker.succeeded()
        return bool(self.waiting)

    def publish(
        self, rows: Sequence[LiveRow | LiveTest], ended: Sequence[str], *, missed: bool
    ) -> None:
        for name in ended:
            self.redis.publish(ENDED, name)
        parts = [part for row in rows for part in (row.brand, message(row), row.once)]
        if parts or missed:
            self.send_all(keys=[BRAND, NUMBER, MISSED, ONCE], args=["1" if missed else "", *parts])

    def finish(self) -> None:
        """Before the process ends: wait a moment for what is on its way."""
        if self.thread is not None:
            self.idle.wait(LAST_SECONDS)


def take(waiting: "deque[T]") -> Iterator[T]:
    for _ in range(MOST_AT_ONCE):
        try:
            yield waiting.popleft()
        except IndexError:
            return


def message(row: LiveRow | LiveTest) -> str:
    return json.dumps(row.content(), separators=(",", ":"))


@cache
def of_process(_pid: int) -> Broadcaster:
    made = Broadcaster(settings.REDIS_URL)
    at_the_end(made.finish)
    return made


def ours() -> Broadcaster:
    # By pid: a process that was forked has not its parent's thread.
    return of_process(os.getpid())


def broadcast(rows: Sequence[LiveRow | LiveTest]) -> None:
    """Tell the live pages of these. Never raises, never waits."""
    if rows:
        ours().send(rows)


def begin_telling() -> None:
    """A process has begun to take events in. What the one before it had not told yet is asked for now."""
    ours().miss()


def end_streams(*names: str) -> None:
    """End the live streams of who goes by these pseudonyms, as far as Redis is there. Never waits."""
    ours().end(names)
