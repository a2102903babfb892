"""What the brand rewards: list, add, edit, switch off and on."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.queries import event_type_rows
from brands.roles import Permission
from events import services as events
from events.models import EventType, Rule
from portal.forms.event_type import EventTypeForm, NewEventTypeForm, TermsForm, initial
from portal.views.access import BrandPageRequest, needs
from portal.views.overview import monday

ROOM = "event-types"
require_form = require_http_methods(["GET", "POST"])


@require_GET
def event_types(request: BrandPageRequest) -> HttpResponse:
    week = monday(timezone.now(), request.brand.zone)
    rows = event_type_rows(brand_id=request.brand.pk, since=week)
    return render(request, "portal/event_types/list.html", {"room": ROOM, "rows": rows})


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def add_event_type(request: BrandPageRequest) -> HttpResponse:
    form = NewEventTypeForm(request.POST or None)
    if wants_saved(request) and form.is_valid():
        added = create(request, form)
        if added is not None:
            messages.success(request, f"{added.name} is on: the next {added.key} event earns.")
            return redirect("portal:event-types", brand_slug=request.brand.slug)
    context = {"room": ROOM, "form": form, "draft": draft(form)}
    return render(request, "portal/event_types/new.html", context)


def create(request: BrandPageRequest, form: NewEventTypeForm) -> EventType | None:
    """The new event type, or None with the form saying what is wrong."""
    try:
        return events.create_event_type(
            brand=request.brand,
            key=form.cleaned_data["key"],
            name=form.cleaned_data["name"],
            terms=form.terms(),
            by=request.user,
            now=timezone.now(),
        )
    except ValidationError as refused:
        show(form, refused)
        return None


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def edit_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    rule = event_type.rules.earliest("position", "pk")
    versions = list(rule.versions.select_related("published_by").order_by("-number"))
    form = EventTypeForm(
        request.POST or None, initial={"name": event_type.name, **initial(versions[0])}
    )
    context: dict[str, Any] = {
        "room": ROOM,
        "event_type": event_type,
        "versions": versions,
        "form": form,
    }
    if wants_saved(request) and form.is_valid():
        try:
            save(request, event_type, rule, form)
        except events.ProgrammeChanged as refused:
            context["newer"] = refused.newest
            context["form"] = form = on_top_of(form, refused.newest.number)
        except ValidationError as refused:
            show(form, refused)
        else:
            return redirect("portal:edit-event-type", brand_slug=request.brand.slug, pk=pk)
    return render(
        request,
        "portal/event_types/edit.html",
        context | {"draft": draft(form) if form.is_bound else versions[0]},
    )


def save(request: BrandPageRequest, event_type: EventType, rule: Rule, form: EventTypeForm) -> None:
    """Publish, then rename, and say what came of it. Raises ProgrammeChanged, ValidationError."""
    since = form.cleaned_data["version"]
    version = events.publish(
        rule=rule, terms=form.terms(), by=request.user, now=timezone.now(), since=since
    )
    if version.number > since:
        messages.success(
            request, f"Version {version.number} is published. It holds from the next event."
        )
    if form.cleaned_data["name"] != event_type.name:
        events.rename_event_type(event_type=event_type, name=form.cleaned_data["name"])
        messages.success(request, f"It is called {event_type.name} now.")
    elif version.number == since:
        messages.info(request, f"Nothing has changed: version {since} stays in force.")


def on_top_of(form: EventTypeForm, number: int) -> EventTypeForm:
    """The same form, as it was typed, made from the newer version: sent again it is meant."""
    typed = cast("QueryDict", form.data).copy()
    typed["version"] = f"{number}"
    return EventTypeForm(typed, initial=form.initial)


@require_form
@needs(Permission.MANAGE_EVENT_TYPES)
def switch_event_type(request: BrandPageRequest, pk: int) -> HttpResponse:
    """Ask, then do. htmx shows the question in a dialog; without it, it is a page."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    if request.method == "POST":
        active = request.POST.get("active") == "1"
        events.switch_event_type(event_type=event_type, active=active)
        messages.success(request, f"{event_type.name} is switched {'on' if active else 'off'}.")
        return redirect("portal:event-types", brand_slug=request.brand.slug)
    template = "portal/event_types/switch.html"
    context = {"room": ROOM, "event_type": event_type}
    return render(request, f"{template}#question" if request.htmx else template, context)


@require_POST
@needs(Permission.MANAGE_EVENT_TYPES)
def preview_event_type(request: BrandPageRequest) -> HttpResponse:
    """The draft said back in one sentence, while it is typed."""
    form = TermsForm(request.POST)
    return render(request, "portal/event_types/sentence.html", {"draft": draft(form), "form": form})


def wants_saved(request: BrandPageRequest) -> bool:
    return request.method == "POST" and request.POST.get("action") != "preview"


def draft(form: TermsForm) -> events.Terms | None:
    """What the form says, where it says something whole."""
    if not form.is_bound or form.errors.keys() & TermsForm.base_fields.keys():
        return None
    return form.terms()


def show(form: TermsForm, refused: ValidationError) -> None:
    """What the model refuses, at the field that it is about where the form has one."""
    names = {"amount": "reward", "cooldown_seconds": "cooldown_length"}
    for field, problems in refused.message_dict.items():
        known = names.get(field, field)
        form.add_error(known if known in form.fields else None, problems)
