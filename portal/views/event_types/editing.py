"""Make an event type, and change what it pays: by form, said back while it is typed."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from brands.models import Trust
from brands.roles import Permission
from events import services as events
from events.models import EventType, Rule
from events.queries.unmatched import Missed, missed
from portal.forms import event_type as forms
from portal.forms.event_type import EventTypeForm, NewEventTypeForm, TermsForm
from portal.views.access import BrandPageRequest, needs
from portal.views.event_types import ROOM
from portal.wording import Said

EDIT = "portal/event_types/edit.html"
SHOWN = 5
require_form = require_http_methods(["GET", "POST"])


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def add_event_type(request: BrandPageRequest) -> HttpResponse:
    """`?template=` begins with one of ours, `?key=` with a name that was posted."""
    key = request.GET.get("key", "")
    key = key if forms.KEY.fullmatch(key) else ""
    template = events.TEMPLATES.get(request.GET.get("template", key))
    begun = forms.of_key(key) if key else {}
    if template is not None:
        begun = forms.of_template(template) | begun
    form = NewEventTypeForm(request.POST or None, initial=begun)
    if wants_saved(request) and form.is_valid():
        added = create(request, form)
        if added is not None:
            return made(request, added)
    context = {
        "room": ROOM,
        "form": form,
        "templates": events.TEMPLATES.values(),
        "chosen": template,
        "draft": said(form, template.terms if template else None),
        "missed": missed_of(request, f"{form['key'].value() or ''}"),
    }
    return render(request, "portal/event_types/new.html", context)


def made(request: BrandPageRequest, added: EventType) -> HttpResponse:
    """On to what was missed of it, where something was; else back to the list."""
    messages.success(request, f"{added.name} is on: the next {added.key} event earns.")
    slug = request.brand.slug
    if missed(brand_id=request.brand.pk, key=added.key).kept:
        return redirect("portal:replay-event-type", brand_slug=slug, pk=added.pk)
    return redirect("portal:event-types", brand_slug=slug)


def missed_of(request: BrandPageRequest, key: str) -> Missed | None:
    """What came under this name and can be replayed, once it is an event type."""
    return missed(brand_id=request.brand.pk, key=key) if forms.KEY.fullmatch(key) else None


def create(request: BrandPageRequest, form: NewEventTypeForm) -> EventType | None:
    """The new event type, or None with the form saying what is wrong."""
    try:
        return events.create_event_type(
            brand=request.brand,
            key=form.cleaned_data["key"],
            name=form.cleaned_data["name"],
            terms=form.terms(),
            least_trust=form.cleaned_data["least_trust"],
            by=request.user,
            now=timezone.now(),
        )
    except ValidationError as refused:
        show(form, refused)
        return None


@require_form
@vary_on_headers("HX-Request")
@needs(Permission.MANAGE_EVENT_TYPES)
def edit_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    """The form. Published through htmx it comes back alone, as it is now, and says so.

    `?version=` puts the terms of an older version in the form; publishing makes a new one of them.
    """
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    rule = event_type.rules.earliest("position", "pk")
    newest, form, again = editor(request, event_type, rule)
    context: dict[str, Any] = {"room": ROOM, "event_type": event_type, "again": again}
    if wants_saved(request) and form.is_valid():
        try:
            sentences = save(request, event_type, rule, form)
        except events.ProgrammeChanged as refused:
            context["newer"] = refused.newest
            form = on_top_of(form, refused.newest.number)
        except ValidationError as refused:
            show(form, refused)
            # The page names it as it is called, not as it was to be called.
            event_type.refresh_from_db()
        else:
            return saved(request, event_type, rule, sentences)
    context |= {"form": form, "draft": said(form, again or newest), **versions_of(rule)}
    return render(request, f"{EDIT}#editor" if request.htmx else EDIT, context)


def editor(
    request: BrandPageRequest, event_type: EventType, rule: Rule
) -> tuple[Said, EventTypeForm, Any]:
    """The version in force, the form, and the older version that it was filled with, if it was."""
    newest = rule.versions.latest("number")
    number = request.GET.get("version", "")
    again = None
    if number.isdecimal() and number.isascii() and len(number) <= len("999999999"):
        again = rule.versions.filter(number=int(number)).exclude(pk=newest.pk).first()
    begun = forms.of_event_type(event_type, newest=newest, terms=again or newest)
    return newest, EventTypeForm(request.POST or None, initial=begun), again


def versions_of(rule: Rule) -> dict[str, Any]:
    """The last versions, newest first, and how many there are."""
    versions = rule.versions.select_related("published_by").order_by("-number")
    shown = list(versions[:SHOWN])
    return {"versions": shown, "count": shown[0].number}


def saved(
    request: BrandPageRequest, event_type: EventType, rule: Rule, sentences: list[str]
) -> HttpResponse:
    if not request.htmx:
        for sentence in sentences:
            messages.success(request, sentence)
        return redirect("portal:edit-event-type", brand_slug=request.brand.slug, pk=event_type.pk)
    versions = versions_of(rule)
    newest = versions["versions"][0]
    begun = forms.of_event_type(event_type, newest=newest, terms=newest)
    context = {
        "event_type": event_type,
        "form": EventTypeForm(initial=begun),
        "draft": newest,
        "sentences": sentences,
        **versions,
    }
    answer = render(request, f"{EDIT}#editor", context)
    return trigger_client_event(answer, "said", {"sentence": " ".join(sentences)})


def save(
    request: BrandPageRequest, event_type: EventType, rule: Rule, form: EventTypeForm
) -> list[str]:
    """Publish, then rename and the rest, and say what came of it. Raises ProgrammeChanged, ValidationError."""
    now, data = timezone.now(), form.cleaned_data
    sentences = []
    version = events.publish(
        rule=rule, terms=form.terms(), by=request.user, now=now, since=data["version"]
    )
    if version.number > data["version"]:
        sentences.append(f"Version {version.number} is published. It holds from the next event.")
    if data["name"] != event_type.name:
        events.rename_event_type(event_type=event_type, name=data["name"], by=request.user, now=now)
        sentences.append(f"It is called {event_type.name} now.")
    if (data["least_trust"] or Trust.OPEN) != (event_type.least_trust or Trust.OPEN):
        events.require_trust(
            event_type=event_type, least_trust=data["least_trust"], by=request.user, now=now
        )
        accepted = dict(form.fields["least_trust"].choices)[data["least_trust"] or ""]  # type: ignore[attr-defined]
        sentences.append(f"Accepted from now on: {accepted.lower()}.")
    return sentences or [f"Nothing has changed: version {version.number} stays in force."]


def on_top_of(form: EventTypeForm, number: int) -> EventTypeForm:
    """The same form, as it was typed, made from the newer version: sent again it is meant."""
    typed = cast("QueryDict", form.data).copy()
    typed["version"] = f"{number}"
    return EventTypeForm(typed, initial=form.initial)


@require_POST
@needs(Permission.MANAGE_EVENT_TYPES)
def preview_event_type(request: BrandPageRequest) -> HttpResponse:
    """The draft said back in one sentence, while it is typed."""
    form = TermsForm(request.POST)
    context = {
        "draft": said(form, None),
        "form": form,
        "missed": missed_of(request, request.POST.get("key", "")),
    }
    return render(request, "portal/event_types/sentence.html", context)


def wants_saved(request: BrandPageRequest) -> bool:
    return request.method == "POST" and request.POST.get("action") != "preview"


def said(form: TermsForm, begun: Said | None) -> Said | None:
    """What the form says, where it says something whole; untouched, what it began with."""
    if not form.is_bound:
        return begun
    if form.errors.keys() & TermsForm.base_fields.keys():
        return None
    return form.terms()


def show(form: TermsForm, refused: ValidationError) -> None:
    """What the model refuses, at the field that it is about where the form has one."""
    names = {"amount": "reward", "cooldown_seconds": "cooldown_length"}
    for field, problems in refused.message_dict.items():
        known = names.get(field, field)
        form.add_error(known if known in form.fields else None, problems)
