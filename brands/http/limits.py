"""How many calls a minute. Counted in Redis, atomically; without Redis every call passes.

Fixed windows of a minute that begin with the first call in them. All windows of a call are looked
at in one round trip, and a call that one of them refuses is counted in none: whoever runs into
their own limit uses up nobody else's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from django.conf import settings
from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from brands import metrics
from brands.breaker import Breaker
from brands.http.problems import Problem
from brands.services import pseudonym

# A frozen server must not be felt.
TIMEOUT = 0.05
MINUTE = 60
FAILURES_A_MINUTE = 200

# In none where one is full: KEYS are windows, ARGV the length in seconds, then limit and cost of each.
TAKE = """
local answer = {0}
for index, key in ipairs(KEYS) do
    local count = tonumber(redis.call('get', key) or 0)
    if answer[1] == 0 and count + tonumber(ARGV[2 * index + 1]) > tonumber(ARGV[2 * index]) then
        answer[1] = index
    end
end
for index, key in ipairs(KEYS) do
    local count
    local cost = tonumber(ARGV[2 * index + 1])
    if answer[1] == 0 and cost > 0 then
        count = redis.call('incrby', key, cost)
        if redis.call('pttl', key) < 0 then
            redis.call('expire', key, ARGV[1])
        end
    else
        count = tonumber(redis.call('get', key) or 0)
    end
    answer[#answer + 1] = count
    answer[#answer + 1] = redis.call('pttl', key)
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls a minute for `who`. `name` is what the caller reads in the headers.

    `cost`: as how many of them one call counts.
    """

    name: str
    who: tuple[str, ...]
    quota: int
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit, and for how many seconds its window still runs."""

    limit: Limit
    remaining: int
    seconds: int

    def __str__(self) -> str:
        return f'"{self.limit.name}";r={self.remaining};t={self.seconds}'


class Windows(RedisStorage):
    """The storage of `limits`, with several windows in one round trip."""

    # `limits` keeps a register of the storages by URL scheme; this one is made by hand.
    STORAGE_SCHEME: list[str] = []

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            key_prefix="resonance:calls",
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # anything that redis-py takes
            protocol=2,
        )
        self.lua_take = self.get_connection().register_script(TAKE.encode())

    def take(self, limits: Sequence[Limit], cost: int) -> tuple[int, list[Left]]:
        """Count the call. Gives the place, from 1, of the limit that refuses it, or 0."""
        # Without the quota in the key, so that a changed limit goes on with what was counted.
        keys = [self.prefixed_key("/".join((each.name, *each.who))) for each in limits]
        numbers = [number for each in limits for number in (each.quota, each.cost * cost)]
        answer = cast("list[int]", self.lua_take(keys, [MINUTE, *numbers]))
        pairs = zip(limits, answer[1::2], answer[2::2], strict=True)
        return answer[0], [
            Left(limit, max(0, limit.quota - count), math.ceil(ttl / 1000) if ttl > 0 else MINUTE)
            for limit, count, ttl in pairs
        ]


class Limiter:
    def __init__(self, url: str) -> None:
        self.windows = Windows(url)
        self.breaker = Breaker("the rate limiter's Redis", series="limiter")

    def take(self, limits: Sequence[Limit], *, cost: int = 1) -> list[Left]:
        """Count the call against every limit, or with cost 0 only look. Empty where Redis is away.

        Raises rate_limited.
        """
        if not limits:
            return []
        if not self.breaker.allows():
            metrics.LIMITER_OPEN.inc()
            return []
        try:
            refused, left = self.windows.take(limits, cost)
        except RedisError as error:
            self.breaker.failed(error)
            metrics.LIMITER_OPEN.inc()
            return []
        self.breaker.succeeded()
        if refused:
            metrics.limiter_refused(limits[refused - 1].name).inc()
            raise too_many(left[refused - 1])
        return left

    def fail(self, address: str) -> None:
        """Count a call that was refused for what it is. Raises rate_limited: an address guesses too much."""
        self.take([failures(address)])

    def look_at_failures(self, address: str) -> None:
        """Raises rate_limited before the database is asked about one more guess."""
        limit = failures(address)
        for left in self.take([limit], cost=0):
            if not left.remaining:
                raise too_many(left)


def failures(address: str) -> Limit:
    return Limit("failures", (pseudonym("limit", address),), FAILURES_A_MINUTE)


def headers(left: Sequence[Left]) -> dict[str, str]:
    """The headers of the IETF draft (ratelimit-headers), for the limits that this caller may know of."""
    if not left:
        return {}
    return {
        "RateLimit": ", ".join(str(each) for each in left),
        "RateLimit-Policy": ", ".join(
            f'"{each.limit.name}";q={each.limit.quota};w={MINUTE}' for each in left
        ),
    }


def too_many(left: Left) -> Problem:
    limit = left.limit
    again = f"send it again in {left.seconds} s, with the same idempotency key."
    if limit.cost > limit.quota:
        again = f"this one counts as {limit.cost}, so send it in parts."
    return Problem(
        "rate_limited",
        f"At most {limit.quota} calls a minute for this {WHOSE[limit.name]}: {again}",
        headers={"Retry-After": str(left.seconds), **headers([left])},
    )


WHOSE = {
    "brand": "brand",
    "person": "person",
    "address": "address",
    "failures": "address, where calls fail",
    "verification": "brand, to verify its domains",
}


@cache
def limiter() -> Limiter:
    """One a process: the connections and the breaker are shared by its threads."""
    return Limiter(settings.REDIS_URL)
