"""Wallets and the addresses that point to them."""

from collections.abc import Collection
from dataclasses import dataclass

from wallets.models import Identity, Wallet


@dataclass(frozen=True, slots=True)
class Standing:
    """Which world a wallet is of, and whether its owner has signed in."""

    test: bool
    claimed: bool


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


def standing_of(wallet: int) -> Standing | None:
    row = Wallet.objects.filter(pk=wallet).values_list("test", "status").first()
    return Standing(row[0], row[1] == Wallet.Status.CLAIMED) if row else None
