"""Not asking a server that has just failed."""

import logging
import time
from threading import Lock

from brands import metrics

log = logging.getLogger(__name__)


class Breaker:
    """Opens on a failure; then one caller in `pause` seconds may try, the others go without.

    `name` is for the log, `series` for the metrics.
    """

    def __init__(self, name: str, *, pause: float = 1.0, series: str = "other") -> None:
        self.name = name
        self.gauge = metrics.BREAKERS_OPEN.labels(series)
        self.pause = pause
        self.lock = Lock()
        self.open = False
        self.next_try = 0.0

    def allows(self) -> bool:
        if not self.open:
            return True
        with self.lock:
            now = time.monotonic()
            if now < self.next_try:
                return False
            self.next_try = now + self.pause
            return True

    def failed(self, error: Exception) -> None:
        """One warning an opening, however many calls were under way."""
        with self.lock:
            self.next_try = time.monotonic() + self.pause
            if self.open:
                return
            self.open = True
            self.gauge.set(1)
        log.warning("%s fails: going on without it", self.name, extra={"error": repr(error)})

    def succeeded(self) -> None:
        if not self.open:
            return
        with self.lock:
            was_open, self.open = self.open, False
            self.gauge.set(0)
        if was_open:
            log.info("%s answers again", self.name)
