"""The page that is kept open: what comes in, as it comes in."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from analytics import queries
from brands.calendar import today_start
from events.queries.live import last_at, live_rows, one_moment
from portal import wording
from portal.forms.live import LiveFilterForm
from portal.live.names import of_member, of_person, of_session
from portal.live.tokens import Pass, issue
from portal.views.access import BrandPageRequest

# As many as the page holds, and as many as are there before its script is.
ROWS, FIRST_ROWS = 200, 50


@require_GET
def live(request: BrandPageRequest) -> HttpResponse:
    """What has come so far, for who reads it without JavaScript; the script goes on from there."""
    form = form_of(request)
    filters = form.filters()
    rows = live_rows(brand_id=request.brand.pk, filters=filters, limit=FIRST_ROWS)
    context = {
        "room": "live",
        "form": form,
        "rows": rows,
        "narrowed": bool(filters.event or filters.status),
        "newest": last_at(brand_id=request.brand.pk, test=filters.test),
        "today": today(request, timezone.now(), test=filters.test),
        "words": {
            "statuses": wording.STATUSES,
            "reasons": wording.REASONS,
            "colours": wording.COLOURS,
            "zone": request.brand.time_zone,
        },
    }
    return render(request, "portal/live/page.html", context)


@require_GET
@never_cache
def live_state(request: BrandPageRequest) -> HttpResponse:
    """All that the page shows: asked on connecting, on a gap, after a pause, and by who cannot connect."""
    now, brand = timezone.now(), request.brand
    filters = form_of(request).filters()
    with one_moment() as snapshot:
        told = today(request, now, test=filters.test)
        rates = queries.pulse(brand_id=brand.pk, now=now, test=filters.test)
        # Last: it makes the planner keep to indexes for the rest of a transaction.
        newest = last_at(brand_id=brand.pk, test=filters.test)
        rows = live_rows(brand_id=brand.pk, filters=filters, limit=ROWS)
    state = {
        "now": now.isoformat(),
        "snapshot": snapshot,
        "newest": newest and newest.isoformat(),
        "midnight": today_start(now, brand.zone).isoformat(),
        # An hour more than a day has where the clocks change.
        "tomorrow": today_start(now + timedelta(hours=25), brand.zone).isoformat(),
        "rows": [row.content() for row in rows],
        "today": {
            "events": told.events,
            "rewarded": told.rewarded,
            "credited": told.credited,
        },
        **asdict(rates),
    }
    return JsonResponse(state)


@require_GET
@never_cache
def live_stream(request: BrandPageRequest) -> HttpResponse:
    """Where to listen. Good for a minute, or until one of the names is ended."""
    brand, user = request.brand.pk, request.user.pk
    names = (of_session(request.session.session_key), of_person(user), of_member(brand, user))
    token = issue(Pass(brand, names))
    return JsonResponse({"address": f"{settings.RESONANCE_LIVE_URL}/stream?token={token}"})


def form_of(request: BrandPageRequest) -> LiveFilterForm:
    event_types = request.brand.event_types.order_by("position", "pk")
    return LiveFilterForm(request.GET, event_types=event_types)


def today(request: BrandPageRequest, now: datetime, *, test: bool) -> queries.Today:
    since = today_start(now, request.brand.zone)
    return queries.today(brand_id=request.brand.pk, since=since, test=test)
