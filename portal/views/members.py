"""The people who earned at the brand, masked, and one of them."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from events.queries.log import events_of_wallet
from events.queries.members import MembersPage, find_member, member_of, members_page
from portal.forms.filters import FindMemberForm
from portal.views.access import BrandPageRequest
from wallets.queries import Holdings
from wallets.services import public_wallet_id, wallet_behind

PAGE = 50
LAST = 20


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One person as the list shows them."""

    public_id: str
    address: str
    holdings: Holdings


@require_GET
def members(request: BrandPageRequest) -> HttpResponse:
    form = FindMemberForm(request.GET)
    searched = bool(request.GET.get("address"))
    cursor = request.GET.get("before")
    brand_id = request.brand.pk
    if searched:
        found = (
            find_member(brand_id=brand_id, address=form.cleaned_data["address"])
            if form.is_valid()
            else None
        )
        page = MembersPage([found] if found else [], None)
    else:
        page = members_page(brand_id=brand_id, cursor=cursor, limit=PAGE)
    rows = [
        MemberLine(
            public_wallet_id(brand_id=brand_id, wallet=row.wallet), row.address, row.holdings
        )
        for row in page.rows
    ]
    context = {
        "room": "members",
        "form": form,
        "searched": searched,
        "cursor": cursor,
        "rows": rows,
        "next": page.next,
    }
    return render(request, "portal/members/list.html", context)


@require_GET
def member(request: BrandPageRequest, wallet_id: str) -> HttpResponse:
    brand_id = request.brand.pk
    wallet = wallet_behind(brand_id=brand_id, public_id=wallet_id)
    facts = None if wallet is None else member_of(brand_id=brand_id, wallet=wallet)
    if facts is None:
        raise Http404
    context = {
        "room": "members",
        "public_id": wallet_id,
        "member": facts,
        "events": events_of_wallet(brand_id=brand_id, wallet=facts.wallet, limit=LAST),
    }
    return render(request, "portal/members/member.html", context)
