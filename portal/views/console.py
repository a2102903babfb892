"""The test console: send an event as a partner would, and see what the API makes of it. Never a live one."""

from typing import Any

import simplejson
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from brands.http import body
from brands.http.problems import Problem
from brands.http.remedies import REMEDIES
from brands.models import Brand, Trust
from brands.roles import Permission
from events import services as events
from events.personal import masked
from events.queries.event import EventFacts, event_facts
from events.queries.log import log_page
from events.queries.search import LogFilters
from portal import console
from portal.console import Composed
from portal.forms.console import TEST, ConsoleForm
from portal.forms.event_type import KEY
from portal.snippets import curl
from portal.views.access import BrandPageRequest, needs
from portal.wording import plain
from wallets.addresses import mask

ROOM = "test-console"
VARIABLE = "RESONANCE_KEY"
PLACEHOLDER = "ann@example.com"


@needs(Permission.SEND_TESTS)
@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def test_console(request: BrandPageRequest) -> HttpResponse:
    brand = request.brand
    source = begun_from(brand, request.POST.get("source") or request.GET.get("event") or "")
    context: dict[str, Any] = {"room": ROOM, "source": source}
    if request.method == "GET":
        initial = first(brand, source, request.GET.get("type", ""))
        if request.GET.get("mode") == TEST:
            initial["mode"] = TEST
        form = ConsoleForm(initial=initial)
    else:
        form = ConsoleForm(request.POST)
        if request.POST.get("action") == "sample":
            form = form.filled(metadata=sample(brand, f"{form['event'].value() or ''}"))
        elif form.is_valid():
            context |= sent(request, form, source)
    event_types = brand.event_types.order_by("position", "pk")
    context |= {"form": form, "event_types": event_types, "person": person(source)}
    template = "portal/console/console.html"
    return render(request, f"{template}#console" if request.htmx else template, context)


def begun_from(brand: Brand, event_id: str) -> EventFacts | None:
    """The event that is sent again. Raises Http404 for one that is not the brand's."""
    if not event_id:
        return None
    parsed = events.parse_event_id(event_id)
    facts = event_facts(brand_id=brand.pk, event=parsed) if parsed else None
    if facts is None:
        raise Http404
    return facts


def first(brand: Brand, source: EventFacts | None, wanted: str) -> dict[str, Any]:
    """What the form begins with."""
    if source is not None:
        return {
            "event": source.name,
            "metadata": shown_of(source),
            "trust": source.trust,
            "mode": TEST,
            "source": events.public_event_id(source.id),
        }
    of_brand = list(brand.event_types.order_by("-active", "position", "pk"))
    event_type = next((each for each in of_brand if each.key == wanted), next(iter(of_brand), None))
    name = event_type.key if event_type else "place_order"
    return {"event": name, "email": PLACEHOLDER, "metadata": sample(brand, name)}


def sample(brand: Brand, name: str) -> str:
    """Metadata to begin with: the template's, or those of the last event of this name, people masked."""
    if name in events.TEMPLATES:
        return pretty(events.TEMPLATES[name].metadata)
    if not KEY.fullmatch(name):
        return ""
    page = log_page(brand_id=brand.pk, filters=LogFilters(event=name), cursor=None, limit=1)
    last = begun_from(brand, page.rows[0].public_id) if page.rows else None
    return shown_of(last) if last else ""


def pretty(metadata: Any) -> str:
    if not metadata:
        return ""
    return simplejson.dumps(metadata, indent=2, ensure_ascii=False, use_decimal=True)


def shown_of(source: EventFacts) -> str:
    """The metadata of the event as the form shows them, whoever looks."""
    return pretty(masked(source.metadata))


def person(source: EventFacts | None) -> str:
    """Whom the event was about, masked."""
    return mask(source.address) if source and source.address else ""


def sent(request: BrandPageRequest, form: ConsoleForm, source: EventFacts | None) -> dict[str, Any]:
    """Send it, and say what went out, what came back, and why."""
    composed = form.composed(**kept_back(form, source))
    shown, example = form.composed(email=person(source)), form.composed(email=PLACEHOLDER)
    played = console.send(request, request.brand, composed)
    if played.problem is not None:
        form.show(played.problem)
    return {
        "played": played,
        "remedy": REMEDIES.get(played.problem.code, "") if played.problem else "",
        "request_said": said_request(shown),
        "response_said": plain(console.said(played.response, request.request_id)),  # type: ignore[attr-defined]
        "lines": console.decision_lines(request.brand, composed, played),
        "call": as_curl(example, request.brand),
        "timing": [(name.removesuffix("_ms"), spent) for name, spent in played.timing.items()],
    }


def kept_back(form: ConsoleForm, source: EventFacts | None) -> dict[str, Any]:
    """What the form does not show of the event that is sent again, and sends all the same."""
    if source is None or source.address is None:
        return {}
    typed = form.cleaned_data["metadata"].replace("\r\n", "\n").strip()
    untouched = typed == shown_of(source).strip()
    return {
        "email": source.address,
        "metadata": pretty(source.metadata) if untouched else None,
    }


def said_request(composed: Composed) -> str:
    credential = {
        Trust.KEY: "Authorization: Bearer rsk_…\n",
        Trust.SIGNED: "webhook-id: …\nwebhook-timestamp: …\nwebhook-signature: v1,…\n",
        Trust.OPEN: "X-Resonance-Brand: brd_…\n",
    }[composed.trust]
    raw = composed.raw().decode("utf-8", "replace")
    return plain(f"POST {console.PATH}\nContent-Type: application/json\n{credential}\n{raw}")


def as_curl(composed: Composed, brand: Brand) -> str:
    """The call for a terminal; none where what was typed is not JSON."""
    try:
        document = body.parse(composed.raw())
    except Problem:
        return ""
    open_call = composed.trust is Trust.OPEN
    return curl(
        url=f"{settings.RESONANCE_URL}{console.PATH}",
        body=document,
        headers={"X-Resonance-Brand": brand.public_id} if open_call else {},
        key_variable="" if open_call else VARIABLE,
    )
