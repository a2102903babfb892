"""Questions to the books. Amounts in hundredths of RSNC. What one brand asks never shows what another did."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import F, Q, Sum

from wallets.models import Account, Identity, Transfer


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a wallet holds, as one brand may see it."""

    # What the person can spend here, whoever issued it.
    available: int = 0
    # Of that, what this brand issued.
    issued_here: int = 0
    pending: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """One movement, from the wallet's side: negative where it left."""

    id: int
    kind: str
    amount: int
    event_id: UUID | None
    created_at: datetime


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


def wallet_of_address(*, address: str, test: bool) -> int | None:
    """The wallet that a normalised address points to."""
    return (
        Identity.objects.filter(address=address, test=test)
        .values_list("wallet_id", flat=True)
        .first()
    )


def addresses_of(wallets: Collection[int]) -> dict[int, str]:
    """One address of each wallet, the oldest."""
    rows = Identity.objects.filter(wallet_id__in=wallets).order_by("-id")
    return dict(rows.values_list("wallet_id", "address"))


def holdings_of(wallets: Collection[int], *, brand_id: int) -> dict[int, Holdings]:
    """What each of these wallets holds, in one query."""
    rows = (
        Account.objects.filter(wallet_id__in=wallets)
        .values("wallet_id")
        .annotate(
            available=Sum("balance", filter=Q(kind=Account.Kind.AVAILABLE), default=0),
            issued_here=Sum(
                "balance", filter=Q(kind=Account.Kind.AVAILABLE, brand_id=brand_id), default=0
            ),
            pending=Sum("balance", filter=Q(kind=Account.Kind.PENDING), default=0),
            reserved=Sum("balance", filter=Q(kind=Account.Kind.RESERVED), default=0),
        )
    )
    found = {
        row["wallet_id"]: Holdings(
            row["available"], row["issued_here"], row["pending"], row["reserved"]
        )
        for row in rows
    }
    return {wallet: found.get(wallet, Holdings()) for wallet in wallets}


def transfers_of(
    *, wallet: int, brand_id: int, before: int | None = None, limit: int = 50
) -> list[TransferFacts]:
    """The wallet's movements in accounts that this brand issued, newest first; `before` is a transfer's id."""
    accounts = list(
        Account.objects.filter(wallet_id=wallet, brand_id=brand_id).values_list("pk", flat=True)
    )
    found: dict[int, TransferFacts] = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        rows = Transfer.objects.filter(**{f"{side}_id__in": accounts}).order_by("-id")
        if before is not None:
            rows = rows.filter(id__lt=before)
        for row in rows[:limit]:
            found[row.pk] = TransferFacts(
                row.pk, row.kind, sign * row.amount, row.event_id, row.created_at
            )
    return sorted(found.values(), key=lambda each: each.id, reverse=True)[:limit]


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


def holders(*, brand_id: int, test: bool, before: int | None, limit: int) -> list[tuple[int, int]]:
    """Who has ever held what this brand issued, the newest account first, as (account, wallet)."""
    rows = Account.objects.filter(brand_id=brand_id, test=test, kind=Account.Kind.AVAILABLE)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk").values_list("pk", "wallet_id")[:limit])
