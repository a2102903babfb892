"""The list of event types: what each did this week, its place, on or off."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from analytics.queries import Period, event_type_rows
from brands.calendar import local_day, monday_of
from brands.roles import Permission
from events import services as events
from events.queries.unmatched import unmatched_names
from portal.views.access import BrandPageRequest, needs
from portal.views.event_types import ROOM

LIST = "portal/event_types/list.html"


@require_GET
def event_types(request: BrandPageRequest) -> HttpResponse:
    context = {
        "templates": events.TEMPLATES.values(),
        "unmatched": unmatched_names(brand_id=request.brand.pk),
    }
    return render(request, LIST, rows(request) | context)


def rows(request: BrandPageRequest) -> dict[str, Any]:
    today = local_day(timezone.now(), request.brand.zone)
    week = Period(monday_of(today), today, request.brand.zone)
    return {"room": ROOM, "rows": event_type_rows(brand_id=request.brand.pk, period=week)}


@require_POST
@needs(Permission.MANAGE_EVENT_TYPES)
def move_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    """One place up or down. htmx gets the rows, and keeps the focus on the button that was pressed."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    place = events.move_event_type(
        event_type=event_type,
        up=request.POST.get("direction") == "up",
        by=request.user,
        now=timezone.now(),
    )
    said = f"{event_type.name} is number {place} now."
    if request.htmx:
        moved = render(request, f"{LIST}#types", rows(request))
        return trigger_client_event(moved, "said", {"sentence": said})
    messages.success(request, said)
    return redirect("portal:event-types", brand_slug=request.brand.slug)


@require_http_methods(["GET", "POST"])
@needs(Permission.MANAGE_EVENT_TYPES)
def switch_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    """Ask, then do. htmx shows the question in a dialog; without it, it is a page."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    if request.method == "POST":
        active = request.POST.get("active") == "1"
        events.switch_event_type(
            event_type=event_type, active=active, by=request.user, now=timezone.now()
        )
        messages.success(request, f"{event_type.name} is switched {'on' if active else 'off'}.")
        return redirect("portal:event-types", brand_slug=request.brand.slug)
    template = "portal/event_types/switch.html"
    context = {"room": ROOM, "event_type": event_type}
    return render(request, f"{template}#question" if request.htmx else template, context)
