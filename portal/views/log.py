"""The event log, and one event explained."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import simplejson
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from events import services as events
from events.queries.event import event_facts
from events.queries.log import LogFilters, log_page
from portal.explanation import explain
from portal.forms.filters import LogFilterForm
from portal.views.access import BrandPageRequest
from portal.wording import plain
from wallets.services import public_wallet_id

PAGE = 50


@require_GET
@vary_on_headers("HX-Request")
def log(request: BrandPageRequest) -> HttpResponse:
    event_types = request.brand.event_types.order_by("position", "pk")
    form = LogFilterForm(request.GET, event_types=event_types)
    filters = LogFilters(
        event=form.chosen("event_type"),
        status=form.chosen("status"),
        test=form.chosen("world") == "test",
    )
    cursor = request.GET.get("before")
    context = {
        "room": "log",
        "form": form,
        "filtered": filters != LogFilters(),
        "query": urlencode({name: form.chosen(name) for name in form.fields if form.chosen(name)}),
        "cursor": cursor,
        "page": log_page(brand_id=request.brand.pk, filters=filters, cursor=cursor, limit=PAGE),
    }
    template = "portal/log/list.html"
    return render(request, f"{template}#log" if request.htmx else template, context)


@require_GET
def event(request: BrandPageRequest, event_id: str) -> HttpResponse:
    parsed = events.parse_event_id(event_id)
    facts = event_facts(brand_id=request.brand.pk, event=parsed) if parsed else None
    if facts is None:
        raise Http404
    context = {
        "room": "log",
        "event": facts,
        "explanation": explain(facts, request.brand.zone),
        "metadata": pretty(facts.metadata),
        "request_lines": list(flat(facts.request or {})),
        "wallet_id": facts.wallet
        and public_wallet_id(brand_id=request.brand.pk, wallet=facts.wallet),
    }
    return render(request, "portal/log/event.html", context)


def pretty(metadata: dict[str, Any] | None) -> str:
    """Indented JSON, invisible characters spelled out."""
    return plain(simplejson.dumps(metadata, indent=2, ensure_ascii=False)) if metadata else ""


def flat(request: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What is kept of the request, a line for each value."""
    for name, value in request.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}: ")
        else:
            yield f"{prefix}{name}", f"{value}"
