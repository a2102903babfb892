"""One event: as a page of its own, or in a drawer beside the log."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from brands.models import Brand, Trust
from brands.roles import Permission
from events import services as events
from events.api import wording
from events.personal import masked
from events.queries.event import EventFacts, event_facts
from portal.explanation import explain
from portal.snippets import KEY_VARIABLE, curl
from portal.views.access import BrandPageRequest, needs
from portal.wording import plain, pretty
from wallets.addresses import mask
from wallets.services import public_wallet_id


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom an answer is worded: whoever made the call."""

    brand: Brand
    trust: Trust

    @property
    def proved(self) -> bool:
        return self.trust is not Trust.OPEN


@require_GET
@vary_on_headers("HX-Request")
def event(request: BrandPageRequest, event_id: str) -> HttpResponse:
    return shown(request, known(request, event_id))


@require_POST
@never_cache
@needs(Permission.REVEAL_PEOPLE)
def reveal_event(request: BrandPageRequest, event_id: str) -> HttpResponse:
    """The same with the whole address and metadata, this once."""
    facts = known(request, event_id)
    events.note_revealed(brand=request.brand, event=facts, by=request.user, now=timezone.now())
    return shown(request, facts, revealed=True)


@require_POST
@needs(Permission.SEND_TESTS)
def send_event_again(request: BrandPageRequest, event_id: str) -> HttpResponse:
    """Into the test world, and on to what became of it."""
    facts = known(request, event_id)
    now_at = event_id
    try:
        outcome = events.send_again(
            brand=request.brand,
            event=facts,
            by=request.user,
            request_id=getattr(request, "request_id", ""),
            now=timezone.now(),
        )
    except events.NothingToSend:
        messages.error(request, "What was sent has been erased, so it cannot be sent again.")
    except events.EventRefused as refused:
        messages.error(request, f"It would be refused today. {refused}")
    except events.ConfigurationChanged:
        messages.error(request, "The rules are being changed right now. Try again in a moment.")
    else:
        now_at = outcome.event_id or event_id
        messages.success(request, "Sent again as a test. This is the new event: it paid nobody.")
    if request.htmx:
        return shown(request, known(request, now_at))
    return redirect("portal:event", brand_slug=request.brand.slug, event_id=now_at)


def known(request: BrandPageRequest, event_id: str) -> EventFacts:
    """The brand's event. Raises Http404."""
    parsed = events.parse_event_id(event_id)
    facts = event_facts(brand_id=request.brand.pk, event=parsed) if parsed else None
    if facts is None:
        raise Http404
    return facts


def shown(request: BrandPageRequest, facts: EventFacts, *, revealed: bool = False) -> HttpResponse:
    event = facts if revealed else hidden(facts)
    public_id = events.public_event_id(event.id)
    context = {
        "room": "log",
        "event": event,
        "public_id": public_id,
        "address": reverse("portal:event", args=[request.brand.slug, public_id]),
        "revealed": revealed,
        "explanation": explain(event, request.brand.zone),
        "metadata": pretty(event.metadata),
        "response": pretty(response_of(request.brand, event)),
        "request_lines": list(flat(event.request or {})),
        "call": "" if event.address is None else call(event),
        "wallet_id": event.wallet
        and public_wallet_id(brand_id=request.brand.pk, wallet=event.wallet),
    }
    template = "portal/log/event.html"
    return render(request, f"{template}#drawer" if request.htmx else template, context)


def hidden(facts: EventFacts) -> EventFacts:
    """The event for those who may not know whose it is, or have not asked."""
    return replace(
        facts,
        address=None if facts.address is None else mask(facts.address),
        metadata=masked(facts.metadata),
        observed=masked(facts.observed),
        request=masked(facts.request),
    )


def response_of(brand: Brand, event: EventFacts) -> dict[str, Any]:
    """What the API answered, as it answers a retry."""
    outcome = events.Outcome(
        event_id=events.public_event_id(event.id),
        event=event.name,
        status=event.status,
        reason=event.reason,
        amount=event.amount,
        next_eligible_at=event.next_eligible_at,
        wallet=event.wallet,
        balance=event.balance_after,
        pending=event.pending_after,
        wallet_created=event.wallet_created,
        test=event.test,
        request_id=event.request_id,
        replayed=False,
    )
    return wording.outcome(outcome, Reader(brand, Trust(event.trust)))


def call(event: EventFacts) -> str:
    """The same event once more, in the test world."""
    body = {"event": event.name, "email": event.address, "metadata": event.metadata or {}}
    command = curl(
        url=f"{settings.RESONANCE_URL}/resonance-api/manual-event",
        body={**body, "test": True},
        key_variable=KEY_VARIABLE,
    )
    # Spelled out as JSON does, so it is the same body.
    return plain(command)


def flat(request: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What is kept of the request, a line for each value."""
    for name, value in request.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}: ")
        else:
            yield f"{prefix}{name}", f"{value}"
