"""One event as the live page shows it: the same whether it is broadcast or read from the log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, transaction

from events.models import Event
from events.queries.log import ERASED, whole_events
from events.queries.planner import by_index
from events.queries.search import LogFilters, Search
from wallets.addresses import mask
from wallets.services import public_wallet_id


@dataclass(frozen=True, slots=True)
class LiveRow:
    """Amounts in hundredths of RSNC. `spent`: from the call to its record, in milliseconds, where known.

    `transaction`: the one that recorded it, so that a page which has asked the site can tell whether the
    answer had this event in it already; only with what is broadcast.
    """

    brand: int
    event: str
    name: str
    address: str
    wallet: int | None
    status: str
    reason: str
    amount: int
    balance: int | None
    trust: str
    source: str
    test: bool
    received_at: datetime
    next_eligible_at: datetime | None
    spent: float | None = None
    transaction: int | None = None
    # The key of what is told at most once a minute; an event always is.
    once: ClassVar[str] = ""

    def content(self) -> dict[str, Any]:
        """For JSON. Without personal data: the address is masked, the wallet is the brand's name for it."""
        return {
            "id": self.event,
            "name": self.name,
            "person": mask(self.address) if self.address else ERASED,
            "wallet": self.wallet and public_wallet_id(brand_id=self.brand, wallet=self.wallet),
            "status": self.status,
            "reason": self.reason,
            "amount": self.amount,
            "balance": self.balance,
            "trust": self.trust,
            "source": self.source,
            "test": self.test,
            "at": self.received_at.isoformat(),
            "next": self.next_eligible_at and self.next_eligible_at.isoformat(),
            "ms": self.spent and round(self.spent, 1),
            "xid": self.transaction,
        }

    @property
    def public_id(self) -> str:
        return self.event

    @property
    def person(self) -> str:
        return mask(self.address) if self.address else ERASED


@dataclass(frozen=True, slots=True)
class LiveTest:
    """A look at the connection by `GET debug`. Shown while it happens and kept nowhere.

    One a minute for each brand and trust, so that an anonymous caller cannot fill the feed.
    """

    brand: int
    trust: str
    failed: Sequence[str]
    at: datetime

    @property
    def once(self) -> str:
        return f"{self.brand}:{self.trust}"

    def content(self) -> dict[str, Any]:
        return {
            "id": f"connection-test-{self.trust}-{self.at.timestamp():.0f}",
            "connection_test": True,
            "failed": list(self.failed),
            "trust": self.trust,
            "at": self.at.isoformat(),
        }


@contextmanager
def one_moment() -> Iterator[str]:
    """What is read in here is of one moment, which is yielded as PostgreSQL's snapshot: `xmin:xmax:xip,…`.

    An event is in it if its transaction is below xmin, or below xmax and not one of xip.
    """
    first = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if first:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_current_snapshot()::text")
        yield cursor.fetchone()[0]


def live_rows(*, brand_id: int, filters: LogFilters, limit: int) -> list[LiveRow]:
    """The newest events of the brand that match, newest first. As many queries for many as for one."""
    places = Search(brand_id=brand_id, filters=filters).older(None, limit).places
    return [row_of(event) for event in whole_events(places)]


def last_at(*, brand_id: int, test: bool) -> datetime | None:
    """When the brand's newest event of this world came."""
    log = Event.objects.filter(brand_id=brand_id, test=test).order_by("-received_at", "-id")
    with by_index():
        return log.values_list("received_at", flat=True).first()


def row_of(event: Event) -> LiveRow:
    detail = getattr(event, "detail", None)
    return LiveRow(
        brand=event.brand_id,
        event=event.public_id,
        name=event.name,
        address=detail.address if detail else "",
        wallet=event.wallet_id,
        status=event.status,
        reason=event.reason,
        amount=event.amount,
        balance=event.balance_after,
        trust=event.trust,
        source=event.source,
        test=event.test,
        received_at=event.received_at,
        next_eligible_at=event.next_eligible_at,
    )
