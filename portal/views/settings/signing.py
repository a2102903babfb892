"""The signing secret: made, rotated with an overlap, ended. Shown in one answer and nowhere else."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from brands import services as brands
from brands.queries import signing_secrets_of
from brands.roles import Permission
from portal.snippets.signed import signed_call
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "keys"}
require_form = require_http_methods(["GET", "POST"])


@require_form
@never_cache
@needs(Permission.MANAGE_KEYS, step_up=True)
def add_signing_secret(request: BrandPageRequest) -> HttpResponse:
    """The first one. A form that is sent again finds that there is one."""
    now = timezone.now()
    if request.method == "POST":
        try:
            new = brands.create_signing_secret(brand=request.brand, by=request.user, now=now)
        except brands.SigningSecretExists as refused:
            return back(request, f"{refused}")
        return shown_once(request, new)
    context = {"secrets": signing_secrets_of(request.brand, now)}
    return render(request, "portal/settings/signing_new.html", WHERE | context)


@require_form
@never_cache
@needs(Permission.MANAGE_KEYS, step_up=True)
def rotate_signing_secret(request: BrandPageRequest) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        try:
            new = brands.rotate_signing_secret(brand=request.brand, by=request.user, now=now)
        except brands.RotationUnderWay:
            return back(request, "Two secrets are active already. End the older one first.")
        return shown_once(request, new)
    context = {
        "secrets": signing_secrets_of(request.brand, now),
        "until": now + brands.SIGNING_OVERLAP,
    }
    return render(request, "portal/settings/signing_rotate.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_KEYS, step_up=True)
def end_signing_secret(request: BrandPageRequest, secret_id: int) -> HttpResponse:
    row = get_object_or_404(request.brand.signing_secrets, pk=secret_id)
    now = timezone.now()
    if request.method == "POST":
        brands.end_signing_secret(row=row, by=request.user, now=now)
        messages.success(
            request, f"…{row.last_four} has ended: calls signed with it are refused from now on."
        )
        return redirect("portal:keys", brand_slug=request.brand.slug)
    others = [each for each in signing_secrets_of(request.brand, now) if each.pk != row.pk]
    context = {"secret": row, "others": others}
    return render(request, "portal/settings/signing_end.html", WHERE | context)


def shown_once(request: BrandPageRequest, new: brands.NewSigningSecret) -> HttpResponse:
    former = [
        each for each in signing_secrets_of(request.brand, timezone.now()) if each.pk != new.row.pk
    ]
    context = {"secret": new.secret, "former": former, "signed_call": signed_call(request.brand)}
    return render(request, "portal/settings/signing_made.html", WHERE | context)


def back(request: BrandPageRequest, why: str) -> HttpResponse:
    messages.warning(request, why)
    return redirect("portal:keys", brand_slug=request.brand.slug)
