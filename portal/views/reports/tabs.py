"""The reports there are, in the order of their tabs."""

from portal.views.reports.events import events
from portal.views.reports.frame import Tab
from portal.views.reports.refusals import refusals

TABS = [
    Tab(
        "analytics",
        "events",
        "Events",
        events,
        "What was reported, what it earned, and what each event type costs.",
        first=True,
    ),
    Tab(
        "refusals",
        "refusals",
        "Refusals",
        refusals,
        "Who was refused, and why.",
    ),
]
