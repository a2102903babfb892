"""What the reports on events share: by days or by hours, few event types apart, and the log behind a figure."""

from collections.abc import Sequence
from datetime import date, datetime

from django.urls import reverse

from analytics import queries
from analytics.queries import EventsReport, Total
from analytics.queries.figures import Series
from brands.calendar import DAY
from portal.views.reports.chart import Cell, day, hour, linked, word
from portal.views.reports.frame import Asked

# So many have a colour of their own. One more than these is not worth being called the others.
MOST = 10
BY_HOURS = 2
OTHERS = "others"


def by_hours(asked: Asked) -> bool:
    """Where there are few enough of them."""
    return asked.period.length <= BY_HOURS


def report_of(asked: Asked) -> EventsReport:
    """One query, compared with the period before."""
    if by_hours(asked):
        return queries.events_by_hour(asked.scope)
    return queries.events_report(asked.scope)


def time_head(asked: Asked) -> str:
    return "Hour" if by_hours(asked) else "Day"


def parts_by_name(asked: Asked, report: EventsReport) -> list[tuple[str, Sequence[Total]]]:
    """The event types that cost most, and the others as one; those that nothing was reported of are left out."""
    there = [each for each in report.event_types if each.total.events]
    most = len(there) if len(there) <= MOST + 1 else MOST
    named = [(asked.named(each.event_type).name, each.parts) for each in there[:most]]
    rest = there[most:]
    if not rest:
        return named
    return [*named, (OTHERS, [*map(sum_of, zip(*(each.parts for each in rest), strict=True))])]


def sum_of(totals: Sequence[Total]) -> Total:
    return Total(
        events=sum(each.events for each in totals),
        rewarded=sum(each.rewarded for each in totals),
        credited=sum(each.credited for each in totals),
    )


def in_log(asked: Asked, *, event_type: str = "", status: str = "") -> str:
    """The log of the same days and world."""
    return linked(
        reverse("portal:log", args=[asked.brand.slug]),
        event_type=event_type or (asked.event_type.key if asked.event_type else ""),
        status=status,
        world="test" if asked.scope.test else "",
        since=f"{asked.period.first.isoformat()}T00:00",
        until=f"{(asked.period.last + DAY).isoformat()}T00:00",
    )


def type_cells(asked: Asked, each: Series) -> list[Cell]:
    """Its name, which leads into the log, and its key."""
    event_type = asked.named(each.event_type)
    name = word(event_type.name, link=in_log(asked, event_type=event_type.key))
    return [name, word(event_type.key)]


def when(label: date | datetime, asked: Asked) -> Cell:
    """The beginning of a table's row."""
    if isinstance(label, datetime):
        return hour(label.astimezone(asked.period.zone))
    return day(label)


def label_of(label: date | datetime, asked: Asked) -> str:
    """A day, or an hour where the brand is."""
    return f"{when(label, asked).value}"
