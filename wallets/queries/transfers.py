"""Movements as they stand in the books. Amounts in hundredths of RSNC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import F, Q

from wallets.models import Account, Transfer


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """One movement, from the wallet's side: negative where it left."""

    id: int
    kind: str
    amount: int
    event_id: UUID | None
    created_at: datetime
    # Why, where people moved it.
    adjustment_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """One movement as it stands in the books: from where, to where."""

    id: int
    kind: str
    amount: int
    debit_id: int
    debit_kind: str
    credit_id: int
    credit_kind: str
    created_at: datetime


def transfers_of(
    *,
    wallet: int,
    brand_id: int,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[TransferFacts]:
    """The wallet's movements in accounts that this brand issued, newest first.

    What is held to be spent has left; being spent, it moves no more of what the person has. What is spent at other
    brands is theirs to know. The next ones below the transfer `before`, or the next ones above `after`.
    """
    mine = Account.objects.filter(wallet_id=wallet, brand_id=brand_id)
    accounts = list(mine.exclude(kind=Account.Kind.RESERVED).values_list("pk", flat=True))
    order = "-id" if after is None else "id"
    found: dict[int, TransferFacts] = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        rows = Transfer.objects.filter(
            Q(redemption__isnull=True) | Q(redemption__brand_id=brand_id),
            **{f"{side}_id__in": accounts},
        ).order_by(order)
        if before is not None:
            rows = rows.filter(id__lt=before)
        if after is not None:
            rows = rows.filter(id__gt=after)
        for row in rows.annotate(reason=F("adjustment__reason"))[:limit]:
            found[row.pk] = TransferFacts(
                row.pk,
                row.kind,
                sign * row.amount,
                row.event_id,
                row.created_at,
                row.adjustment_id,
                row.reason or "",
            )
    nearest = sorted(found.values(), key=lambda each: each.id, reverse=after is None)[:limit]
    return nearest if after is None else nearest[::-1]


def transfers_of_events(events: Iterable[UUID]) -> dict[UUID, list[PostedTransfer]]:
    """The movements behind these events, as they stand in the books."""
    rows = (
        Transfer.objects.filter(event_id__in=list(events), kind=Transfer.Kind.EARN)
        .annotate(debit_kind=F("debit__kind"), credit_kind=F("credit__kind"))
        .order_by("id")
    )
    found: dict[UUID, list[PostedTransfer]] = {}
    for row in rows:
        found.setdefault(cast("UUID", row.event_id), []).append(
            PostedTransfer(
                id=row.pk,
                kind=row.kind,
                amount=row.amount,
                debit_id=row.debit_id,
                debit_kind=row.debit_kind,
                credit_id=row.credit_id,
                credit_kind=row.credit_kind,
                created_at=row.created_at,
            )
        )
    return found
