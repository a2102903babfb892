"""How the installation is doing: from the sources of /readyz and /metrics, and the checks of the ledger."""

from typing import Any

from django.contrib import messages
from django.db import connections
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from analytics.models import LedgerCheck
from analytics.queries import fresh_at
from analytics.queries.network import behind
from analytics.services import ledger
from analytics.tasks import check_ledger
from brands.webhook_queries import network_health
from portal import jobs, readiness, scrape
from portal.views.access import PageRequest
from portal.views.network.access import for_staff, show

SHOWN = 10


@for_staff
@require_GET
def health(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    waiting = behind()
    context: dict[str, Any] = {
        "checks": list(readiness.checks()),
        "jobs": scrape.waiting_jobs(),
        "oldest": scrape.oldest_job(),
        "seen": scrape.look_at_database(),
        "behind": waiting,
        "fold_delay": (now - waiting.since).total_seconds() if waiting.since else 0,
        "hooks": network_health(now=now),
        "replicated": "replica" in connections.databases,
        **ledger_context(),
    }
    if context["replicated"]:
        context["fresh_at"] = fresh_at(now=now)
    return show(request, "portal/network/health.html", "health", context)


def ledger_context() -> dict[str, Any]:
    runs = list(LedgerCheck.objects.select_related("asked_by").order_by("-pk")[:SHOWN])
    under_way = next((each for each in runs if each.state in ledger.UNDER_WAY), None)
    return {
        "runs": runs,
        "under_way": under_way,
        "again": reverse("network:ledger") if under_way else "",
    }


@for_staff
@require_GET
def ledger_runs(request: PageRequest) -> HttpResponse:
    """The part of the page that moves; asks for itself until the check is over."""
    if not request.htmx:
        return redirect("network:health")
    return render(request, "portal/network/ledger.html", ledger_context())


@for_staff
@require_POST
def run_ledger_check(request: PageRequest) -> HttpResponse:
    """Ask for a check. The worker runs it."""
    try:
        asked = ledger.ask_check(by=request.user, now=timezone.now())
    except ledger.CheckUnderWay:
        messages.info(request, "A check is under way already.")
    else:
        jobs.begin(check_ledger, check_id=asked.pk)
        messages.success(request, "The check has been asked for.")
    return redirect("network:health")
