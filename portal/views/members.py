"""The people with an event at the brand, masked, and one of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from brands.roles import Permission
from events.queries.members import (
    MemberFacts,
    MemberRow,
    MembersPage,
    events_page,
    find_member,
    member_of,
    members_page,
    transfers_page,
)
from portal.forms.members import WALLET, FindMemberForm
from portal.views.access import BrandPageRequest, needs
from wallets import services as wallets
from wallets.queries import Holdings, count_waiting

PAGE = 50
# Of transfers, and of events, on a member's own page.
LAST = 10
CURSORS = ("transfers_before", "transfers_after", "events_before", "events_after")


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One person as the list shows them."""

    public_id: str
    address: str
    test: bool
    holdings: Holdings
    last_seen: datetime | None


@require_GET
@vary_on_headers("HX-Request")
def members(request: BrandPageRequest) -> HttpResponse:
    form = FindMemberForm(request.GET)
    searched = bool(request.GET.get("address"))
    cursor = request.GET.get("before")
    brand_id = request.brand.pk
    if searched:
        page = MembersPage(found(form, brand_id), None)
    else:
        page = members_page(brand_id=brand_id, cursor=cursor, test=form.test, limit=PAGE)
    context = {
        "room": "members",
        "form": form,
        "test": form.test,
        "query": urlencode({"world": "test"} if form.test else {}),
        "searched": searched,
        "cursor": cursor,
        "rows": [line(brand_id, row) for row in page.rows],
        "next": page.next,
    }
    template = "portal/members/list.html"
    if request.htmx:
        return render(request, f"{template}#members", context)
    context["waiting"] = count_waiting(brand_id=brand_id, now=timezone.now())
    return render(request, template, context)


def found(form: FindMemberForm, brand_id: int) -> list[MemberRow]:
    """The one person who is meant, or nobody. A wallet is of one world and found in it."""
    if not form.is_valid():
        return []
    typed: str = form.cleaned_data["address"]
    if typed.startswith(WALLET):
        wallet = wallets.wallet_behind(brand_id=brand_id, public_id=typed)
        row = None if wallet is None else find_member(brand_id=brand_id, wallet=wallet)
    else:
        row = find_member(brand_id=brand_id, address=typed, test=form.test)
    return [row] if row else []


def line(brand_id: int, row: MemberRow) -> MemberLine:
    name = wallets.public_wallet_id(brand_id=brand_id, wallet=row.wallet)
    return MemberLine(name, row.address, row.test, row.holdings, row.last_seen)


@require_GET
def member(request: BrandPageRequest, wallet_id: str) -> HttpResponse:
    facts = known(request, wallet_id)
    return render(request, "portal/members/member.html", of_one(request, wallet_id, facts))


@require_POST
@never_cache
@needs(Permission.REVEAL_PEOPLE)
def reveal_member(request: BrandPageRequest, wallet_id: str) -> HttpResponse:
    """The same page with the whole address on it, this once."""
    facts = known(request, wallet_id)
    address = wallets.reveal(
        brand=request.brand, wallet=facts.wallet, by=request.user, now=timezone.now()
    )
    context = of_one(request, wallet_id, facts) | {"revealed": address}
    return render(request, "portal/members/member.html", context)


def known(request: BrandPageRequest, wallet_id: str) -> MemberFacts:
    """The member that the brand names so. Raises Http404."""
    brand_id = request.brand.pk
    wallet = wallets.wallet_behind(brand_id=brand_id, public_id=wallet_id)
    facts = None if wallet is None else member_of(brand_id=brand_id, wallet=wallet)
    if facts is None:
        raise Http404
    return facts


def of_one(request: BrandPageRequest, wallet_id: str, facts: MemberFacts) -> dict[str, Any]:
    cursors = {name: request.GET.get(name, "") for name in CURSORS}
    of_wallet = {"brand_id": request.brand.pk, "wallet": facts.wallet, "limit": LAST}
    transfers = transfers_page(
        before=cursors["transfers_before"], after=cursors["transfers_after"], **of_wallet
    )
    events = events_page(
        before=cursors["events_before"], after=cursors["events_after"], **of_wallet
    )
    return {
        "room": "members",
        "public_id": wallet_id,
        "member": facts,
        "transfers": transfers,
        "events": events,
    }
