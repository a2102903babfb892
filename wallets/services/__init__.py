"""The one door to the books. Credits move in SQL (`wallets_post`), which events' own function calls."""

from wallets.services.public_ids import public_wallet_id, wallet_behind
from wallets.services.verify import Finding, verify_books

__all__ = ["Finding", "public_wallet_id", "verify_books", "wallet_behind"]
