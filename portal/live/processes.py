"""How the `live` processes say that they do, read from Redis."""

import json
import time
from dataclasses import dataclass

import redis

from events.channels import PROCESSES

# They say so every five seconds while they hear Redis.
LATELY = 15.0


@dataclass(frozen=True, slots=True)
class LiveProcesses:
    """Those that were heard of lately: how many, their open streams, and the messages heard since each began."""

    count: int = 0
    streams: int = 0
    relayed: int = 0


def live_processes(server: redis.Redis) -> LiveProcesses | None:
    """None where Redis is out of reach."""
    try:
        said = [json.loads(each) for each in server.hgetall(PROCESSES).values()]
    except (redis.RedisError, OSError):
        return None
    now = time.time()
    lately = [each for each in said if now - each["at"] < LATELY]
    return LiveProcesses(
        count=len(lately),
        streams=sum(each["streams"] for each in lately),
        relayed=sum(each["relayed"] for each in lately),
    )
