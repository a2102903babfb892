"""Questions about what happened. Amounts in hundredths of RSNC."""

from analytics.queries.books import Bar, Earner, Month, balances, outstanding, top_earners
from analytics.queries.event_types import (
    EventTypeRow,
    VersionFigures,
    event_type_rows,
    version_figures,
)
from analytics.queries.figures import (
    EventsReport,
    Total,
    events_by_hour,
    events_report,
    first_event_at,
)
from analytics.queries.freshness import fresh_at
from analytics.queries.people import Came, Cohort, PeopleReport, people_report, retention
from analytics.queries.period import Period, Scope
from analytics.queries.pulse import Pulse, pulse
from analytics.queries.response_times import (
    QUARTERS_KEPT,
    CallTimes,
    ResponseTimes,
    Times,
    response_times,
    response_times_by_hour,
)
from analytics.queries.spending import (
    Partner,
    SpendingReport,
    Spent,
    spending_by_hour,
    spending_report,
)
from analytics.queries.today import Refusals, Today, today

__all__ = [
    "QUARTERS_KEPT",
    "Bar",
    "CallTimes",
    "Came",
    "Cohort",
    "Earner",
    "EventTypeRow",
    "EventsReport",
    "Month",
    "Partner",
    "PeopleReport",
    "Period",
    "Pulse",
    "Refusals",
    "ResponseTimes",
    "Scope",
    "SpendingReport",
    "Spent",
    "Times",
    "Today",
    "Total",
    "VersionFigures",
    "balances",
    "event_type_rows",
    "events_by_hour",
    "events_report",
    "first_event_at",
    "fresh_at",
    "outstanding",
    "people_report",
    "pulse",
    "response_times",
    "response_times_by_hour",
    "retention",
    "spending_by_hour",
    "spending_report",
    "today",
    "top_earners",
    "version_figures",
]
