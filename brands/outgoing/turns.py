"""How many requests of a process may wait for strangers at a time: the others have credits to take in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 2
turns = threading.BoundedSemaphore(MOST)


class NoTurn(Exception):
    """As many are waiting as may."""


@contextmanager
def turn() -> Iterator[None]:
    """While it lasts, a stranger's name or host may be asked. Raises NoTurn, at once."""
    if not turns.acquire(blocking=False):
        raise NoTurn
    try:
        yield
    finally:
        turns.release()
