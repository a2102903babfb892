"""The frame of every report: which days, which events, and how its charts reach the page and the file.

To add a report, write a function that answers what was asked, in a module beside this one,

    def people(asked: Asked) -> Page:
        report = queries.people_report(asked.scope)
        return Page(stats=[Stat(…), …], charts=[Chart(…), …])

and one line for it in `tabs.TABS`. Nothing else is needed: the address, the tab, the period picker, the comparison's
words, the empty states, the table behind each chart and its file come from there. (tests/test_policies.py and
tests/portal/test_pages_queries.py want a line each, as for any page.) What the filters of a tab leave out is not
offered on it, and kept in its links; `asked.scope` is then as if it had not been chosen. A page that shows more than
figures and charts names a template that extends portal/reports/frame.html and fills its block `more`.

The picker changes the page by htmx, which swaps #report: scripts look for `[data-chart]` at `htmx:load` too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics.queries import Period, Scope
from brands.models import Brand
from events.models import EventType
from portal.views.reports.chart import Chart, Stat

PERIOD, EVENT_TYPE, WORLD = "period", "event_type", "world"
EVERY_FILTER = (PERIOD, EVENT_TYPE, WORLD)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to answer. `query` is what links within the reports keep."""

    brand: Brand
    scope: Scope
    # By their ids, in the brand's order.
    event_types: Mapping[int, EventType]
    now: datetime
    query: str

    @property
    def period(self) -> Period:
        return self.scope.period

    @property
    def event_type(self) -> EventType | None:
        chosen = self.scope.event_type
        return None if chosen is None else self.named(chosen)

    def named(self, event_type: int) -> EventType:
        """The event type of a figure, made a moment ago perhaps."""
        return self.event_types.get(event_type) or EventType.objects.get(pk=event_type)


@dataclass(frozen=True, slots=True)
class Page:
    """The answer: figures above, then charts in their order. `context` is for a template of its own.

    `anyway`: it is shown even where no event was ever reported.
    """

    charts: Sequence[Chart]
    stats: Sequence[Stat] = ()
    template: str = "portal/reports/frame.html"
    context: Mapping[str, Any] = field(default_factory=dict)
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A report's place: its URL's name, its path under analytics/, what it is called, and who makes it."""

    name: str
    report: str
    label: str
    answer: Callable[[Asked], Page]
    about: str
    filters: Sequence[str] = EVERY_FILTER
    # Whether it is about events, and so is empty before the first one.
    of_events: bool = True
    # The room's own address leads here.
    first: bool = False

    @property
    def path(self) -> str:
        return "" if self.first else f"{self.report}/"
