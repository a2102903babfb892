"""The versions of a rule: read, compared field by field, used again."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from analytics.queries import version_figures
from events.models import RuleVersion
from portal.views.access import BrandPageRequest
from portal.views.event_types import ROOM
from portal.wording import terms_said


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of two versions."""

    field: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@require_GET
def versions(request: BrandPageRequest, pk: int) -> HttpResponse:
    """All of them, and two of them side by side: `?from=2&to=5`; the last two, if it is not said."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    rule = event_type.rules.earliest("position", "pk")
    found = list(rule.versions.select_related("published_by").order_by("-number"))
    by_number = {f"{version.number}": version for version in found}
    newer = by_number.get(request.GET.get("to", ""), found[0])
    older = by_number.get(request.GET.get("from", ""), found[min(1, len(found) - 1)])
    context = {
        "room": ROOM,
        "event_type": event_type,
        "versions": found,
        "older": older,
        "newer": newer,
        "compared": compare(older, newer),
    }
    return render(request, "portal/event_types/versions.html", context)


@require_GET
def version(request: BrandPageRequest, pk: int, number: int) -> HttpResponse:
    """One version: its terms, who published it, and what it did."""
    event_type = get_object_or_404(request.brand.event_types, pk=pk)
    rule = event_type.rules.earliest("position", "pk")
    found = get_object_or_404(rule.versions.select_related("published_by"), number=number)
    context = {
        "room": ROOM,
        "event_type": event_type,
        "version": found,
        "terms": terms_said(found),
        "figures": version_figures(
            brand_id=request.brand.pk, version=found, zone=request.brand.zone, now=timezone.now()
        ),
    }
    return render(request, "portal/event_types/version.html", context)


def compare(older: RuleVersion, newer: RuleVersion) -> list[Compared]:
    return [
        Compared(field, before, after)
        for (field, before), (_, after) in zip(terms_said(older), terms_said(newer), strict=True)
    ]
