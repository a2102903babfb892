"""Endpoints: listed, added, changed, switched, deleted, and their secrets."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from brands.models import WebhookEndpoint
from brands.roles import Permission
from brands.services import webhooks
from brands.webhook_queries import endpoints_with_health
from portal.forms.webhooks import EndpointForm
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "webhooks"}
require_form = require_http_methods(["GET", "POST"])


@needs(Permission.MANAGE_WEBHOOKS)
@require_GET
def webhooks_page(request: BrandPageRequest) -> HttpResponse:
    rows = endpoints_with_health(request.brand.webhook_endpoints.order_by("pk"))
    return render(request, "portal/webhooks/list.html", WHERE | {"rows": rows})


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def add_webhook(request: BrandPageRequest) -> HttpResponse:
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = webhooks.add_endpoint(
                brand=request.brand, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except webhooks.InvalidEndpoint as refused:
            form.add_error(refused.field, f"{refused}")
        except webhooks.EndpointListed as refused:
            form.add_error("url", f"{refused}")
        except webhooks.TooManyEndpoints as refused:
            form.add_error(None, f"{refused}")
        else:
            messages.success(request, "Added. It is told what happens from now on.")
            return to(made.endpoint, request)
    return render(request, "portal/webhooks/new.html", WHERE | {"form": form})


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def edit_webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_of(request, endpoint_id)
    initial = {"url": endpoint.url, "kinds": endpoint.kinds, "tests": endpoint.tests}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            webhooks.change_endpoint(
                endpoint=endpoint, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except webhooks.InvalidEndpoint as refused:
            form.add_error(refused.field, f"{refused}")
        except webhooks.EndpointListed as refused:
            form.add_error("url", f"{refused}")
        else:
            messages.success(request, "Saved. It holds from the next message on.")
            return to(endpoint, request)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "portal/webhooks/edit.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def switch_webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """Ask, then do. The form says which way, so that two people do not undo each other."""
    endpoint = endpoint_of(request, endpoint_id)
    if request.method == "POST":
        now = timezone.now()
        if request.POST.get("on") == "1":
            webhooks.enable_endpoint(endpoint=endpoint, by=request.user, now=now)
            messages.success(request, "Switched on. It is told what happens from now on.")
        else:
            because = WebhookEndpoint.Disabled.BY_HAND
            webhooks.disable_endpoint(endpoint=endpoint, because=because, by=request.user, now=now)
            messages.success(request, "Switched off. Nothing is sent to it any more.")
        return to(endpoint, request)
    return ask(request, "portal/webhooks/switch.html", endpoint)


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def delete_webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_of(request, endpoint_id)
    if request.method == "POST":
        webhooks.delete_endpoint(endpoint=endpoint, by=request.user, now=timezone.now())
        messages.success(request, "Deleted, with everything that was kept of it.")
        return redirect("portal:webhooks", brand_slug=request.brand.slug)
    return ask(request, "portal/webhooks/delete.html", endpoint)


@require_form
@never_cache
@needs(Permission.MANAGE_WEBHOOKS, step_up=True)
def webhook_secret(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """What verifies our signatures: shown, or rotated and shown, in the answer to a form."""
    endpoint = endpoint_of(request, endpoint_id)
    now = timezone.now()
    context: dict[str, Any] = {"endpoint": endpoint, "overlap": now + webhooks.OVERLAP}
    if request.method == "POST" and request.POST.get("action") == "rotate":
        try:
            context["secret"] = webhooks.rotate_secret(endpoint=endpoint, by=request.user, now=now)
        except webhooks.SecretRotating:
            messages.warning(request, "Two secrets sign already. A third has to wait.")
    elif request.method == "POST":
        context["secret"] = webhooks.reveal_secret(endpoint=endpoint, by=request.user, now=now)
    until = endpoint.former_until
    context["former_until"] = until if until and until > now else None
    return render(request, "portal/webhooks/secret.html", WHERE | context)


def endpoint_of(request: BrandPageRequest, endpoint_id: int) -> WebhookEndpoint:
    """The brand's own; another brand's is not there."""
    own = WebhookEndpoint.objects.filter(brand=request.brand).select_related("brand")
    return get_object_or_404(own, pk=endpoint_id)


def ask(request: BrandPageRequest, template: str, endpoint: WebhookEndpoint) -> HttpResponse:
    """htmx shows the question in a dialog; without it, it is a page."""
    name = f"{template}#question" if request.htmx else template
    return render(request, name, WHERE | {"endpoint": endpoint})


def to(endpoint: WebhookEndpoint, request: BrandPageRequest) -> HttpResponse:
    return redirect("portal:webhook", brand_slug=request.brand.slug, endpoint_id=endpoint.pk)
