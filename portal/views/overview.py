"""The first room: what happened today, and what the week cost."""

from collections import Counter
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from analytics import queries
from brands.calendar import local_day, today_start
from events.queries.log import log_page
from events.queries.search import LogFilters
from portal.views.access import BrandPageRequest

LAST = 8


@require_GET
def overview(request: BrandPageRequest) -> HttpResponse:
    now = timezone.now()
    today = queries.today(brand_id=request.brand.pk, since=today_start(now, request.brand.zone))
    last = log_page(brand_id=request.brand.pk, filters=LogFilters(), cursor=None, limit=LAST).rows
    context = {
        "room": "overview",
        "now": now,
        "today": today,
        "by_status": by_status(today),
        "week": last_seven_days(request, now),
        "last": last,
    }
    return render(request, "portal/overview.html", context)


def last_seven_days(request: BrandPageRequest, now: datetime) -> queries.EventsReport:
    """With today, beside the seven days before."""
    today = local_day(now, request.brand.zone)
    period = queries.Period(today - timedelta(days=6), today, request.brand.zone)
    return queries.events_report(queries.Scope(request.brand.pk, period))


def by_status(today: queries.Today) -> list[tuple[str, int]]:
    """Refusals for one line: each status once, most frequent first."""
    counts: Counter[str] = Counter()
    for refusals in today.refusals:
        counts[refusals.status] += refusals.count
    return counts.most_common()
