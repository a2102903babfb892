"""What the API says of an event and of a wallet. Amounts are text with two decimals."""

from datetime import UTC, datetime
from typing import Any, Protocol

from brands.models import Trust
from events.models import Status
from events.services import Outcome
from wallets.services import public_wallet_id

CURRENCY = "RSNC"


class ReadersBrand(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def quiet_answers(self) -> bool: ...


class Reader(Protocol):
    """For whom an answer is worded: the caller, or whom a page shows what the caller was told."""

    @property
    def brand(self) -> ReadersBrand: ...
    @property
    def trust(self) -> Trust: ...
    @property
    def proved(self) -> bool: ...


def rsnc(hundredths: int) -> str:
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def outcome(outcome: Outcome, caller: Reader, *, dry_run: bool = False) -> dict[str, Any]:
    """The answer to a report, by the trust of the call that reads it."""
    quiet = caller.brand.quiet_answers and not caller.proved
    said: dict[str, Any] = {
        "success": True,
        "status": "accepted" if quiet else outcome.status,
        "event_id": outcome.event_id,
        "event": outcome.event,
        "reward": {"amount": None if quiet else rsnc(outcome.amount), "currency": CURRENCY},
        "next_eligible_at": None if quiet else moment(outcome.next_eligible_at),
        "message": "Event accepted." if quiet else message(outcome, caller.trust, dry_run=dry_run),
        "test": outcome.test,
        "request_id": outcome.request_id,
    }
    if caller.proved:
        said["wallet"] = wallet(outcome, caller.brand.id)
    return said


def wallet(outcome: Outcome, brand_id: int) -> dict[str, Any] | None:
    if outcome.wallet is None:
        return None
    return {
        "id": public_wallet_id(brand_id=brand_id, wallet=outcome.wallet),
        "balance": rsnc(outcome.balance or 0),
        "pending": rsnc(outcome.pending or 0),
        "created": outcome.wallet_created,
    }


def message(outcome: Outcome, trust: Trust, *, dry_run: bool) -> str:
    """One sentence for whoever reads the answer."""
    if outcome.status == Status.REWARDED:
        return f"{rsnc(outcome.amount)} {CURRENCY} {'would be ' if dry_run else ''}credited."
    if outcome.status == Status.COOLDOWN:
        if outcome.next_eligible_at is None:
            return "No credit: this person has earned this, and it is earned once."
        return f"No credit yet: this person has earned this, and can again at {moment(outcome.next_eligible_at)}."
    if outcome.status == Status.CAPPED and trust is Trust.OPEN:
        # The same whichever bound it is: one of them is about wallets that are new.
        return "No credit now: a limit is reached."
    return REASONS.get(outcome.reason) or STATUSES.get(outcome.status) or "No credit."


STATUSES: dict[str, str] = {
    Status.NO_REWARD: "No credit: no rule of this event matches.",
    Status.DUPLICATE: "No credit: this has been credited before.",
    Status.CAPPED: "No credit now: a limit is reached.",
}
REASONS = {
    "business_key_missing": "No credit: the metadata lack the value that this event earns by.",
    "event_type_off": "No credit: this event type is switched off.",
    "no_rule": "No credit: this event type has no rule yet.",
}
