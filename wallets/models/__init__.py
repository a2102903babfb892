"""The books: who holds what, and every movement that led there."""

from wallets.models.adjustment import Adjustment
from wallets.models.books import Account, Transfer
from wallets.models.redemption import Redemption
from wallets.models.wallet import Identity, Wallet

__all__ = ["Account", "Adjustment", "Identity", "Redemption", "Transfer", "Wallet"]
