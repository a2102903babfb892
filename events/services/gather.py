"""Record what arrives at the same moment together: one transaction for the lot, as a group commit does.

Nobody waits for company. A call that finds a free place records at once, and whatever arrives while it is at
the database goes together when it is back. So a lone call is as fast as without, and a crowd shares the round
trip, the statements and the flush to disk. Everybody is answered after the commit.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import OperationalError, connection

from events.services import record as records
from events.services.record import Recorded

# How many are at the database at a time, from one process, and how many events each may take along.
PLACES = 2
MOST = 64


@dataclass(eq=False)
class Ticket:
    """One call in the queue: whom it takes along once it has a place, and what became of it."""

    request: dict[str, Any]
    turn: threading.Event = field(default_factory=threading.Event)
    company: list["Ticket"] = field(default_factory=list)
    row: Recorded | None = None
    error: Exception | None = None


class Gatherer:
    """Thread-safe. A place is handed on together with all who wait for one."""

    def __init__(self, places: int = PLACES) -> None:
        self.lock = threading.Lock()
        self.free = places
        self.waiting: list[Ticket] = []

    def record(self, request: dict[str, Any]) -> Recorded:
        """Raises what `events.services.record.record` raises, to each of those who went together."""
        ticket = Ticket(request)
        with self.lock:
            if self.free:
                self.free -= 1
                ticket.company = [ticket]
            else:
                self.waiting.append(ticket)
        if not ticket.company:
            ticket.turn.wait()
        # Awake means answered by whom it went with, or given a place.
        if ticket.company:
            self.lead(ticket.company)
        if ticket.row is None:
            raise ticket.error or OperationalError("The event was not answered.")
        return ticket.row

    def lead(self, company: list[Ticket]) -> None:
        """Record these, then hand the place to the next."""
        try:
            requests = [{**each.request, "place": n} for n, each in enumerate(company)]
            for row in records.record(requests):
                company[row.place].row = row
        except Exception as error:  # noqa: BLE001 - it is theirs as well, and each gets it
            for each in company:
                each.error = error
        finally:
            self.hand_on()
            for each in company:
                each.turn.set()

    def hand_on(self) -> None:
        with self.lock:
            together, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
            if not together:
                self.free += 1
                return
            together[0].company = together
        together[0].turn.set()


_gatherer = Gatherer()


def record(requests: Sequence[dict[str, Any]]) -> list[Recorded]:
    """As `events.services.record.record`, one event in company where there is some."""
    if len(requests) != 1 or connection.in_atomic_block:
        # A batch is company enough; somebody's own transaction must be written by its own connection.
        return records.record(requests)
    row = _gatherer.record(requests[0])
    return [replace(row, place=requests[0]["place"])]
