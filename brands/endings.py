"""What a process does last."""

from collections.abc import Callable
from multiprocessing.util import Finalize

# Before what the library itself ends.
EARLY = 100


def at_the_end(act: Callable[[], None]) -> None:
    """Call this before the process ends in peace, a signal to end included.

    `atexit` alone is not enough: a worker that was forked by `multiprocessing`, as Granian's are, leaves without it.
    """
    Finalize(None, act, exitpriority=EARLY)
