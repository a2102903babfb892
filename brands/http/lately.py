"""The last refusal of a call that named a brand, for whoever is connecting it just now.

A hint that lives in the cache for a quarter of an hour: it is not counted on, and holds nothing of the call
but the code of the refusal.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache

KEPT_FOR = 15 * 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is one of `brands.http.problems.CODES`."""

    code: str
    at: datetime


def remember(*, brand_id: int, code: str) -> None:
    """Note that a call in the brand's name was refused just now."""
    cache.set(key(brand_id), [code, time.time()], KEPT_FOR)


def last_refusal(*, brand_id: int) -> Refusal | None:
    """What was refused within the last quarter of an hour, if anything was."""
    match cache.get(key(brand_id)):
        case [str(code), float(at)]:
            return Refusal(code, datetime.fromtimestamp(at, UTC))
    return None


def key(brand_id: int) -> str:
    return f"refused:{brand_id}"
