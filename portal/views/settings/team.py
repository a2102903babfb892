"""Who works for the brand: roles, leaving, handing over. Everybody in the team may look."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from brands import services as brands
from brands.models import Membership, Role
from brands.queries import pending_invitations, team_of
from brands.roles import Permission, may
from brands.services.invitations import CLAIMED_FOR
from events import services as events
from portal.forms.team import RoleForm
from portal.live.names import of_member
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "team"}
# What a permission allows, as the table of roles says it.
WORDS = {
    Permission.VIEW: "See every page, people masked",
    Permission.SEND_TESTS: "Send test events",
    Permission.MANAGE_KEYS: "Make and end keys and signing secrets",
    Permission.MANAGE_DOMAINS: "Add and verify domains",
    Permission.MANAGE_WEBHOOKS: "Set up outgoing webhooks",
    Permission.MANAGE_EVENT_TYPES: "Decide what is paid",
    Permission.REVERSE_EVENTS: "Take rewards back",
    Permission.REVEAL_PEOPLE: "See whole addresses and payloads",
    Permission.ADJUST_MEMBERS: "Adjust balances by hand",
    Permission.VIEW_AUDIT: "Read the audit log",
    Permission.CHANGE_SETTINGS: "Change settings and limits",
    Permission.MANAGE_TEAM: "Invite, change roles, remove",
    Permission.SET_ADJUSTMENT_LIMIT: "Say how much one person may adjust alone",
}
require_form = require_http_methods(["GET", "POST"])


@dataclass(frozen=True, slots=True)
class Allowed:
    """One line of the table of roles."""

    what: str
    roles: list[tuple[str, bool]]


def table_of_roles() -> list[Allowed]:
    return [
        Allowed(WORDS[permission], [(role.label, may(role, permission)) for role in Role])
        for permission in Permission
    ]


@needs(Permission.VIEW)
@require_GET
def team(request: BrandPageRequest) -> HttpResponse:
    now = timezone.now()
    members = list(team_of(request.brand))
    context = {
        "members": members,
        "only_owner": sum(each.role == Role.OWNER for each in members) == 1,
        "pending": list(pending_invitations(request.brand)),
        "now": now,
        # Whoever has begun since then is still at it; before that it has failed.
        "sending_since": now - CLAIMED_FOR,
        "roles": Role,
        "table": table_of_roles(),
    }
    return render(request, "portal/settings/team.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_TEAM, step_up=True)
def change_role(request: BrandPageRequest, membership_id: int) -> HttpResponse:
    membership = one_of(request, membership_id)
    posted = request.POST if request.method == "POST" else None
    form = RoleForm(posted, initial={"role": membership.role})
    if form.is_valid():
        try:
            brands.change_role(
                membership=membership,
                role=form.cleaned_data["role"],
                by=request.user,
                now=timezone.now(),
            )
        except brands.NeedsAnOwner as refused:
            form.add_error("role", f"{refused}")
        else:
            said = f"{called(membership)} is {Role(membership.role).label.lower()} from now on."
            return back(request, said)
    context = {"membership": membership, "form": form}
    return render(request, "portal/settings/team_role.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_TEAM, step_up=True)
def remove_member(request: BrandPageRequest, membership_id: int) -> HttpResponse:
    membership = one_of(request, membership_id)
    if request.method == "POST":
        return remove(
            request,
            membership,
            f"{called(membership)} is out of the team. Revoke the keys that they may have kept.",
        )
    context = {"membership": membership, "alone": is_only_owner(membership)}
    return render(request, "portal/settings/team_remove.html", WHERE | context)


@require_form
@needs(Permission.VIEW, step_up=True)
def leave_team(request: BrandPageRequest) -> HttpResponse:
    if request.method == "POST":
        return remove(request, request.membership, f"You have left {request.brand.name}.")
    context = {"membership": request.membership, "alone": is_only_owner(request.membership)}
    return render(request, "portal/settings/team_leave.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_TEAM, step_up=True)
def transfer_ownership(request: BrandPageRequest, membership_id: int) -> HttpResponse:
    to = one_of(request, membership_id)
    if request.method == "POST":
        try:
            brands.transfer_ownership(
                owner=request.membership, to=to, by=request.user, now=timezone.now()
            )
        except brands.NotAnOwner as refused:
            messages.error(request, f"{refused}")
            return redirect("portal:team", brand_slug=request.brand.slug)
        return back(request, f"{called(to)} is owner from now on, and you are manager.")
    context = {"membership": to, "to_oneself": to.pk == request.membership.pk}
    return render(request, "portal/settings/team_transfer.html", WHERE | context)


def one_of(request: BrandPageRequest, membership_id: int) -> Membership:
    return get_object_or_404(team_of(request.brand), pk=membership_id)


def is_only_owner(membership: Membership) -> bool:
    others = Membership.objects.filter(brand=membership.brand_id, role=Role.OWNER)
    return membership.role == Role.OWNER and not others.exclude(pk=membership.pk).exists()


def remove(request: BrandPageRequest, membership: Membership, said: str) -> HttpResponse:
    """Out of the team, and to where whoever did it may still be."""
    try:
        brands.remove_member(membership=membership, by=request.user, now=timezone.now())
    except brands.NeedsAnOwner as refused:
        messages.error(request, f"{refused}")
        return redirect("portal:team", brand_slug=request.brand.slug)
    events.end_streams(of_member(request.brand.pk, membership.user_id))
    if membership.user_id == request.user.pk:
        messages.success(request, said)
        return redirect("brands")
    return back(request, said)


def called(membership: Membership) -> str:
    return membership.user.name or membership.user.email


def back(request: BrandPageRequest, said: str) -> HttpResponse:
    """To the team; to the overview for somebody who may not do more there, all the same."""
    messages.success(request, said)
    return redirect("portal:team", brand_slug=request.brand.slug)
