"""What was sent to an endpoint: listed, looked at, sent again; and a ping."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from brands.models import PING, WebhookAttempt, WebhookDelivery
from brands.roles import Permission
from brands.services import webhooks
from brands.tasks import enqueue
from brands.webhook_queries import (
    FILTERS,
    delivery_page,
    endpoints_with_health,
    replay_progress,
)
from events.personal import masked, masked_text
from portal.forms.webhooks import SinceForm
from portal.views.access import BrandPageRequest, needs
from portal.views.webhooks.endpoints import WHERE, endpoint_of, to
from portal.wording import pretty

PAGE = 25
MOST_ID = 2**63 - 1
DAY = timedelta(days=1)
# An attempt takes 15 seconds at most. Whoever still looks then loads the page again.
SECONDS_TO_WATCH = 40
# A replay is watched for longer, at a slower pace.
LOOKS_AT_A_REPLAY = 300
require_form = require_http_methods(["GET", "POST"])


@needs(Permission.MANAGE_WEBHOOKS)
@require_GET
def webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """An endpoint: how it does, and the last deliveries."""
    endpoint = endpoint_of(request, endpoint_id)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all"
    before = number(request.GET.get("before"))
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "health": endpoints_with_health([endpoint])[0],
        "chosen": chosen,
        "cursor": before,
        "page": delivery_page(endpoint=endpoint, chosen=chosen, before=before, limit=PAGE),
        "now": timezone.now(),
    }
    return render(
        request, "portal/webhooks/endpoint.html", WHERE | context | progress(request, endpoint_id)
    )


@needs(Permission.MANAGE_WEBHOOKS)
@require_GET
def webhook_progress(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """How far the replay is: a part of the endpoint's page."""
    return render(request, "portal/webhooks/progress.html", progress(request, endpoint_id))


def progress(request: BrandPageRequest, endpoint_id: int) -> dict[str, Any]:
    endpoint = endpoint_of(request, endpoint_id)
    now = timezone.now()
    lately = endpoint.replayed_at is not None and now - endpoint.replayed_at < DAY
    found = replay_progress(endpoint) if lately else None
    looks = number(request.GET.get("looks")) or 0
    watching = found is not None and found.left and not endpoint.disabled_at
    again = reverse("portal:webhook-progress", args=[request.brand.slug, endpoint.pk])
    return {
        "endpoint": endpoint,
        "progress": found,
        "again": f"{again}?looks={looks + 1}" if watching and looks < LOOKS_AT_A_REPLAY else None,
    }


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def ping_webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """Send a ping, and go where its result appears."""
    endpoint = endpoint_of(request, endpoint_id)
    if request.method == "POST":
        handed = webhooks.ping(endpoint=endpoint, now=timezone.now())
        enqueue([handed])
        return to_delivery(request, endpoint_id, handed.delivery_id)
    return render(request, "portal/webhooks/ping.html", WHERE | {"endpoint": endpoint})


@needs(Permission.MANAGE_WEBHOOKS)
@require_GET
@never_cache
def webhook_delivery(request: BrandPageRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """One message to one endpoint, with each attempt as it was made. People are masked, as in the log."""
    delivery = delivery_of(request, endpoint_id, delivery_id)
    now = timezone.now()
    looks = number(request.GET.get("looks")) or 0
    here = reverse("portal:webhook-delivery", args=[request.brand.slug, endpoint_id, delivery_id])
    context = {
        "endpoint": delivery.endpoint,
        "delivery": delivery,
        "attempts": attempts_of(delivery),
        "body": pretty(masked(json.loads(delivery.message.payload))),
        "under_way": under_way(delivery, now),
        "again": f"{here}?looks={looks + 1}",
        "weary": looks >= SECONDS_TO_WATCH,
        "now": now,
    }
    template = "portal/webhooks/delivery.html"
    return render(request, f"{template}#result" if request.htmx else template, WHERE | context)


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def resend_webhook(request: BrandPageRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    delivery = delivery_of(request, endpoint_id, delivery_id)
    if request.method == "POST":
        now = timezone.now()
        try:
            handed = webhooks.resend(delivery=delivery, by=request.user, now=now)
        except webhooks.AlreadyWaiting as refused:
            messages.info(request, f"{refused}")
        else:
            enqueue([handed])
        return to_delivery(request, endpoint_id, delivery_id)
    context = {"endpoint": delivery.endpoint, "delivery": delivery}
    return render(request, "portal/webhooks/resend.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_WEBHOOKS)
def replay_webhook(request: BrandPageRequest, endpoint_id: int) -> HttpResponse:
    """Since when, then how many, then all of them again."""
    endpoint = endpoint_of(request, endpoint_id)
    now = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    usual = endpoint.failing_since or now - DAY
    form = SinceForm(
        asked if "since" in asked else None,
        zone=request.brand.zone,
        now=now,
        initial={"since": usual.astimezone(request.brand.zone).replace(tzinfo=None)},
    )
    since = form.cleaned_data["since"] if form.is_valid() else None
    if since and request.method == "POST":
        again = webhooks.replay_failures(endpoint=endpoint, since=since, by=request.user, now=now)
        enqueue(webhooks.hand_out(now=now, endpoint=endpoint_id))
        messages.success(request, f"{again} {'is' if again == 1 else 'are'} sent again.")
        return to(endpoint, request)
    count = webhooks.failures_since(endpoint=endpoint, since=since).count() if since else None
    context = {"endpoint": endpoint, "form": form, "since": since, "count": count}
    return render(request, "portal/webhooks/replay.html", WHERE | context)


def delivery_of(request: BrandPageRequest, endpoint_id: int, delivery_id: int) -> WebhookDelivery:
    own = WebhookDelivery.objects.filter(endpoint__brand=request.brand, endpoint_id=endpoint_id)
    return get_object_or_404(own.select_related("endpoint__brand", "message"), pk=delivery_id)


def attempts_of(delivery: WebhookDelivery) -> list[WebhookAttempt]:
    """The newest first. Receivers say in their answers what they like, whom it was about too."""
    attempts = list(delivery.tries.order_by("-number"))
    for attempt in attempts:
        attempt.response = masked_text(attempt.response)
        attempt.response_headers = {
            name: masked_text(value) for name, value in attempt.response_headers.items()
        }
    return attempts


def under_way(delivery: WebhookDelivery, now: datetime) -> bool:
    """Whether an attempt is to be expected while somebody looks."""
    endpoint = delivery.endpoint
    if delivery.state != WebhookDelivery.State.WAITING:
        return False
    if endpoint.disabled_at is not None and delivery.message.kind != PING:
        return False
    rests = endpoint.resting_until is not None and endpoint.resting_until > now
    return delivery.claim is not None or (delivery.attempts == 0 and not rests)


def to_delivery(request: BrandPageRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    return redirect(
        "portal:webhook-delivery",
        brand_slug=request.brand.slug,
        endpoint_id=endpoint_id,
        delivery_id=delivery_id,
    )


def number(text: str | None) -> int | None:
    """A whole number that a table can have, or None."""
    if not text or not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004
        return None
    return min(int(text), MOST_ID)
