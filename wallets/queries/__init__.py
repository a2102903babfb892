"""Questions to the books. What one brand asks never shows what another did."""

from wallets.queries.adjustments import (
    AdjustmentFacts,
    adjusted_alone,
    adjustment_facts,
    adjustment_of,
    adjustments_over,
    adjustments_waiting,
    count_waiting,
)
from wallets.queries.holdings import Holdings, holders, holdings_of, issued_here
from wallets.queries.redemptions import RedemptionFacts, redemption_facts
from wallets.queries.transfers import (
    PostedTransfer,
    TransferFacts,
    transfers_of,
    transfers_of_events,
)
from wallets.queries.wallets import Standing, addresses_of, standing_of, wallet_of_address

__all__ = [
    "AdjustmentFacts",
    "Holdings",
    "PostedTransfer",
    "RedemptionFacts",
    "Standing",
    "TransferFacts",
    "addresses_of",
    "adjusted_alone",
    "adjustment_facts",
    "adjustment_of",
    "adjustments_over",
    "adjustments_waiting",
    "count_waiting",
    "holders",
    "holdings_of",
    "issued_here",
    "redemption_facts",
    "standing_of",
    "transfers_of",
    "transfers_of_events",
    "wallet_of_address",
]
