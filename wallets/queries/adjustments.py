"""What was moved by hand, and what waits to be. Amounts in hundredths of RSNC."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum
from django.db.models.functions import Abs

from wallets.models import Adjustment


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
