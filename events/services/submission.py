"""What comes in, what goes out, and why something is refused."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import simplejson

from brands.models import Trust

HEX_DIGITS = 32


class EventRefused(Exception):
    """The event was not recorded. Each subclass says why."""


class UnknownEvent(EventRefused):
    """The brand has no event type of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no event type “{name}”.")
        self.name = name


class TrustTooLow(EventRefused):
    """The brand accepts this event only from callers that prove more."""

    def __init__(self, needed: Trust) -> None:
        super().__init__(f"This event needs at least the trust “{needed.value}”.")
        self.needed = needed


class KeyReused(EventRefused):
    """The idempotency key belongs to another event."""


class CannotRecord(EventRefused):
    """The database refused this very event; others of the same call are not affected."""


class ConfigurationChanged(Exception):
    """The brand's configuration is newer than the one decided with: load it and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One event as it came in, validated and normalised, whatever way it came."""

    name: str
    address: str
    metadata: dict[str, Any]
    trust: Trust
    source: str
    request_id: str
    received_at: datetime
    # For the event's detail: masked headers and the like.
    request: dict[str, Any] = field(default_factory=dict)
    # A pseudonym of the client's network address: bounds the wallets that an open caller makes.
    client: str = ""
    idempotency_key: str | None = None
    occurred_at: datetime | None = None
    judge_at_occurred: bool = False
    test: bool = False
    # When it came first, where that was before `received_at`: an event that is replayed.
    came_at: datetime | None = None

    @property
    def arrival(self) -> datetime:
        return self.came_at or self.received_at

    @property
    def judged_at(self) -> datetime:
        """The moment that counts for windows: arrival, unless a trusted caller asked otherwise."""
        if self.judge_at_occurred and self.occurred_at and self.trust != Trust.OPEN:
            return self.occurred_at
        return self.arrival

    def fingerprint(self) -> str:
        """SHA-256 of what makes two submissions the same event."""
        same = [
            self.name,
            self.address,
            canonical(self.metadata),
            self.occurred_at.timestamp() if self.occurred_at else None,
            self.test,
        ]
        return hashlib.sha256(simplejson.dumps(same, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a submission. Amounts in hundredths of RSNC."""

    event_id: str | None
    event: str
    status: str
    reason: str
    amount: int
    next_eligible_at: datetime | None
    wallet: int | None
    balance: int | None
    pending: int | None
    wallet_created: bool
    test: bool
    request_id: str
    replayed: bool
    # Which rules were looked at and what was found, as it is kept with an event: JSON, unread.
    decision: str = "{}"


def canonical(value: Any) -> Any:
    """The same for equal JSON, and for no other: 10, 10.0 and 1e1 are one number."""
    if isinstance(value, dict):
        return {"object": {key: canonical(each) for key, each in value.items()}}
    if isinstance(value, list):
        return [canonical(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        # Exact, unlike Decimal.normalize, which rounds to 28 digits.
        numerator, denominator = value.as_integer_ratio()
        return {"number": [str(numerator), str(denominator)]}
    return value


def new_event_id(now: datetime, place: int = 0) -> UUID:
    """A UUID version 7 (RFC 9562, 5.7): milliseconds since 1970, `place`, 62 random bits.

    So the events of one call are in the order of their places wherever they are ordered by id.
    """
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | 0x7 << 76 | (place & 0xFFF) << 64
    return UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def public_event_id(event: UUID) -> str:
    return f"evt_{event.hex}"


def parse_event_id(public: str) -> UUID | None:
    """The id behind `evt_…`, or None where it is not one."""
    prefix, _, digits = public.partition("_")
    if prefix != "evt" or len(digits) != HEX_DIGITS:
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None
