"""The reports there are, in the order of their tabs."""

from portal.views.reports.events import events
from portal.views.reports.frame import PERIOD, WORLD, Tab
from portal.views.reports.owed import owed
from portal.views.reports.people import people
from portal.views.reports.refusals import refusals
from portal.views.reports.response_times import response_times
from portal.views.reports.spending import spending

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
        "people",
        "people",
        "People",
        people,
        "Who came: who was new, who returned, and who comes again.",
        filters=[PERIOD, WORLD],
    ),
    Tab(
        "owed",
        "owed",
        "What we owe",
        owed,
        "What people hold of what was issued here. All of it is as of now and since the beginning, so there is no period to choose.",
        filters=[WORLD],
    ),
    Tab(
        "spending",
        "spending",
        "Spending",
        spending,
        "Where your credits are spent, and whose credits are spent here.",
        filters=[PERIOD, WORLD],
        of_events=False,
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
