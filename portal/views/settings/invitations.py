"""Asking people into the team, from inside: invite, send again, take back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from brands import services as brands
from brands.models import Invitation
from brands.queries import pending_invitations
from brands.roles import Permission
from brands.services import invitations
from brands.tasks import send_invitation
from portal import jobs
from portal.forms.team import InviteForm
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "team"}
require_form = require_http_methods(["GET", "POST"])


@require_form
@needs(Permission.MANAGE_TEAM, step_up=True)
def invite(request: BrandPageRequest) -> HttpResponse:
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            invitation = invitations.invite(
                brand=request.brand,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                by=request.user,
                now=timezone.now(),
            )
        except (
            brands.InvalidEmail,
            brands.AlreadyInTeam,
            invitations.AlreadyInvited,
            invitations.TooManyInvitations,
        ) as refused:
            form.add_error("email", f"{refused}")
        else:
            return sending(request, invitation)
    return render(request, "portal/settings/invite.html", WHERE | {"form": form})


@require_POST
@needs(Permission.MANAGE_TEAM, step_up=True)
def resend_invitation(request: BrandPageRequest, invitation_id: int) -> HttpResponse:
    invitation = pending(request, invitation_id)
    try:
        invitations.resend(invitation=invitation, by=request.user, now=timezone.now())
    except (invitations.InvitationEnded, invitations.TooManyInvitations) as refused:
        messages.error(request, f"{refused}")
        return redirect("portal:team", brand_slug=request.brand.slug)
    return sending(request, invitation)


@require_form
@needs(Permission.MANAGE_TEAM, step_up=True)
def withdraw_invitation(request: BrandPageRequest, invitation_id: int) -> HttpResponse:
    invitation = pending(request, invitation_id)
    if request.method == "POST":
        try:
            invitations.withdraw(invitation=invitation, by=request.user, now=timezone.now())
        except invitations.InvitationEnded as refused:
            messages.error(request, f"{refused}")
        else:
            messages.success(
                request, f"The invitation to {invitation.address} is withdrawn: its link is dead."
            )
        return redirect("portal:team", brand_slug=request.brand.slug)
    return render(
        request, "portal/settings/invitation_withdraw.html", WHERE | {"invitation": invitation}
    )


def pending(request: BrandPageRequest, invitation_id: int) -> Invitation:
    return get_object_or_404(pending_invitations(request.brand), pk=invitation_id)


def sending(request: BrandPageRequest, invitation: Invitation) -> HttpResponse:
    """Hand the e-mail to the worker. The list says whether it has gone out."""
    jobs.begin(send_invitation, invitation_id=invitation.pk)
    messages.success(request, f"The invitation to {invitation.address} is on its way.")
    return redirect("portal:team", brand_slug=request.brand.slug)
