"""The people who have an event at a brand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Min, Q, Sum

from events.models import Event, Usage
from events.queries.log import LogRow, row_of
from events.queries.paging import Slice, above, newest
from events.queries.search import Place, as_place
from wallets.queries import (
    Holdings,
    TransferFacts,
    addresses_of,
    holders,
    holdings_of,
    standing_of,
    transfers_of,
    wallet_of_address,
)

PAGE = 50
# Of an id that a bigint holds.
MOST_DIGITS = 19


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person. `address` is for the page to mask."""

    wallet: int
    test: bool
    address: str
    holdings: Holdings
    last_seen: datetime | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """One person at one brand. `earned` is what this brand has paid for events, in hundredths of RSNC."""

    wallet: int
    test: bool
    address: str
    claimed: bool
    holdings: Holdings
    earned: int
    first_seen: datetime
    last_seen: datetime


def members_page(
    *, brand_id: int, cursor: str | None = None, test: bool = False, limit: int = PAGE
) -> MembersPage:
    """Everybody with an event here, the newest people first. A broken cursor leads to the beginning."""
    before = id_cursor(cursor or "")
    found = holders(brand_id=brand_id, test=test, before=before, limit=limit + 1)
    shown = found[:limit]
    wallets = [wallet for _, wallet in shown]
    return MembersPage(
        member_rows(brand_id, wallets, test=test),
        str(shown[-1][0]) if len(found) > limit else None,
    )


def member_rows(brand_id: int, wallets: list[int], *, test: bool) -> list[MemberRow]:
    addresses = addresses_of(wallets)
    holdings = holdings_of(wallets, brand_id=brand_id)
    seen = last_seen(brand_id, wallets)
    return [
        MemberRow(each, test, addresses.get(each, ""), holdings[each], seen.get(each))
        for each in wallets
    ]


def last_seen(brand_id: int, wallets: Sequence[int]) -> dict[int, datetime]:
    """When each of these wallets had its last event here: one look into the index each, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, last.received_at FROM unnest(%s::bigint[]) w(id) CROSS JOIN LATERAL ("
            "SELECT e.received_at FROM events_event e WHERE e.wallet_id = w.id AND e.brand_id = %s "
            "ORDER BY e.received_at DESC LIMIT 1) last",
            [list(wallets), brand_id],
        )
        return dict(cursor.fetchall())


def find_member(
    *, brand_id: int, address: str = "", wallet: int | None = None, test: bool = False
) -> MemberRow | None:
    """The person with exactly this (normalised) address or this wallet, where there was an event here."""
    found = wallet_of_address(address=address, test=test) if wallet is None else wallet
    standing = None if found is None else standing_of(found)
    if found is None or standing is None or not is_known_here(brand_id, found):
        return None
    return member_rows(brand_id, [found], test=standing.test)[0]


def member_of(*, brand_id: int, wallet: int) -> MemberFacts | None:
    """One person; None where this brand has no event of theirs."""
    standing = standing_of(wallet)
    mine = Event.objects.filter(wallet_id=wallet, brand_id=brand_id)
    seen = mine.aggregate(first=Min("received_at"), last=Max("received_at"))
    if standing is None or seen["first"] is None:
        return None
    # Counted by day and rule already, so that nobody's thousands of events have to be read.
    paid = Usage.objects.filter(wallet_id=wallet, brand_id=brand_id, rule_id__gt=0)
    return MemberFacts(
        wallet=wallet,
        test=standing.test,
        address=addresses_of([wallet]).get(wallet, ""),
        claimed=standing.claimed,
        holdings=holdings_of([wallet], brand_id=brand_id)[wallet],
        earned=paid.aggregate(paid=Sum("amount", default=0))["paid"],
        first_seen=seen["first"],
        last_seen=seen["last"],
    )


def transfers_page(
    *, brand_id: int, wallet: int, before: str, after: str, limit: int
) -> Slice[TransferFacts]:
    """The person's movements here. A cursor that is none begins at the newest."""
    below, up = id_cursor(before), id_cursor(after)

    def read(**where: int | None) -> list[TransferFacts]:
        return transfers_of(wallet=wallet, brand_id=brand_id, limit=limit + 1, **where)

    def cursor(row: TransferFacts) -> str:
        return f"{row.id}"

    if up is not None and (found := read(after=up)):
        return above(found, limit=limit, cursor=cursor)
    return newest(read(before=below), limit=limit, cursor=cursor, begun=below is not None)


def id_cursor(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else None


def events_page(
    *, brand_id: int, wallet: int, before: str, after: str, limit: int
) -> Slice[LogRow]:
    """The person's events here. A cursor that is none begins at the newest."""
    mine = Event.objects.filter(wallet_id=wallet, brand_id=brand_id).select_related("detail")
    up, below = as_place(after), as_place(before)
    # The condition on the time alone lets the index begin there.
    if up:
        later = Q(received_at__gt=up.at) | Q(received_at=up.at, id__gt=up.event)
        rows = mine.filter(later, received_at__gte=up.at).order_by("received_at", "id")
        if found := list(rows[: limit + 1])[::-1]:
            return lines(above(found, limit=limit, cursor=cursor_at))
    if below:
        earlier = Q(received_at__lt=below.at) | Q(received_at=below.at, id__lt=below.event)
        mine = mine.filter(earlier, received_at__lte=below.at)
    found = list(mine.order_by("-received_at", "-id")[: limit + 1])
    return lines(newest(found, limit=limit, cursor=cursor_at, begun=below is not None))


def cursor_at(event: Event) -> str:
    return f"{Place(event.received_at, event.id)}"


def lines(part: Slice[Event]) -> Slice[LogRow]:
    return Slice([row_of(event) for event in part.rows], part.older, part.newer)


def wallet_facts(*, brand_id: int, address: str, test: bool = False) -> WalletFacts | None:
    """By (normalised) address, with the newest 50 transfers here, as `wallets/<email>` answers it."""
    wallet = wallet_of_address(address=address, test=test)
    if wallet is None or not is_known_here(brand_id, wallet):
        return None
    return WalletFacts(
        wallet,
        addresses_of([wallet]).get(wallet, ""),
        holdings_of([wallet], brand_id=brand_id)[wallet],
        transfers_of(wallet=wallet, brand_id=brand_id),
    )


def is_known_here(brand_id: int, wallet: int) -> bool:
    return Event.objects.filter(wallet_id=wallet, brand_id=brand_id).exists()
