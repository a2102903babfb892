"""Where the link of an invitation leads: who invites to what, and the answer of whom it is for."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from brands.models import Invitation, Role
from brands.services import invitations
from portal.forms.team import ROLES
from portal.views.access import PageRequest

TEMPLATE = "portal/invitation.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.invitation_of(token)
    if found is None or not found.is_open(timezone.now()):
        return render(request, TEMPLATE, {"ended": found}, status=404 if found is None else 410)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return answered(cast("PageRequest", request), found)
    context: dict[str, Any] = {
        "invitation": found,
        "what": ROLES[Role(found.role)],
        "next": urlencode({"next": request.path}),
    }
    if request.user.is_authenticated:
        context["trouble"] = trouble(cast("PageRequest", request), found)
    return render(request, TEMPLATE, context)


def trouble(request: PageRequest, found: Invitation) -> str:
    """Why this person cannot answer it; nothing where they can."""
    try:
        invitations.check_person(found, request.user)
    except (invitations.AnotherAddress, invitations.AddressNotProved) as refused:
        return f"{refused}"
    return ""


def answered(request: PageRequest, found: Invitation) -> HttpResponse:
    now = timezone.now()
    try:
        if request.POST.get("answer") == "decline":
            invitations.decline(invitation=found, user=request.user, now=now)
            messages.success(
                request, f"You have declined. You are not in the team of {found.brand.name}."
            )
            return redirect("brands")
        invitations.accept(invitation=found, user=request.user, now=now)
    except (
        invitations.InvitationEnded,
        invitations.AnotherAddress,
        invitations.AddressNotProved,
    ) as refused:
        messages.error(request, f"{refused}")
        return redirect(request.path)
    messages.success(request, f"Welcome to the team of {found.brand.name}.")
    return redirect("portal:overview", brand_slug=found.brand.slug)
