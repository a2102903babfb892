"""The one door to the books. Credits move in SQL: `wallets_post`, which events' own function calls as well."""

from wallets.services.adjustments import (
    LONGEST_REASON,
    SHORTEST_REASON,
    AdjustmentDecided,
    AdjustmentExpired,
    InvalidAdjustment,
    NotEnough,
    OwnAdjustment,
    TokenReused,
    UnknownAdjustment,
    UnknownMember,
    adjust,
    approve_adjustment,
    check_adjustment,
    needs_second_person,
    refuse_adjustment,
)
from wallets.services.people import reveal
from wallets.services.public_ids import public_wallet_id, wallet_behind
from wallets.services.spending import (
    NotEnoughToSpend,
    RedemptionEnded,
    RedemptionKeyReused,
    UnknownRedemption,
    cancel,
    capture,
    release_expired,
    reserve,
)
from wallets.services.verify import Finding, verify_books

__all__ = [
    "LONGEST_REASON",
    "SHORTEST_REASON",
    "AdjustmentDecided",
    "AdjustmentExpired",
    "Finding",
    "InvalidAdjustment",
    "NotEnough",
    "NotEnoughToSpend",
    "OwnAdjustment",
    "RedemptionEnded",
    "RedemptionKeyReused",
    "TokenReused",
    "UnknownAdjustment",
    "UnknownMember",
    "UnknownRedemption",
    "adjust",
    "approve_adjustment",
    "cancel",
    "capture",
    "check_adjustment",
    "needs_second_person",
    "public_wallet_id",
    "refuse_adjustment",
    "release_expired",
    "reserve",
    "reveal",
    "verify_books",
    "wallet_behind",
]
