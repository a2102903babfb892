"""Adding to a balance and taking from it by hand, and consenting to what another person proposes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from brands import services as brands
from brands.roles import Permission
from events.queries.members import id_cursor
from portal.forms.members import AdjustForm, AdjustmentLimitForm
from portal.views.access import BrandPageRequest, needs
from portal.views.members import known
from portal.wording import rsnc
from wallets import services as wallets
from wallets.queries import (
    AdjustmentFacts,
    addresses_of,
    adjustment_of,
    adjustments_over,
    adjustments_waiting,
    issued_here,
)

ROOM: dict[str, Any] = {"room": "members"}
PAGE = 50
MOST_WAITING = 100
require_form = require_http_methods(["GET", "POST"])


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """One adjustment as the pages show it."""

    facts: AdjustmentFacts
    state: str
    public_id: str
    address: str


@require_form
@needs(Permission.ADJUST_MEMBERS, step_up=True)
def adjust_member(request: BrandPageRequest, wallet_id: str) -> HttpResponse:
    """Ask for it, then show what it will do, then do it."""
    member = known(request, wallet_id)
    form = AdjustForm(request.POST if request.method == "POST" else None)
    context = {**ROOM, "public_id": wallet_id, "member": member, "form": form}
    template = "portal/members/adjust.html"
    if "confirmed" in request.POST and form.is_valid():
        if made := adjusted(request, form, member.wallet):
            messages.success(request, said(made))
            return redirect("portal:member", request.brand.slug, wallet_id)
    elif "change" not in request.POST and form.is_valid():
        context |= preview(request, form, member.wallet)
        if context["after"] < 0:
            form.add_error("amount", too_much(context["before"]))
        else:
            template = "portal/members/adjust_confirm.html"
    return render(request, template, context)


def adjusted(request: BrandPageRequest, form: AdjustForm, wallet: int) -> AdjustmentFacts | None:
    """What came of it, or None with the form saying what is wrong."""
    try:
        return wallets.adjust(
            brand=request.brand,
            wallet=wallet,
            amount=form.moved(),
            reason=form.cleaned_data["reason"],
            token=form.cleaned_data["token"],
            by=request.user,
            now=timezone.now(),
        )
    except wallets.InvalidAdjustment as refused:
        form.add_error(None, refused)
    except wallets.NotEnough as refused:
        form.add_error("amount", too_much(refused.left))
    except wallets.TokenReused:
        form.add_error(
            None,
            "This form was sent before, with something else in it. Look at the member's transfers, "
            "and open a new form if something is missing there.",
        )
    return None


def preview(request: BrandPageRequest, form: AdjustForm, wallet: int) -> dict[str, Any]:
    """What would come of a form that is valid."""
    before, moved = issued_here(wallet=wallet, brand_id=request.brand.pk), form.moved()
    return {
        "moved": moved,
        "before": before,
        "after": before + moved,
        "two": wallets.needs_second_person(
            brand=request.brand, wallet=wallet, amount=moved, by=request.user, now=timezone.now()
        ),
    }


def too_much(left: int) -> str:
    return f"{rsnc(left)} RSNC of what you issued are left, and no more can be taken."


def said(made: AdjustmentFacts) -> str:
    verb, amount = ("Add", "added") if made.amount > 0 else ("Take", "taken")
    size = f"{rsnc(abs(made.amount))} RSNC"
    if made.status == "posted":
        return f"{size} {amount}."
    return f"Proposed: {verb.lower()} {size}. Another person of your team has seven days to approve it."


@require_GET
def adjustments(request: BrandPageRequest) -> HttpResponse:
    now, brand_id = timezone.now(), request.brand.pk
    cursor = id_cursor(request.GET.get("before", ""))
    waiting = adjustments_waiting(brand_id=brand_id, now=now, limit=MOST_WAITING)
    over = adjustments_over(brand_id=brand_id, now=now, before=cursor, limit=PAGE + 1)
    shown = lines(brand_id, [*waiting, *over[:PAGE]], now)
    context = {
        **ROOM,
        "waiting": shown[: len(waiting)],
        "over": shown[len(waiting) :],
        "cursor": cursor,
        "next": over[PAGE - 1].id if len(over) > PAGE else None,
        "limit": request.brand.adjustment_limit,
    }
    return render(request, "portal/members/adjustments.html", context)


def lines(brand_id: int, found: list[AdjustmentFacts], now: datetime) -> list[AdjustmentLine]:
    addresses = addresses_of({each.wallet for each in found})
    return [
        AdjustmentLine(
            each,
            each.state(now),
            wallets.public_wallet_id(brand_id=brand_id, wallet=each.wallet),
            addresses.get(each.wallet, ""),
        )
        for each in found
    ]


@require_GET
def adjustment(request: BrandPageRequest, adjustment_id: int) -> HttpResponse:
    return render(request, "portal/members/adjustment.html", of_one(request, adjustment_id))


@require_form
@needs(Permission.ADJUST_MEMBERS, step_up=True)
def decide_adjustment(request: BrandPageRequest, adjustment_id: int) -> HttpResponse:
    """The same page, for the second person to approve or refuse."""
    context = of_one(request, adjustment_id)
    if request.method == "POST":
        refused = decided(request, adjustment_id)
        if not refused:
            return redirect("portal:adjustment", request.brand.slug, adjustment_id)
        context = of_one(request, adjustment_id) | {"refused": refused}
    return render(request, "portal/members/adjustment.html", context | {"deciding": True})


def decided(request: BrandPageRequest, adjustment_id: int) -> str:
    """Do what was chosen. What stood in the way, in a sentence, or nothing."""
    acts = {"approve": wallets.approve_adjustment, "refuse": wallets.refuse_adjustment}
    act = acts.get(request.POST.get("decision", ""))
    if act is None:
        return "Choose whether to approve or to refuse."
    try:
        made = act(
            brand=request.brand, adjustment=adjustment_id, by=request.user, now=timezone.now()
        )
    except wallets.OwnAdjustment:
        return "You have proposed this yourself, so somebody else decides."
    except wallets.AdjustmentDecided:
        return "It was decided already, and nothing has changed now."
    except wallets.AdjustmentExpired:
        return "Nobody decided within seven days. It can be proposed anew."
    except wallets.NotEnough as refused:
        return f"It cannot be approved any more: {too_much(refused.left)}"
    posted = made.status == "posted"
    messages.success(
        request, f"Approved. {said(made)}" if posted else "Refused. Nothing has moved."
    )
    return ""


def of_one(request: BrandPageRequest, adjustment_id: int) -> dict[str, Any]:
    brand_id = request.brand.pk
    facts = adjustment_of(brand_id=brand_id, adjustment=adjustment_id)
    if facts is None:
        raise Http404
    (line,) = lines(brand_id, [facts], timezone.now())
    before = issued_here(wallet=facts.wallet, brand_id=brand_id)
    return {
        **ROOM,
        "line": line,
        "own": facts.proposed_by_id == request.user.pk,
        "before": before,
        "after": before + facts.amount,
    }


@require_form
@needs(Permission.SET_ADJUSTMENT_LIMIT, step_up=True)
def adjustment_limit(request: BrandPageRequest) -> HttpResponse:
    """How much one person may move alone."""
    limit = request.brand.adjustment_limit
    initial = {"adjustment_limit": limit, "seen": limit}
    form = AdjustmentLimitForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            brands.change_brand(
                brand=request.brand,
                by=request.user,
                now=timezone.now(),
                seen={"adjustment_limit": form.cleaned_data["seen"]},
                adjustment_limit=form.cleaned_data["adjustment_limit"],
            )
        except brands.SettingsChanged as refused:
            newer = rsnc(refused.now["adjustment_limit"])
            form.add_error(
                "adjustment_limit", f"Somebody has just set it to {newer}. Load the page again."
            )
        else:
            messages.success(request, f"The limit is {rsnc(request.brand.adjustment_limit)} RSNC.")
            return redirect("portal:adjustments", request.brand.slug)
    return render(request, "portal/members/adjustment_limit.html", {**ROOM, "form": form})
