"""What is sent: orders of known persons, every tenth of a new one."""

import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

PERSONS = 200_000
NEW = 0.1
BATCH = 500


def known_person(number: int) -> str:
    return f"person{number}@bench.example"


def person() -> str:
    if random.random() < NEW:
        return f"{secrets.token_hex(6)}@new.example"
    return known_person(random.randrange(PERSONS))


@dataclass(frozen=True)
class Target:
    """A brand to send to, and how: with its key, or by its id alone."""

    port: int
    brand_id: str
    secret_key: str | None


def orders() -> Callable[[], dict[str, object]]:
    numbers, run = count(), secrets.token_hex(4)
    return lambda: {
        "event": "place_order",
        "email": person(),
        "metadata": {
            "platform": "shopify",
            "order_id": f"ORD-{run}-{next(numbers)}",
            "total": 89.99,
            "items": 3,
        },
    }


def singles(targets: list[Target]) -> Callable[[], bytes]:
    """One event a call, to each target in turn."""
    order, turn = orders(), count()

    def request() -> bytes:
        target = targets[next(turn) % len(targets)]
        return http(target, "/resonance-api/manual-event", order())

    return request


def batches(target: Target) -> Callable[[], bytes]:
    """500 events a call."""
    order = orders()
    return lambda: http(
        target, "/resonance-api/events/batch", {"events": [order() for _ in range(BATCH)]}
    )


def http(target: Target, path: str, document: dict[str, object]) -> bytes:
    who = (
        f"Authorization: Bearer {target.secret_key}"
        if target.secret_key
        else f"X-Resonance-Brand: {target.brand_id}"
    )
    body = json.dumps(document).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n{who}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
