"""The hosts that the brand speaks from: listed, verified, removed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from brands import outgoing
from brands import services as brands
from brands.http.limits import Limit, limiter
from brands.http.problems import Problem
from brands.models import Brand, Domain
from brands.roles import Permission
from portal.forms.brand_settings import DomainForm
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "domains"}
WAYS: dict[str, Callable[..., None]] = {"dns": brands.verify_by_dns, "file": brands.verify_by_file}
ATTEMPTS_A_MINUTE = 10
require_form = require_http_methods(["GET", "POST"])


@require_form
@needs(Permission.MANAGE_DOMAINS)
def domains(request: BrandPageRequest) -> HttpResponse:
    """The list, and a form that adds to it."""
    form = DomainForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = brands.add_domain(
                brand=request.brand,
                entry=form.cleaned_data["entry"],
                by=request.user,
                now=timezone.now(),
            )
        except brands.DomainListed as refused:
            form.add_error("entry", f"{refused}")
        else:
            messages.success(request, f"{entry_of(added)} is in the list and counts from now on.")
            return redirect("portal:domain", brand_slug=request.brand.slug, domain_id=added.pk)
    rows = request.brand.domains.order_by("host", "subdomains")
    context = {
        "form": form,
        "rows": [(row, entry_of(row), brands.can_be_verified(row)) for row in rows],
    }
    return render(request, "portal/settings/domains.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_DOMAINS)
def domain(request: BrandPageRequest, domain_id: int) -> HttpResponse:
    """How to prove that it is the brand's own; a POST looks whether the proof is there."""
    row = get_object_or_404(request.brand.domains, pk=domain_id)
    trouble = look(request, row) if request.method == "POST" else ""
    if request.method == "POST" and not trouble and not request.htmx:
        messages.success(request, f"{entry_of(row)} is verified.")
        return redirect("portal:domain", brand_slug=request.brand.slug, domain_id=row.pk)
    name, text = brands.verification_record(row)
    context = {
        "domain": row,
        "entry": entry_of(row),
        "can_be_verified": brands.can_be_verified(row),
        "record_name": name,
        "record_text": text,
        "file_url": brands.verification_url(row),
        "token": brands.verification_token(row),
        "way": request.POST.get("way"),
        "trouble": trouble,
    }
    template = "portal/settings/domain.html"
    fragment = request.htmx and request.method == "POST"
    return render(request, f"{template}#proof" if fragment else template, WHERE | context)


def look(request: BrandPageRequest, row: Domain) -> str:
    """Look for the proof. What stands in the way, in a sentence; empty where it is verified."""
    verify = WAYS.get(request.POST.get("way", ""))
    if verify is None:
        return "Choose how to verify: by DNS or by a file."
    if row.verified_at:
        return ""
    try:
        count_attempt(request.brand)
        with outgoing.turn():
            verify(domain=row, by=request.user, now=timezone.now())
    except (brands.NotVerified, brands.CannotLook, brands.DomainTaken) as refused:
        return f"{refused}"
    except outgoing.NoTurn:
        return "Others are being looked at just now. Try again in a moment."
    except Problem:
        return f"At most {ATTEMPTS_A_MINUTE} attempts a minute. Wait a moment, then try again."
    return ""


def count_attempt(brand: Brand) -> None:
    """Raises Problem: we ask servers of strangers, and not as often as somebody can click."""
    limiter().take([Limit("verification", (f"{brand.pk}",), ATTEMPTS_A_MINUTE)])


@require_form
@needs(Permission.MANAGE_DOMAINS)
def remove_domain(request: BrandPageRequest, domain_id: int) -> HttpResponse:
    """Ask, then do. htmx shows the question in a dialog; without it, it is a page."""
    row = get_object_or_404(request.brand.domains, pk=domain_id)
    if request.method == "POST":
        brands.remove_domain(domain=row, by=request.user, now=timezone.now())
        messages.success(request, f"{entry_of(row)} is removed. Open calls from it are refused.")
        return redirect("portal:domains", brand_slug=request.brand.slug)
    others = request.brand.domains.exclude(pk=row.pk).exists()
    template = "portal/settings/domain_remove.html"
    context = {"domain": row, "entry": entry_of(row), "last": not others}
    return render(request, f"{template}#question" if request.htmx else template, WHERE | context)


def entry_of(row: Domain) -> str:
    return brands.shown_entry(row.host, subdomains=row.subdomains)
