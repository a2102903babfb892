"""Whom the brand listens to, and how much callers may do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from brands.calendar import today_start
from brands.models import Trust
from brands.roles import Permission, may
from events.queries.openness import ByTrust, earned_openly, events_by_trust
from portal.forms.limits import LimitsForm
from portal.views.access import BrandPageRequest, needs
from portal.views.settings.changing import Attempt, save

WHERE: dict[str, Any] = {"room": "settings", "tab": "limits"}
WEEK = timedelta(days=7)
TRUSTS = {
    Trust.OPEN: (
        "Anybody who knows the brand id",
        "Needed where a page or an app calls by itself. The bounds below hold for these calls.",
    ),
    Trust.KEY: ("A secret key", "Your backend sends its key with every call."),
    Trust.SIGNED: (
        "A signature",
        "Your backend signs every call: nobody on the way can change it or send it again later.",
    ),
}


@dataclass(frozen=True, slots=True)
class TrustChoice:
    """One choice of least trust, and what it would have refused lately."""

    radio: Any
    name: str
    means: str
    refused: int


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def limits(request: BrandPageRequest) -> HttpResponse:
    """Everybody may look; CHANGE_SETTINGS may change."""
    may_change = may(request.membership.role, Permission.CHANGE_SETTINGS)
    before = model_to_dict(request.brand, fields=LimitsForm.base_fields)
    attempt = Attempt(LimitsForm(initial=before))
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        attempt = save(request, LimitsForm(request.POST, initial=before))
        if attempt.changed is not None:
            if attempt.changed:
                messages.success(request, "Saved. It holds from the next call on.")
            else:
                messages.info(request, "Nothing has changed.")
            return redirect("portal:limits", brand_slug=request.brand.slug)
    now = timezone.now()
    lately = events_by_trust(brand_id=request.brand.pk, since=now - WEEK)
    today = today_start(now, request.brand.zone)
    context = {
        "form": attempt.form,
        "newer": attempt.newer,
        "lately": lately,
        "trusts": trust_choices(attempt.form, lately),
        "trust_said": TRUSTS[Trust(request.brand.least_trust)][0],
        "earned_openly": earned_openly(brand_id=request.brand.pk, day_start=today),
    }
    return render(request, "portal/settings/limits.html", WHERE | context)


def trust_choices(form: LimitsForm, lately: ByTrust) -> list[TrustChoice]:
    return [
        TrustChoice(radio, *TRUSTS[trust], refused=lately.below(trust))
        for radio, trust in zip(form["least_trust"], Trust, strict=True)
    ]
