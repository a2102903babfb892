"""The operator's pages, under /network/."""

from django.urls import path

from portal.views.network import alerts, health, overview

app_name = "network"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("health/", health.health, name="health"),
    path("health/ledger/", health.ledger_runs, name="ledger"),
    path("health/ledger/check/", health.run_ledger_check, name="check-ledger"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/webhook/", alerts.set_hook, name="hook"),
    path("alerts/webhook/remove/", alerts.remove_hook, name="remove-hook"),
]
