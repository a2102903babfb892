"""The first fifteen minutes of a brand: three steps that tick themselves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from brands.http.lately import Refusal, last_refusal
from brands.http.problems import CODES
from brands.http.remedies import REMEDIES
from brands.models import Brand, Trust
from brands.roles import Permission
from events import services as events
from events.models import EventType
from events.queries.arrival import Arrived, Stranger, last_arrived, last_stranger
from portal.sample import least_trust_of, sample_call
from portal.snippets import KEY_VARIABLE, LANGUAGES
from portal.views.access import BrandPageRequest, needs

# An open tab that nobody looks at any more does not ask for ever.
WATCHED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the brand is. `stranger` and `refusal` are newer than what arrived."""

    event_type: EventType | None
    arrived: Arrived | None
    stranger: Stranger | None
    refusal: Refusal | None

    @property
    def called(self) -> bool:
        """Whether any call has come, whatever became of it."""
        return bool(self.arrived or self.stranger or self.refusal)

    @property
    def done(self) -> bool:
        return self.event_type is not None and self.arrived is not None

    @property
    def mark(self) -> str:
        """Changes when the page would."""
        return ".".join(
            [
                f"{self.event_type.pk if self.event_type else 0}",
                self.arrived.public_id if self.arrived else "",
                f"{self.stranger.last_at.timestamp()}" if self.stranger else "",
                f"{self.refusal.at.timestamp()}" if self.refusal else "",
            ]
        )


def steps_of(brand: Brand, chosen: str = "") -> Steps:
    """Three queries and a look into the cache, however much there is. `chosen`: an event type's key."""
    active = list(brand.event_types.filter(active=True).order_by("position", "pk")[:100])
    event_type = next(
        (each for each in active if each.key == chosen), active[0] if active else None
    )
    arrived = last_arrived(brand_id=brand.pk)
    stranger = last_stranger(brand_id=brand.pk)
    refusal = last_refusal(brand_id=brand.pk)
    if refusal and refusal.code == "unknown_event" and stranger:
        refusal = None
    if arrived and stranger and stranger.last_at < arrived.received_at:
        stranger = None
    if arrived and refusal and refusal.at < arrived.received_at:
        refusal = None
    return Steps(event_type, arrived, stranger, refusal)


@require_GET
@vary_on_headers("HX-Request")
def setup(request: BrandPageRequest) -> HttpResponse:
    if request.htmx:
        return render(request, "portal/setup.html#snippet", context_of(request))
    return page(request)


def page(request: BrandPageRequest) -> HttpResponse:
    return render(request, "portal/setup.html", context_of(request))


def context_of(request: BrandPageRequest) -> dict[str, Any]:
    steps = steps_of(request.brand, request.GET.get("event", ""))
    return {
        "room": "setup",
        "templates": events.TEMPLATES.values(),
        **progress(request, steps),
        **snippet(request, steps.event_type),
    }


def progress(request: BrandPageRequest, steps: Steps) -> dict[str, Any]:
    """What the moving parts show, and where they ask again."""
    began = number(request.GET.get("began")) or int(timezone.now().timestamp())
    known = CODES.get(steps.refusal.code) if steps.refusal else None
    chosen = (
        {"event": steps.event_type.key} if request.GET.get("event") and steps.event_type else {}
    )
    again = urlencode({"seen": steps.mark, "began": f"{began}", **chosen})
    return {
        "steps": steps,
        "refused": known and steps.refusal and (known[1], REMEDIES.get(steps.refusal.code, "")),
        "weary": timezone.now().timestamp() - began > WATCHED_FOR.total_seconds(),
        "again": f"{reverse('portal:setup-steps', args=[request.brand.slug])}?{again}",
    }


def number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None  # noqa: PLR2004


def snippet(request: BrandPageRequest, event_type: EventType | None) -> dict[str, Any]:
    """The call in the language that was chosen, by the trust that the brand asks for."""
    language = LANGUAGES.get(request.GET.get("language", ""), LANGUAGES["curl"])
    if event_type is None:
        return {}
    least = least_trust_of(brand=request.brand, event_type=event_type)
    keyed = language.keyed and (least is not Trust.OPEN or request.GET.get("with") == "key")
    return {
        "language": language,
        "languages": LANGUAGES.values(),
        "least": least.value,
        "keyed": keyed,
        "key_variable": KEY_VARIABLE,
        "call": language.write(
            url=f"{settings.RESONANCE_URL}/resonance-api/manual-event",
            body=sample_call(brand=request.brand, event_type=event_type, keyed=keyed),
            key_variable=KEY_VARIABLE if keyed else "",
        ),
    }


@require_GET
def setup_steps(request: BrandPageRequest) -> HttpResponse:
    """What has changed since it was `seen`; 204 where nothing has, so that nothing is said twice."""
    seen = request.GET.get("seen", "")
    steps = steps_of(request.brand, request.GET.get("event", ""))
    context = progress(request, steps)
    if steps.mark == seen and not context["weary"]:
        return HttpResponse(status=204)
    if not seen.startswith(f"{steps.mark.partition('.')[0]}."):
        # Another event type is another call: the whole page.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "portal/setup.html#progress", context)


@require_POST
@needs(Permission.MANAGE_EVENT_TYPES)
def start_event_type(request: BrandPageRequest) -> HttpResponse:
    """One click makes an event type as its template says."""
    template = events.TEMPLATES.get(request.POST.get("template", ""))
    if template is None:
        messages.error(request, "Choose one of the templates.")
        return page(request)
    try:
        made = events.create_event_type(
            brand=request.brand,
            key=template.key,
            name=template.name,
            terms=template.terms,
            by=request.user,
            now=timezone.now(),
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return page(request)
    messages.success(request, f"{made.name} is on: the next {made.key} event earns.")
    address = reverse("portal:setup", args=[request.brand.slug])
    return redirect(f"{address}?{urlencode({'event': made.key})}")
