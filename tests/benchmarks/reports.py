"""Ask for every report of the last 90 days, in the server's Python: what is measured is the report and not HTTP."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics import queries
from analytics.queries import Period, Scope
from brands.calendar import local_day
from brands.models import Brand
from events.models import EventType


def ask(slug: str, *, turns: int) -> None:
    """Print milliseconds at the median and how many queries, by report, as JSON."""
    brand = Brand.objects.get(slug=slug)
    found = {}
    for name, report in reports_of(brand).items():
        with CaptureQueriesContext(connection) as captured:
            report()
        # Settings may go before a query in the same message.
        asked = [each for each in captured if "SELECT" in each["sql"]]
        found[name] = (round(median(report, turns), 1), len(asked))
    print(json.dumps(found))


def median(report: Callable[[], object], turns: int) -> float:
    spent = []
    for _ in range(turns):
        began = time.perf_counter()
        report()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def reports_of(brand: Brand) -> dict[str, Callable[[], object]]:
    now, zone = timezone.now(), brand.zone
    today = local_day(now, zone)

    def last(days: int, event_type: int | None = None) -> Scope:
        period = Period(today - timedelta(days=days - 1), today, zone)
        return Scope(brand.pk, period, event_type=event_type)

    one = EventType.objects.filter(brand=brand).earliest("pk").pk
    days = last(90)
    return {
        "events and refusals": lambda: queries.events_report(days),
        "the same, one event type": lambda: queries.events_report(last(90, one)),
        "events by hour, a week": lambda: queries.events_by_hour(last(7)),
        "people": lambda: queries.people_report(days),
        "retention": lambda: queries.retention(days),
        "balances": lambda: queries.balances(brand_id=brand.pk),
        "top earners": lambda: queries.top_earners(brand_id=brand.pk),
        "outstanding": lambda: queries.outstanding(brand_id=brand.pk, zone=zone, now=now),
        "spending": lambda: queries.spending_report(days),
        "response times": lambda: queries.response_times(brand_id=brand.pk, period=days.period),
        "event types, a week": lambda: queries.event_type_rows(
            brand_id=brand.pk, period=last(7).period
        ),
        "live: rates": lambda: queries.pulse(brand_id=brand.pk, now=now),
        "live: today": lambda: queries.today(brand_id=brand.pk, since=last(1).period.since),
    }
