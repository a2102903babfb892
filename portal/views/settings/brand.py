"""What the brand is called, where its day begins, and its logo."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from brands import services as brands
from brands.queries import logo_png
from brands.roles import Permission, may
from portal.forms.brand_settings import BrandForm, LogoForm
from portal.views.access import BrandPageRequest, needs
from portal.views.settings.changing import Attempt, save

WHERE: dict[str, Any] = {"room": "settings", "tab": "settings"}
require_form = require_http_methods(["GET", "POST"])


@require_form
@needs(Permission.VIEW)
def settings(request: BrandPageRequest) -> HttpResponse:
    """Everybody may look; CHANGE_SETTINGS may change."""
    may_change = may(request.membership.role, Permission.CHANGE_SETTINGS)
    attempt = Attempt(BrandForm(initial=shown(request)))
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        attempt = save(request, BrandForm(request.POST, initial=shown(request)))
        if attempt.changed is not None:
            say(request, attempt.changed)
            return redirect("portal:settings", brand_slug=request.brand.slug)
    return page(request, attempt, LogoForm())


def shown(request: BrandPageRequest) -> dict[str, Any]:
    return model_to_dict(request.brand, fields=BrandForm.base_fields)


def page(request: BrandPageRequest, attempt: Attempt[BrandForm], logo: LogoForm) -> HttpResponse:
    context = {"form": attempt.form, "newer": attempt.newer, "logo_form": logo}
    return render(request, "portal/settings/brand.html", WHERE | context)


def say(request: BrandPageRequest, changed: list[str]) -> None:
    if not changed:
        messages.info(request, "Nothing has changed.")
        return
    messages.success(request, "Saved.")
    if "slug" in changed:
        messages.warning(
            request,
            f"These pages are at /b/{request.brand.slug}/ now. Tell your team: former links to them "
            "lead nowhere.",
        )


@require_POST
@needs(Permission.CHANGE_SETTINGS)
def change_logo(request: BrandPageRequest) -> HttpResponse:
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            brands.set_logo(
                brand=request.brand,
                file=form.cleaned_data["file"],
                by=request.user,
                now=timezone.now(),
            )
        except brands.InvalidLogo as refused:
            form.add_error("file", f"{refused}")
        else:
            messages.success(request, "The logo is shown from now on.")
            return redirect("portal:settings", brand_slug=request.brand.slug)
    return page(request, Attempt(BrandForm(initial=shown(request))), form)


@require_form
@needs(Permission.CHANGE_SETTINGS)
def remove_logo(request: BrandPageRequest) -> HttpResponse:
    """Ask, then do. htmx shows the question in a dialog; without it, it is a page."""
    if request.method == "POST":
        brands.remove_logo(brand=request.brand, by=request.user, now=timezone.now())
        messages.success(request, "The logo is removed.")
        return redirect("portal:settings", brand_slug=request.brand.slug)
    template = "portal/settings/logo_remove.html"
    return render(request, f"{template}#question" if request.htmx else template, WHERE)


@require_GET
@login_not_required
def logo(_request: HttpRequest, digest: str) -> HttpResponse:
    """For everybody: a brand shows its logo to whom it wants to reach. The address is the content's."""
    png = logo_png(digest)
    if png is None:
        raise Http404
    return HttpResponse(
        png,
        content_type="image/png",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
