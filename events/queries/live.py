"""One event as the live page shows it: the same whether it is broadcast or read from the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.models import Event
from events.queries.log import ERASED, whole_events
from events.queries.search import LogFilters, Search
from wallets.addresses import mask
from wallets.services import public_wallet_id


@dataclass(frozen=True, slots=True)
class LiveRow:
    """Amounts in hundredths of RSNC. `spent`: from the call to its record, in milliseconds, where known."""

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
        }

    @property
    def public_id(self) -> str:
        return self.event

    @property
    def person(self) -> str:
        return mask(self.address) if self.address else ERASED


def live_rows(*, brand_id: int, filters: LogFilters, limit: int) -> list[LiveRow]:
    """The newest events of the brand that match, newest first. As many queries for many as for one."""
    places = Search(brand_id=brand_id, filters=filters).older(None, limit).places
    return [row_of(event) for event in whole_events(places)]


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
