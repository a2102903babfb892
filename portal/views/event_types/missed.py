"""What was posted under names that no event type has: look at it, make it good, or dismiss it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from brands.models import Trust
from brands.roles import Permission
from events import services as events
from events.models import EventType, Replay
from events.queries.unmatched import missed, replays_of, unmatched_rows
from events.services.unmatched import KEPT_FOR, MOST_EVENTS, MOST_NAMES
from events.tasks import replay_missed
from portal import jobs
from portal.views.access import BrandPageRequest, needs
from portal.views.event_types import ROOM
from portal.wording import STATUSES, pretty

LAST = 5
require_form = require_http_methods(["GET", "POST"])
# What became of an event of a run, where it was not decided like any other.
UNDECIDED = {
    "repeated": "had been answered already",
    "trust_too_low": "not accepted: their callers proved too little",
    "idempotency_key_reused": "not accepted: their idempotency key belongs to another event",
    "not_recorded": "could not be recorded",
}
STOPPED = {
    "event_type_off": "It stopped because the event type was switched off. What was left is still kept.",
    "brand_suspended": "It stopped because the brand is suspended. What was left is still kept.",
}


@require_GET
def unmatched(request: BrandPageRequest) -> HttpResponse:
    rows = unmatched_rows(brand_id=request.brand.pk)
    context = {
        "room": ROOM,
        "rows": [(row, pretty(row.sample)) for row in rows],
        "days": KEPT_FOR.days,
        "full": len(rows) >= MOST_NAMES or sum(row.missed.kept for row in rows) >= MOST_EVENTS,
        "most_names": MOST_NAMES,
        "most_events": MOST_EVENTS,
    }
    return render(request, "portal/event_types/unmatched.html", context)


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def dismiss_unmatched(request: BrandPageRequest, unmatched_id: int) -> HttpResponse:
    """Ask, then do. htmx shows the question in a dialog; without it, it is a page."""
    name = get_object_or_404(request.brand.unmatched_names, pk=unmatched_id)
    if request.method == "POST":
        events.dismiss_unmatched(name=name, by=request.user, now=timezone.now())
        messages.success(request, f"{name.name} is dismissed.")
        return redirect("portal:unmatched", brand_slug=request.brand.slug)
    template = "portal/event_types/dismiss.html"
    context = {"room": ROOM, "name": name, "kept": name.events.count()}
    return render(request, f"{template}#question" if request.htmx else template, context)


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def replay_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    """Say what a replay would do, then begin it."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    if request.method == "POST":
        try:
            return begin(request, event_type)
        except events.NothingMissed:
            messages.info(request, "There is nothing to replay.")
        except events.EventTypeOff:
            messages.error(request, "Switch the event type on first: its events would pay nothing.")
        return redirect("portal:replay-event-type", brand_slug=request.brand.slug, pk=pk)
    return render(
        request, "portal/event_types/replay.html", {"room": ROOM, **offer(request, event_type)}
    )


def begin(request: BrandPageRequest, event_type: EventType) -> HttpResponse:
    """Raises NothingMissed, EventTypeOff."""
    replay = events.start_replay(event_type=event_type, by=request.user, now=timezone.now())
    jobs.begin(replay_missed, replay_id=replay.pk)
    return redirect("portal:replay", brand_slug=request.brand.slug, replay_id=replay.pk)


def offer(request: BrandPageRequest, event_type: EventType) -> dict[str, Any]:
    """How many there are, and what they would pay at most."""
    there = missed(brand_id=request.brand.pk, key=event_type.key)
    rule = event_type.rules.earliest("position", "pk")
    version = rule.versions.latest("number")
    needed = max(
        Trust(request.brand.least_trust),
        Trust(event_type.least_trust or Trust.OPEN),
        key=lambda each: each.rank,
    )
    runs = replays_of(event_type=event_type, last=LAST)
    return {
        "event_type": event_type,
        "missed": there,
        "version": version,
        "most": there.provable(needed) * version.amount,
        "short": there.short_of(needed),
        "needed": needed,
        "runs": runs,
        "running": next((run for run in runs if run.finished_at is None), None),
    }


@require_GET
@vary_on_headers("HX-Request")
def replay(request: BrandPageRequest, replay_id: int) -> HttpResponse:
    """How far a run is, and what came of it. htmx asks again until it is over."""
    run = get_object_or_404(request.brand.replays.select_related("event_type", "by"), pk=replay_id)
    template = "portal/event_types/run.html"
    context = {
        "room": ROOM,
        "run": run,
        "results": results(run),
        "stopped": STOPPED.get(run.stopped),
    }
    return render(request, f"{template}#progress" if request.htmx else template, context)


def results(run: Replay) -> list[tuple[str, str, int]]:
    """A status of the log, or empty; in words; how many."""
    found = [
        (status, STATUSES[status], run.counts[status])
        for status in STATUSES
        if status in run.counts
    ]
    return found + [
        ("", said, run.counts[what]) for what, said in UNDECIDED.items() if what in run.counts
    ]
