"""Adjusting a balance by hand: one person up to the brand's limit, two above it, never below zero.

Locks in the global order: the wallet, then the adjustment, then the wallet's accounts (`wallets_adjust`).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from brands.models import Brand, User
from brands.services import note
from wallets.models import Account, Adjustment, Wallet
from wallets.queries import AdjustmentFacts, adjusted_alone, adjustment_facts, issued_here
from wallets.services.public_ids import public_wallet_id

LIFETIME = timedelta(days=7)
# What one person moves alone for one member is summed up over this long.
ALONE_WITHIN = timedelta(hours=24)
# Hundredths of RSNC.
MOST_BY_HAND = 1_000_000_00
SHORTEST_REASON, LONGEST_REASON = 3, 500


class InvalidAdjustment(ValidationError):
    """An amount or a reason that makes no sense. Knows its fields: forms show it."""


class UnknownMember(Exception):
    """The brand has never met this wallet."""


class NotEnough(Exception):
    """More would be taken than is left of what this brand issued. `left` in hundredths of RSNC."""

    def __init__(self, left: int) -> None:
        super().__init__("More would be taken than is left of what this brand issued.")
        self.left = left


class TokenReused(Exception):
    """The same form was sent with something else in it."""


class UnknownAdjustment(Exception):
    """Not one of this brand's."""


class OwnAdjustment(Exception):
    """Who proposed it cannot be the second person."""


class AdjustmentDecided(Exception):
    """Somebody has decided already."""


class AdjustmentExpired(Exception):
    """Nobody decided in time. It can be proposed anew."""


@transaction.atomic
def adjust(
    *, brand: Brand, wallet: int, amount: int, reason: str, token: UUID, by: User, now: datetime
) -> AdjustmentFacts:
    """Add hundredths of RSNC that the brand issues, or (below zero) take back what is left of them.

    Above what `by` may move alone it is proposed, for a second person to approve within seven days. The same
    `token` again changes nothing and returns the first result, for ever.

    Raises InvalidAdjustment, UnknownMember, NotEnough, TokenReused.
    """
    reason = reason.strip()
    check_adjustment(amount=amount, reason=reason)
    locked = lock(brand, wallet)
    if known := Adjustment.objects.filter(brand=brand, token=token).first():
        if (known.wallet_id, known.amount, known.reason) != (wallet, amount, reason):
            raise TokenReused
        return adjustment_facts(known)
    alone = not needs_second_person(brand=brand, wallet=wallet, amount=amount, by=by, now=now)
    if amount < 0 and (left := issued_here(wallet=wallet, brand_id=brand.pk)) < -amount:
        raise NotEnough(left)
    try:
        with transaction.atomic():
            row = Adjustment.objects.create(
                brand=brand,
                wallet_id=wallet,
                test=locked.test,
                amount=amount,
                reason=reason,
                token=token,
                status=Adjustment.Status.POSTED if alone else Adjustment.Status.PROPOSED,
                proposed_by=by,
                proposed_at=now,
                expires_at=None if alone else now + LIFETIME,
            )
    except IntegrityError:
        # Taken at this very moment, for another wallet: the same one's was locked.
        raise TokenReused from None
    if alone:
        post(row, "adjustment.posted", by=by, now=now)
    else:
        write_down(row, "adjustment.proposed", by=by, now=now)
    return adjustment_facts(row)


def needs_second_person(*, brand: Brand, wallet: int, amount: int, by: User, now: datetime) -> bool:
    """Whether this, and what `by` has moved alone for the same member in 24 hours, is above the limit."""
    limit = Brand.objects.values_list("adjustment_limit", flat=True).get(pk=brand.pk)
    moved = adjusted_alone(brand_id=brand.pk, wallet=wallet, by=by.pk, since=now - ALONE_WITHIN)
    return moved + abs(amount) > limit


