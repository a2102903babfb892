"""What people spend. Amounts in hundredths of RSNC."""

from dataclasses import dataclass
from datetime import datetime

from wallets.models import Redemption


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFacts:
    """A redemption as the brand at which it is spent may see it: never who issued what of it."""

    public_id: str
    wallet: int
    test: bool
    amount: int
    status: str
    reserved_at: datetime
    expires_at: datetime
    ended_at: datetime | None


def redemption_facts(row: Redemption) -> RedemptionFacts:
    return RedemptionFacts(
        public_id=row.public_id,
        wallet=row.wallet_id,
        test=row.test,
        amount=row.amount,
        status=row.status,
        reserved_at=row.reserved_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
