"""Who holds how much. Amounts in hundredths of RSNC."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from wallets.models import Account, Redemption


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a wallet holds, as one brand may see it."""

    # What the person can spend here, whoever issued it.
    available: int = 0
    # Of that, what this brand issued.
    issued_here: int = 0
    pending: int = 0
    # Held by open redemptions here, whoever issued it.
    reserved: int = 0
    # What this brand could not take back, because it was spent.
    owed: int = 0

    @property
    def issued_elsewhere(self) -> int:
        return self.available - self.issued_here


def holdings_of(wallets: Collection[int], *, brand_id: int) -> dict[int, Holdings]:
    """What each of these wallets holds, in one query. Of what is held to be spent, only what this brand holds."""
    open_here = Redemption.objects.filter(
        wallet_id=OuterRef("wallet_id"), brand_id=brand_id, status=Redemption.Status.RESERVED
    )
    rows = (
        Account.objects.filter(wallet_id__in=wallets)
        .values("wallet_id")
        .annotate(
            available=Sum("balance", filter=Q(kind=Account.Kind.AVAILABLE), default=0),
            issued_here=Sum(
                "balance", filter=Q(kind=Account.Kind.AVAILABLE, brand_id=brand_id), default=0
            ),
            pending=Sum("balance", filter=Q(kind=Account.Kind.PENDING), default=0),
            reserved=Coalesce(
                Subquery(open_here.order_by().values("wallet").values(held=Sum("amount"))), 0
            ),
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