@transaction.atomic
def approve_adjustment(
    *, brand: Brand, adjustment: int, by: User, now: datetime
) -> AdjustmentFacts:
    """Post what another person has proposed. It is judged again: the balance may have changed.

    Raises UnknownAdjustment, OwnAdjustment, AdjustmentDecided, AdjustmentExpired, NotEnough.
    """
    row = decide(brand, adjustment, Adjustment.Status.POSTED, by=by, now=now)
    post(row, "adjustment.approved", by=by, now=now)
    return adjustment_facts(row)


@transaction.atomic
def refuse_adjustment(*, brand: Brand, adjustment: int, by: User, now: datetime) -> AdjustmentFacts:
    """Let what another person has proposed come to nothing.

    Raises UnknownAdjustment, OwnAdjustment, AdjustmentDecided, AdjustmentExpired.
    """
    row = decide(brand, adjustment, Adjustment.Status.REFUSED, by=by, now=now)
    write_down(row, "adjustment.refused", by=by, now=now)
    return adjustment_facts(row)


def check_adjustment(*, amount: int, reason: str) -> None:
    """Raises InvalidAdjustment."""
    if not 0 < abs(amount) <= MOST_BY_HAND:
        raise InvalidAdjustment({"amount": "Write between 0.01 and 1000000.00 RSNC."})
    visible = sum(char.isprintable() and not char.isspace() for char in reason)
    if visible < SHORTEST_REASON or "\0" in reason:
        raise InvalidAdjustment({"reason": "Say why, in at least 3 letters."})
    if len(reason) > LONGEST_REASON:
        raise InvalidAdjustment({"reason": "Say it in 500 characters at most."})


def lock(brand: Brand, wallet: int) -> Wallet:
    """Nothing else moves in the wallet until the end of the transaction. Raises UnknownMember."""
    met = Account.objects.filter(
        wallet_id=wallet, brand_id=brand.pk, kind=Account.Kind.AVAILABLE
    ).exists()
    if not met:
        raise UnknownMember
    return Wallet.objects.select_for_update(no_key=True).get(pk=wallet)


def decide(
    brand: Brand, adjustment: int, status: Adjustment.Status, *, by: User, now: datetime
) -> Adjustment:
    """Decide what waits, once, as somebody who has not proposed it."""
    mine = Adjustment.objects.filter(brand=brand, pk=adjustment)
    wallet = mine.values_list("wallet_id", flat=True).first()
    if wallet is None:
        raise UnknownAdjustment
    lock(brand, wallet)
    row = mine.select_for_update(no_key=True).get()
    if row.status != Adjustment.Status.PROPOSED:
        raise AdjustmentDecided
    if row.proposed_by_id == by.pk:
        raise OwnAdjustment
    if row.expires_at is None or row.expires_at <= now:
        raise AdjustmentExpired
    row.status, row.decided_by, row.decided_at = status, by, now
    row.save(update_fields=["status", "decided_by", "decided_at"])
    return row


def post(row: Adjustment, action: str, *, by: User, now: datetime) -> None:
    """Move the credits and write down from what to what. Raises NotEnough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT before, posted FROM wallets_adjust(%s, %s)", [row.pk, now])
        before, posted = cursor.fetchone()
    if not posted:
        raise NotEnough(before)
    write_down(row, action, by=by, now=now, before=before)


def write_down(
    row: Adjustment, action: str, *, by: User, now: datetime, before: int | None = None
) -> None:
    was = {} if before is None else {"issued_here": written(before)}
    became = {} if before is None else {"issued_here": written(before + row.amount)}
    note(
        brand=row.brand,
        by=by,
        action=action,
        subject=public_wallet_id(brand_id=row.brand_id, wallet=row.wallet_id),
        before=was,
        after={
            **became,
            "amount": written(row.amount),
            "reason": row.reason,
            "adjustment": row.pk,
            "test": row.test,
        },
        now=now,
    )


def written(hundredths: int) -> str:
    """1250 is 12.50, -5 is -0.05."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"
