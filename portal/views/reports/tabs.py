"""The reports there are, in the order of their tabs."""

from portal.views.reports.events import events
from portal.views.reports.frame import PERIOD, Tab
from portal.views.reports.refusals import refusals
from portal.views.reports.response_times import response_times

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
    Tab(
        "response-times",
        "response-times",
        "Response times",
        response_times,
        "How long our servers took to answer the calls of your backend.",
        filters=[PERIOD],
    ),
]
