"""One event with its decision, as the calling developer and the brand's manager read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.models import Event, RuleVersion
from wallets.queries import PostedTransfer, transfers_of_events


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTold:
    """An event as its brand may read it. Amounts in hundredths of RSNC.

    What is personal (`address`, `metadata`, `observed`, `request`) is None once it has been erased.
    """

    id: UUID
    name: str
    status: str
    reason: str
    amount: int
    trust: str
    source: str
    test: bool
    wallet: int | None
    wallet_created: bool
    balance_after: int | None
    pending_after: int | None
    received_at: datetime
    occurred_at: datetime | None
    judged_at: datetime
    next_eligible_at: datetime | None
    request_id: str
    decision: dict[str, Any]
    address: str | None
    metadata: dict[str, Any] | None
    observed: dict[str, Any] | None
    request: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts(EventTold):
    """Everything that is kept of an event."""

    event_type_name: str
    rule: RuleVersion | None
    transfers: list[PostedTransfer]


def event_facts(*, brand_id: int, event: UUID) -> EventFacts | None:
    """The brand's event, or None: another brand's is not there."""
    row = (
        Event.objects.filter(brand_id=brand_id, pk=event)
        .select_related("detail", "event_type", "rule_version__published_by")
        .first()
    )
    if row is None:
        return None
    return EventFacts(
        **told(row),
        event_type_name=row.event_type.name,
        rule=row.rule_version,
        transfers=transfers_of_events([row.id]).get(row.id, []),
    )


def rules_looked_at(*, brand_id: int, decision: Mapping[str, Any]) -> list[RuleVersion]:
    """The versions that a decision names, in the order in which they were looked at."""
    lines = decision.get("rules", [])
    versions = RuleVersion.objects.filter(
        rule__event_type__brand_id=brand_id, rule_id__in=[line["rule"] for line in lines]
    )
    known = {(each.rule_id, each.number): each for each in versions}
    places = [(line["rule"], line["version"]) for line in lines]
    return [known[place] for place in places if place in known]


def told(row: Event) -> dict[str, Any]:
    """The fields of EventTold, from an event whose detail came with it."""
    detail = getattr(row, "detail", None)
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "reason": row.reason,
        "amount": row.amount,
        "trust": row.trust,
        "source": row.source,
        "test": row.test,
        "wallet": row.wallet_id,
        "wallet_created": row.wallet_created,
        "balance_after": row.balance_after,
        "pending_after": row.pending_after,
        "received_at": row.received_at,
        "occurred_at": row.occurred_at,
        "judged_at": row.judged_at,
        "next_eligible_at": row.next_eligible_at,
        "request_id": row.request_id,
        "decision": row.decision,
        "address": detail.address if detail else None,
        "metadata": detail.metadata if detail else None,
        "observed": detail.observed if detail else None,
        "request": detail.request if detail else None,
    }
