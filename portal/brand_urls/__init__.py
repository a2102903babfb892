"""The site map of one brand, under /b/<brand_slug>/: a module per room."""

from django.urls import URLPattern, URLResolver, include, path

from portal.brand_urls import (
    alerts,
    analytics,
    console,
    event_types,
    live,
    log,
    members,
    settings,
    start,
    webhooks,
)
from portal.views import overview

app_name = "portal"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("setup/", include(start)),
    path("event-types/", include(event_types)),
    path("live/", include(live)),
    path("log/", include(log)),
    path("analytics/", include(analytics)),
    path("test/", include(console)),
    path("members/", include(members)),
    path("alerts/", include(alerts)),
    path("settings/webhooks/", include(webhooks)),
    path("settings/", include(settings)),
]
