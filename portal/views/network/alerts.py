"""Alerts of all brands, from when on they go off, and the operator's own webhook."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from analytics.models import OperatorHook
from analytics.queries.alert_limits import FIRST, network_limits
from analytics.queries.alerts import alert_page
from analytics.services import alert_limits, operator_hook
from analytics.tasks import ping_operator_hook
from brands.services import webhooks
from portal import jobs
from portal.forms.network import AlertLimitsForm, HookForm
from portal.forms.positions import position
from portal.views.access import PageRequest
from portal.views.network.access import for_staff, show

NOTED = 8
require_form = require_http_methods(["GET", "POST"])


@for_staff
@require_form
def alerts(request: PageRequest) -> HttpResponse:
    """Everything about alerts; a form sets the network's limits."""
    form = AlertLimitsForm(request.POST if request.method == "POST" else None, initial=initial())
    if form.is_valid():
        try:
            changed = alert_limits.set_network_limits(
                by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except alert_limits.InvalidLimits as refused:
            form.add_error(refused.field, f"{refused}")
        else:
            said = "Saved. It holds from the next minute on." if changed else "Nothing has changed."
            messages.success(request, said)
            return redirect("network:alerts")
    return page(request, form=form)


def initial() -> dict[str, Any]:
    limits = network_limits()
    return {name: getattr(limits, name) for name in (*FIRST, "mail")}


def page(request: PageRequest, **more: Any) -> HttpResponse:
    hook = OperatorHook.objects.first()
    context = {
        "page": alert_page(brand_id=None, before=position(request.GET.get("before"))),
        "form": AlertLimitsForm(initial=initial()),
        "hook": hook,
        "hook_form": HookForm(initial={"url": hook.url if hook else ""}),
        "noted": LogEntry.objects.filter(
            content_type__app_label="analytics",
            content_type__model__in=["alertlimits", "operatorhook"],
        ).select_related("user")[:NOTED],
    }
    return show(request, "portal/network/alerts.html", "alerts", {**context, **more})


@for_staff
@never_cache
@require_POST
def set_hook(request: PageRequest) -> HttpResponse:
    """The address, a hello to it, or its secret, as the button says."""
    now, action = timezone.now(), request.POST.get("action")
    if action == "ping":
        jobs.begin(ping_operator_hook)
        messages.success(
            request, "A ping is on its way. Load the page again to see what came back."
        )
        return redirect("network:alerts")
    if action == "show":
        return page(request, secret=operator_hook.reveal_operator_secret(by=request.user, now=now))
    if action == "rotate":
        return page(request, secret=operator_hook.rotate_operator_secret(by=request.user, now=now))
    form = HookForm(request.POST)
    if form.is_valid():
        try:
            operator_hook.set_operator_hook(url=form.cleaned_data["url"], by=request.user, now=now)
        except webhooks.InvalidEndpoint as refused:
            form.add_error("url", f"{refused}")
        else:
            messages.success(request, "Saved. It is told of alerts from now on.")
            return redirect("network:alerts")
    return page(request, hook_form=form)


@for_staff
@require_form
def remove_hook(request: PageRequest) -> HttpResponse:
    """Ask, then do."""
    if request.method == "POST":
        operator_hook.remove_operator_hook(by=request.user, now=timezone.now())
        messages.success(request, "Removed. No address is told of alerts any more.")
        return redirect("network:alerts")
    return show(request, "portal/network/remove_hook.html", "alerts", {})
