"""What happened over weeks."""

from django.urls import URLPattern, URLResolver, path

from portal.views.reports import showing
from portal.views.reports.tabs import TABS

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(tab.path, showing.report, {"tab": tab}, name=tab.name) for tab in TABS),
    path("<slug:report>/<slug:table>.csv", showing.report_csv, name="report-csv"),
]
