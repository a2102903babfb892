"""The first room: what happened today, and how to connect."""

import json
from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from analytics import queries
from brands.models import Brand
from events.queries.log import LogFilters, log_page
from portal.views.access import BrandPageRequest

LAST = 8


@require_GET
def overview(request: BrandPageRequest) -> HttpResponse:
    now = timezone.now()
    today = queries.today(brand_id=request.brand.pk, since=midnight(now, request.brand.zone))
    last = log_page(brand_id=request.brand.pk, filters=LogFilters(), cursor=None, limit=LAST).rows
    context = {
        "room": "overview",
        "now": now,
        "today": today,
        "by_status": by_status(today),
        "last": last,
        "event_type": request.brand.event_types.filter(active=True)
        .order_by("position", "pk")
        .first(),
    }
    context["call"] = call(request.brand, getattr(context["event_type"], "key", "place_order"))
    return render(request, "portal/overview.html", context)


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the day began where the brand is."""
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)


def monday(now: datetime, zone: ZoneInfo) -> datetime:
    """When the week began where the brand is."""
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), tzinfo=zone)


def by_status(today: queries.Today) -> list[tuple[str, int]]:
    """Refusals for one line: each status once, most frequent first."""
    counts: Counter[str] = Counter()
    for refusals in today.refusals:
        counts[refusals.status] += refusals.count
    return counts.most_common()


def call(brand: Brand, event: str) -> str:
    """The first call, which runs as pasted into a POSIX shell."""
    body = {
        "brand_id": brand.public_id,
        "event": event,
        "email": "ann@example.com",
        "metadata": {"order_id": "ORD-1"},
    }
    return (
        f"curl {settings.RESONANCE_URL}/resonance-api/manual-event \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body)}'"
    )
