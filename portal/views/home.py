"""Where a person who has just signed in goes."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from brands.models import Membership
from portal.views.access import PageRequest


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the brand, where there is one only; otherwise to the choice."""
    user = cast("PageRequest", request).user
    slugs = Membership.objects.filter(user=user).values_list("brand__slug", flat=True)[:2]
    if len(slugs) == 1:
        return redirect("portal:overview", brand_slug=slugs[0])
    return redirect("brands")


@require_GET
def brands(request: HttpRequest) -> HttpResponse:
    user = cast("PageRequest", request).user
    mine = (
        Membership.objects.filter(user=user).select_related("brand").order_by("brand__name", "pk")
    )
    return render(request, "portal/brands.html", {"memberships": mine})
