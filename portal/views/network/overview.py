"""What all brands did together, and brand by brand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from analytics.queries import EventsReport, Period
from analytics.queries.network import network_brands, network_people, network_report
from portal import wording
from portal.forms.network import BrandsForm
from portal.forms.reports import ReportForm
from portal.views.access import PageRequest
from portal.views.network.access import for_staff, show
from portal.views.reports.chart import Cell, Chart, Kind, Stat, amount, count, day, share, word
from portal.views.reports.comparing import compared, shares_compared

ZONE = ZoneInfo("UTC")
A_PAGE = 25
COLUMNS = [
    ("name", "Brand"),
    ("events", "Events, 7 days"),
    ("credited", "Credited, 7 days"),
    ("refused", "Refused"),
    ("owed", "Owed"),
    ("last", "Last event"),
]


@for_staff
@require_GET
def overview(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    today = now.astimezone(UTC).date()
    form = ReportForm(request.GET, event_types=(), today=today, zone=ZONE)
    period = form.chosen_period()
    report = network_report(period)
    brands = BrandsForm(request.GET)
    page = network_brands(
        now=now,
        order=brands.order,
        search=brands.search,
        limit=A_PAGE,
        offset=A_PAGE * (brands.place - 1),
    )
    context = {
        "form": form,
        "brands": brands,
        "shown": [form["period"], form["first"], form["last"]],
        "period": period,
        "before": period.before(),
        "today": stats_of_today(report, period, today),
        "stats": stats(report, period),
        "charts": [over_time(report), refusals(report)],
        "page": page,
        "columns": COLUMNS,
        "query": form.query(),
        "pages": -(-page.total // A_PAGE),
        "link": links(form, brands),
    }
    return show(request, "portal/network/overview.html", "overview", context)


def links(form: ReportForm, brands: BrandsForm) -> dict[str, str]:
    """Where sorting and turning the page lead: the same otherwise."""
    same = {**form.typed_in, "q": brands.search, "sort": brands.order}

    def to(**other: Any) -> str:
        chosen = {name: value for name, value in {**same, **other}.items() if value}
        return f"?{urlencode(chosen)}"

    found = {f"sort_{name}": f"{to(sort=name)}#brands" for name, _ in COLUMNS}
    found["older"] = f"{to(page=brands.place + 1)}#brands"
    found["newer"] = f"{to(page=brands.place - 1 or '')}#brands"
    return found


def stats_of_today(report: EventsReport, period: Period, today: date) -> list[Stat]:
    """Of the last day, where that is today."""
    if period.last != today:
        today_period = Period(today, today, ZONE)
        report = network_report(today_period)
    last = report.parts[-1]
    return [
        Stat("Events today", f"{last.events:,}"),
        Stat("Credited today", wording.rsnc(last.credited), "RSNC"),
        Stat("Refused today", f"{last.refused:,}"),
    ]


def stats(report: EventsReport, period: Period) -> list[Stat]:
    now, before = report.total, report.before
    refused, was = (
        None if each.rate is None else 1 - each.rate for each in (report.total, report.before)
    )
    people = network_people(period)
    return [
        Stat("Events", f"{now.events:,}", by=compared(now.events, before.events, period)),
        Stat(
            "Credited",
            wording.rsnc(now.credited),
            "RSNC",
            compared(now.credited, before.credited, period, wording.rsnc),
        ),
        Stat("Refused", share(refused).text, by=shares_compared(refused, was, period)),
        Stat("People", f"{people:,}", by="each once at each brand, by its own days"),
    ]


def over_time(report: EventsReport) -> Chart:
    def rows() -> Iterator[Sequence[Cell]]:
        for label, each in zip(report.labels, report.parts, strict=True):
            yield (
                day(label),
                count(each.rewarded),
                count(each.refused),
                count(each.events),
                amount(each.credited),
            )

    return Chart(
        name="over-time",
        title="Events by day",
        kind=Kind.STACK,
        labels=[label.isoformat() for label in report.labels],
        dates=True,
        series=[
            ("rewarded", [each.rewarded for each in report.parts]),
            ("refused", [each.refused for each in report.parts]),
        ],
        head=["Day (UTC)", "Rewarded", "Refused", "Events", "Credited, RSNC"],
        rows=rows,
        empty="Events of all brands are counted here day by day as soon as one is reported.",
    )


def refusals(report: EventsReport) -> Chart:
    found = [each for each in report.refusals if each.events]
    total = report.total.refused

    def rows() -> Iterator[Sequence[Cell]]:
        for each in report.refusals:
            part = Fraction(each.events, total) if total else None
            yield (
                word(wording.STATUSES.get(each.status, each.status)),
                word(wording.REASONS.get(each.reason, each.reason) or "\N{EN DASH}"),
                count(each.events),
                share(part),
                count(each.before),
            )

    return Chart(
        name="refusals",
        title="Refused, by decision and reason",
        kind=Kind.BARS,
        labels=[
            wording.REASONS.get(each.reason, each.reason)
            or wording.STATUSES.get(each.status, each.status)
            for each in found
        ],
        series=[("refused", [each.events for each in found])],
        head=["Decision", "Reason", "Events", "Of all refusals", "Before"],
        words=2,
        rows=rows,
        empty="Nothing was refused in these days.",
    )
