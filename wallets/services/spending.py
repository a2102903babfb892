"""Spending: held first, then captured or given back, whoever issued the credits.

Oldest first over all issuers. What the brand issued itself comes home; for the rest, its issuer owes the brand.
Locks in the global order: the wallet, then the redemption, then the wallet's accounts.
"""

import logging
import re
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from brands.models import Brand
from wallets.models import Redemption, Wallet
from wallets.queries import RedemptionFacts, redemption_facts

# How long credits are held unless somebody says otherwise.
HELD_FOR = timedelta(minutes=15)
LONGEST_HELD = timedelta(days=30)
# Hundredths of RSNC: more than there will ever be.
MOST_HELD = 10**15
KEY = re.compile(r"[!-~]{1,255}")

log = logging.getLogger(__name__)


class NotEnoughToSpend(Exception):
    """More is asked for than the wallet holds. `held` in hundredths of RSNC."""

    def __init__(self, held: int) -> None:
        super().__init__("More is asked for than the wallet holds.")
        self.held = held


class RedemptionKeyReused(Exception):
    """The same key was sent for another redemption."""


class UnknownRedemption(Exception):
    """Not one of this brand's."""


class RedemptionEnded(Exception):
    """It has ended otherwise, as `status` says."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The redemption is {status}.")
        self.status = status


@transaction.atomic
def reserve(
    *,
    brand: Brand,
    wallet: int,
    amount: int,
    idempotency_key: str,
    now: datetime,
    held_for: timedelta = HELD_FOR,
) -> RedemptionFacts:
    """Hold hundredths of RSNC to be spent at this brand, for at most `held_for`.

    It is for the caller to have the member's consent. The same key again changes nothing and returns the
    redemption as it is now, for ever; a refusal keeps no key, so that it can be tried again once there is enough.

    Raises ValueError where the amount, the key or the time is none, NotEnoughToSpend, RedemptionKeyReused.
    """
    if type(amount) is not int or not 0 < amount <= MOST_HELD:
        raise ValueError("whole hundredths are held, above zero")
    if not KEY.fullmatch(idempotency_key):
        raise ValueError("a key has 1 to 255 characters from ! to ~")
    if not timedelta() < held_for <= LONGEST_HELD:
        raise ValueError("something is held for 30 days at most")
    locked = Wallet.objects.select_for_update(no_key=True).get(pk=wallet)
    known = Redemption.objects.filter(
        brand=brand, test=locked.test, idempotency_key=idempotency_key
    ).first()
    if known is not None:
        if (known.wallet_id, known.amount) != (wallet, amount):
            raise RedemptionKeyReused
        return redemption_facts(known)
    try:
        with transaction.atomic():
            row = Redemption.objects.create(
                brand=brand,
                wallet=locked,
                test=locked.test,
                amount=amount,
                idempotency_key=idempotency_key,
                reserved_at=now,
                expires_at=now + held_for,
            )
    except IntegrityError:
        # Taken at this very moment, for another wallet: the same one's was locked.
        raise RedemptionKeyReused from None
    with connection.cursor() as cursor:
        cursor.execute("SELECT before, posted FROM wallets_reserve(%s, %s)", [row.pk, now])
        held, posted = cursor.fetchone()
    if not posted:
        raise NotEnoughToSpend(held)
    return redemption_facts(row)


@transaction.atomic
def capture(*, brand: Brand, redemption: str, now: datetime) -> RedemptionFacts:
    """Spend what is held, for good. Captured already, it stays as it is.

    Raises UnknownRedemption; RedemptionEnded where it was cancelled or nobody captured it in time.
    """
    row = lock(brand, redemption)
    if row.status == Redemption.Status.CAPTURED:
        return redemption_facts(row)
    if row.status != Redemption.Status.RESERVED:
        raise RedemptionEnded(row.status)
    if row.expires_at <= now:
        raise RedemptionEnded(Redemption.Status.EXPIRED)
    end(row, Redemption.Status.CAPTURED, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallets_capture(%s, %s)", [row.pk, now])
    return redemption_facts(row)


@transaction.atomic
def cancel(*, brand: Brand, redemption: str, now: datetime) -> RedemptionFacts:
    """Give back what is held. Given back already, it stays as it is.

    Raises UnknownRedemption; RedemptionEnded where it was captured.
    """
    row = lock(brand, redemption)
    if row.status == Redemption.Status.CAPTURED:
        raise RedemptionEnded(row.status)
    if row.status == Redemption.Status.RESERVED:
        end(row, Redemption.Status.CANCELLED, now)
        release([row.pk], now)
    return redemption_facts(row)


def release_expired(*, now: datetime, limit: int = 500) -> int:
    """Give back what was held until now and not captured. Returns how many redemptions expired.

    What another call holds this very moment is left to the next run. One that the database refuses fails alone.
    """
    due = Redemption.objects.filter(status=Redemption.Status.RESERVED, expires_at__lte=now)
    return give_back(list(due.order_by("expires_at").values_list("pk", flat=True)[:limit]), now)


def give_back(redemptions: list[int], now: datetime) -> int:
    """Halved until who fails stands alone."""
    if not redemptions:
        return 0
    try:
        return expire(redemptions, now)
    except IntegrityError:
        if len(redemptions) == 1:
            log.exception("a redemption cannot expire", extra={"redemption": redemptions[0]})
            return 0
    half = len(redemptions) // 2
    return give_back(redemptions[:half], now) + give_back(redemptions[half:], now)


@transaction.atomic
def expire(redemptions: list[int], now: datetime) -> int:
    """Those of them that are still held, and in a wallet that nobody is at."""
    open_ones = Redemption.objects.filter(
        pk__in=redemptions, status=Redemption.Status.RESERVED, expires_at__lte=now
    )
    wallets = Wallet.objects.filter(pk__in=open_ones.values("wallet")).order_by("pk")
    free = list(
        wallets.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    )
    mine = open_ones.filter(wallet__in=free).order_by("pk").select_for_update(no_key=True)
    expired = list(mine.values_list("pk", flat=True))
    Redemption.objects.filter(pk__in=expired).update(status=Redemption.Status.EXPIRED, ended_at=now)
    release(expired, now)
    return len(expired)


def lock(brand: Brand, redemption: str) -> Redemption:
    """Nothing else moves in its wallet until the end of the transaction. Raises UnknownRedemption."""
    if not redemption.isprintable():
        raise UnknownRedemption
    mine = Redemption.objects.filter(brand=brand, public_id=redemption)
    wallet = mine.values_list("wallet_id", flat=True).first()
    if wallet is None:
        raise UnknownRedemption
    Wallet.objects.select_for_update(no_key=True).get(pk=wallet)
    return mine.select_for_update(no_key=True).get()


def end(row: Redemption, status: Redemption.Status, now: datetime) -> None:
    row.status, row.ended_at = status, now
    row.save(update_fields=["status", "ended_at"])


def release(redemptions: list[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallets_release(%s, %s)", [redemptions, now])
