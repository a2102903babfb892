"""Questions to the books. Amounts in hundredths of RSNC. What one brand asks never shows what another did."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Abs

from wallets.models import Account, Adjustment, Identity, Transfer, Wallet


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a wallet holds, as one brand may see it."""

    # What the person can spend here, whoever issued it.
    available: int = 0
    # Of that, what this brand issued.
    issued_here: int = 0
    pending: int = 0
    reserved: int = 0
    # What this brand could not take back, because it was spent.
    owed: int = 0

    @property
    def issued_elsewhere(self) -> int:
        return self.available - self.issued_here


@dataclass(frozen=True, slots=True)
class Standing:
    """Which world a wallet is of, and whether its owner has signed in."""

    test: bool
    claimed: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentFacts:
    """What was added (above zero) or taken by hand, or waits to be. Amounts in hundredths of RSNC."""

    id: int
    wallet: int
    test: bool
    amount: int
    reason: str
    status: str
    proposed_by_id: int
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime | None
    decided_by: str
    decided_at: datetime | None

    def state(self, now: datetime) -> str:
        """Its status, or `expired` where nobody has decided in time."""
        late = self.expires_at is not None and self.expires_at <= now
        return "expired" if late and self.status == Adjustment.Status.PROPOSED else self.status


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
            owed=-Sum("balance", filter=Q(kind=Account.Kind.OWED, brand_id=brand_id), default=0),
        )
    )
    found = {
        row["wallet_id"]: Holdings(
            available=row["available"],
            issued_here=row["issued_here"],
            pending=row["pending"],
            reserved=row["reserved"],
            owed=row["owed"],
        )
        for row in rows
    }
    return {wallet: found.get(wallet, Holdings()) for wallet in wallets}


def transfers_of(
    *,
    wallet: int,
    brand_id: int,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[TransferFacts]:
    """The wallet's movements in accounts that this brand issued, newest first.

    The next ones below the transfer `before`, or the next ones above `after`.
    """
    accounts = list(
        Account.objects.filter(wallet_id=wallet, brand_id=brand_id).values_list("pk", flat=True)
    )
    order = "-id" if after is None else "id"
    found: dict[int, TransferFacts] = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        rows = Transfer.objects.filter(**{f"{side}_id__in": accounts}).order_by(order)
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


def holders(*, brand_id: int, test: bool, before: int | None, limit: int) -> list[tuple[int, int]]:
    """Who has ever come to this brand, the newest first, as (account, wallet)."""
    rows = Account.objects.filter(brand_id=brand_id, test=test, kind=Account.Kind.AVAILABLE)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk").values_list("pk", "wallet_id")[:limit])


def issued_here(*, wallet: int, brand_id: int) -> int:
    """What the wallet holds of what this brand issued."""
    return (
        Account.objects.filter(wallet_id=wallet, brand_id=brand_id, kind=Account.Kind.AVAILABLE)
        .values_list("balance", flat=True)
        .first()
        or 0
    )


def standing_of(wallet: int) -> Standing | None:
    row = Wallet.objects.filter(pk=wallet).values_list("test", "status").first()
    return Standing(row[0], row[1] == Wallet.Status.CLAIMED) if row else None


def adjusted_alone(*, brand_id: int, wallet: int, by: int, since: datetime) -> int:
    """What this person has moved in the wallet by hand without a second one, up and down added up."""
    mine = Adjustment.objects.filter(brand_id=brand_id, wallet_id=wallet, proposed_by_id=by)
    alone = mine.filter(
        status=Adjustment.Status.POSTED, decided_by__isnull=True, proposed_at__gt=since
    )
    moved: int = alone.aggregate(moved=Sum(Abs("amount"), default=0))["moved"]
    return moved


def adjustment_facts(row: Adjustment) -> AdjustmentFacts:
    return AdjustmentFacts(
        id=row.pk,
        wallet=row.wallet_id,
        test=row.test,
        amount=row.amount,
        reason=row.reason,
        status=row.status,
        proposed_by_id=row.proposed_by_id,
        proposed_by=row.proposed_by.name or row.proposed_by.email,
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        decided_by=(row.decided_by.name or row.decided_by.email) if row.decided_by else "",
        decided_at=row.decided_at,
    )


def adjustment_of(*, brand_id: int, adjustment: int) -> AdjustmentFacts | None:
    """The brand's adjustment, or None: another brand's is not there."""
    row = adjustments(brand_id).filter(pk=adjustment).first()
    return adjustment_facts(row) if row else None


def adjustments_waiting(*, brand_id: int, now: datetime, limit: int) -> list[AdjustmentFacts]:
    """What waits for a second person, what expires first first."""
    rows = waiting(brand_id, now).select_related("proposed_by", "decided_by")
    return [adjustment_facts(row) for row in rows.order_by("expires_at", "pk")[:limit]]


def count_waiting(*, brand_id: int, now: datetime) -> int:
    return waiting(brand_id, now).count()


def adjustments_over(
    *, brand_id: int, now: datetime, before: int | None, limit: int
) -> list[AdjustmentFacts]:
    """What waits no more, the newest first; `before` is an adjustment's id."""
    rows = adjustments(brand_id).exclude(status=Adjustment.Status.PROPOSED, expires_at__gt=now)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [adjustment_facts(row) for row in rows.order_by("-pk")[:limit]]


def adjustments(brand_id: int) -> QuerySet[Adjustment]:
    mine = Adjustment.objects.filter(brand_id=brand_id)
    return mine.select_related("proposed_by", "decided_by")


def waiting(brand_id: int, now: datetime) -> QuerySet[Adjustment]:
    return Adjustment.objects.filter(
        brand_id=brand_id, status=Adjustment.Status.PROPOSED, expires_at__gt=now
    )
