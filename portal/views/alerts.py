"""A brand's alerts, and from when on they go off."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from analytics.models import Alert
from analytics.queries.alert_limits import FIRST, network_limits, own_limits
from analytics.queries.alerts import alert_page
from analytics.services import alert_limits
from brands.models import Brand
from brands.roles import Permission, may
from events.models import Status
from portal.forms.network import AlertLimitsForm
from portal.forms.positions import position
from portal.views.access import BrandPageRequest, needs

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """An alert, and the events behind it in the log."""

    alert: Alert
    log: str


@needs(Permission.VIEW)
@require_GET
def alerts(request: BrandPageRequest) -> HttpResponse:
    page = alert_page(brand_id=request.brand.pk, before=position(request.GET.get("before")))
    context = {
        "room": "alerts",
        "open": [Listed(each, in_log(request.brand, each)) for each in page.open],
        "over": [Listed(each, in_log(request.brand, each)) for each in page.over],
        "next": page.next,
    }
    return render(request, "portal/alerts/list.html", context)


def in_log(brand: Brand, alert: Alert) -> str:
    """From an hour before it began until it was over."""
    until = alert.over_at + MINUTE
    chosen = {
        "event_type": alert.event_type.key if alert.event_type else "",
        "status": Status.REWARDED.value if alert.kind == Alert.Kind.PAY else "",
        "since": f"{(alert.opened_at - HOUR).astimezone(brand.zone):%Y-%m-%dT%H:%M}",
        "until": f"{until.astimezone(brand.zone):%Y-%m-%dT%H:%M}",
    }
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{reverse('portal:log', args=[brand.slug])}?{query}"


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def alert_settings(request: BrandPageRequest) -> HttpResponse:
    """Everybody may look; CHANGE_SETTINGS may change."""
    own, network = own_limits(request.brand.pk), network_limits()
    now_set: dict[str, Any] = {name: getattr(own, name, None) for name in FIRST}
    now_set["mail"] = own.mail if own else True
    sent = request.POST if request.method == "POST" else None
    if sent is not None and not may(request.membership.role, Permission.CHANGE_SETTINGS):
        raise PermissionDenied
    form = AlertLimitsForm(sent, initial=now_set, network=network)
    if form.is_valid():
        try:
            changed = alert_limits.set_brand_limits(
                brand=request.brand, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except alert_limits.InvalidLimits as refused:
            form.add_error(refused.field, f"{refused}")
        else:
            said = "Saved. It holds from the next minute on." if changed else "Nothing has changed."
            messages.success(request, said)
            return redirect("portal:alert-settings", brand_slug=request.brand.slug)
    rest = {name: getattr(network, name) for name in FIRST}
    held = rest | {name: value for name, value in now_set.items() if value is not None}
    context = {"room": "settings", "tab": "alert-settings", "form": form, "held": held}
    return render(request, "portal/alerts/settings.html", context)
