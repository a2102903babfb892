"""A report as a page, and each of its tables as a file."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connections
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from analytics.queries import Scope, first_event_at, fresh_at
from brands.calendar import local_day
from portal import spreadsheet
from portal.forms.reports import ReportForm
from portal.views.access import BrandPageRequest
from portal.views.reports.frame import EVENT_TYPE, PERIOD, WORLD, Asked, Tab
from portal.views.reports.tabs import TABS


@require_GET
@vary_on_headers("HX-Request")
def report(request: BrandPageRequest, tab: Tab) -> HttpResponse:
    now = timezone.now()
    form = form_of(request, now)
    asked = asked_of(request, tab, form, now)
    page = tab.answer(asked)
    context: dict[str, Any] = {
        "room": "analytics",
        "around": "portal/reports/fragment.html" if request.htmx else "room.html",
        "tab": tab,
        "tabs": TABS,
        "form": form,
        "query": asked.query,
        "shown": [form[name] for name in fields_of(tab)],
        "kept": [form[name] for name in form.fields if name not in fields_of(tab)],
        "wrong": bool(form.errors.keys() & {*fields_of(tab)}),
        "by_days": PERIOD in tab.filters,
        "period": asked.period,
        "before": asked.period.before(),
        "unfinished": asked.period.last == form.today,
        "began": began_amid(asked) if tab.of_events and {PERIOD, WORLD} <= {*tab.filters} else None,
        "test": asked.scope.test,
        "now": now,
        "replicated": "replica" in connections.databases,
        "page": page,
    }
    if context["replicated"]:
        context["fresh_at"] = fresh_at(now=now)
    response = render(request, page.template, {**page.context, **context})
    address = f"{request.path}?{asked.query}" if asked.query else request.path
    # Asked twice for the same, there is one way back.
    if not request.htmx or request.htmx.current_url_abs_path == address:
        return response
    return push_url(response, address)


@require_GET
def report_csv(request: BrandPageRequest, report: str, table: str) -> HttpResponseBase:
    """One table of a report, as it is narrowed, a row at a time."""
    tab = next((tab for tab in TABS if tab.report == report), None)
    if tab is None:
        raise Http404
    now = timezone.now()
    form = form_of(request, now)
    if form.errors.keys() & {*fields_of(tab)}:
        # Where it is said what is wrong.
        return redirect(
            f"{reverse(f'portal:{tab.name}', args=[request.brand.slug])}?{urlencode(form.typed_in)}"
        )
    asked = asked_of(request, tab, form, now)
    chart = next((chart for chart in tab.answer(asked).charts if chart.name == table), None)
    if chart is None:
        raise Http404
    days = f"{asked.period.first}-to-{asked.period.last}" if PERIOD in tab.filters else form.today
    world = ["test"] if asked.scope.test else []
    name = "-".join([report, table, request.brand.slug, f"{days}", *world])
    return StreamingHttpResponse(
        spreadsheet.lines(chart.lines()),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def form_of(request: BrandPageRequest, now: datetime) -> ReportForm:
    return ReportForm(
        request.GET,
        event_types=request.brand.event_types.order_by("position", "pk"),
        today=now.astimezone(request.brand.zone).date(),
        zone=request.brand.zone,
    )


def asked_of(request: BrandPageRequest, tab: Tab, form: ReportForm, now: datetime) -> Asked:
    chosen = form.chosen_type() if EVENT_TYPE in tab.filters else None
    return Asked(
        brand=request.brand,
        scope=Scope(
            brand_id=request.brand.pk,
            period=form.chosen_period(),
            test=form.test and WORLD in tab.filters,
            event_type=chosen.pk if chosen else None,
        ),
        event_types={each.pk: each for each in form.event_types.values()},
        now=now,
        query=form.query(),
    )


def began_amid(asked: Asked) -> date | None:
    """The day of the first event of all, where days before it are compared with: what is more than nothing means little."""
    first = first_event_at(asked.scope)
    day = local_day(first, asked.period.zone) if first else None
    return day if day and asked.period.before().first < day <= asked.period.last else None


def fields_of(tab: Tab) -> list[str]:
    """The form's fields that the tab offers."""
    return [
        name
        for each in tab.filters
        for name in ([each, "first", "last"] if each == PERIOD else [each])
    ]
