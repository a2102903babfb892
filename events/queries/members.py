"""The people who have earned at a brand."""

from dataclasses import dataclass

from events.models import Event
from wallets.queries import (
    Holdings,
    TransferFacts,
    addresses_of,
    holders,
    holdings_of,
    transfers_of,
    wallet_of_address,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person. `address` is for the page to mask."""

    wallet: int
    address: str
    holdings: Holdings


@dataclass(frozen=True, slots=True)
class MembersPage:
    rows: list[MemberRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """A wallet as one brand may see it: what can be spent here and what this brand did."""

    wallet: int
    address: str
    holdings: Holdings
    transfers: list[TransferFacts]


def members_page(
    *, brand_id: int, cursor: str | None = None, test: bool = False, limit: int = PAGE
) -> MembersPage:
    """People who have earned here, those who came last first. A broken cursor leads to the beginning."""
    before = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else None
    found = holders(brand_id=brand_id, test=test, before=before, limit=limit + 1)
    shown = found[:limit]
    wallets = [wallet for _, wallet in shown]
    return MembersPage(
        member_rows(brand_id, wallets),
        str(shown[-1][0]) if len(found) > limit else None,
    )


def member_rows(brand_id: int, wallets: list[int]) -> list[MemberRow]:
    addresses = addresses_of(wallets)
    holdings = holdings_of(wallets, brand_id=brand_id)
    return [MemberRow(each, addresses.get(each, ""), holdings[each]) for each in wallets]


def find_member(*, brand_id: int, address: str, test: bool = False) -> MemberRow | None:
    """The person with exactly this (normalised) address, where there was an event of theirs here."""
    wallet = wallet_of_address(address=address, test=test)
    if wallet is None or not is_known_here(brand_id, wallet):
        return None
    return member_rows(brand_id, [wallet])[0]


def member_of(*, brand_id: int, wallet: int) -> WalletFacts | None:
    """One person with their newest 50 transfers here; None where this brand has no event of theirs."""
    if not is_known_here(brand_id, wallet):
        return None
    row = member_rows(brand_id, [wallet])[0]
    return WalletFacts(
        wallet, row.address, row.holdings, transfers_of(wallet=wallet, brand_id=brand_id)
    )


def wallet_facts(*, brand_id: int, address: str, test: bool = False) -> WalletFacts | None:
    """The same by (normalised) address, as `wallets/<email>` answers it."""
    wallet = wallet_of_address(address=address, test=test)
    return None if wallet is None else member_of(brand_id=brand_id, wallet=wallet)


def is_known_here(brand_id: int, wallet: int) -> bool:
    return Event.objects.filter(wallet_id=wallet, brand_id=brand_id).exists()
