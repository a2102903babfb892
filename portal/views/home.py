"""Outside of any brand: the landing page, the choice of a brand, a new one."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from brands import services as brands_service
from brands.models import Membership, Role
from events import services as events
from portal import snippets
from portal.forms.brand import NewBrandForm
from portal.views.access import PageRequest

# Whose call the landing page shows: what nobody's brand id looks like.
A_BRAND = "brd_your_own"


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What Resonance is; who is signed in goes on to the brand, where it is one only, or to the choice."""
    if not request.user.is_authenticated:
        return render(request, "portal/landing.html", {"call": example()})
    slugs = Membership.objects.filter(user=request.user).values_list("brand__slug", flat=True)[:2]
    if len(slugs) == 1:
        return redirect("portal:overview", brand_slug=slugs[0])
    return redirect("brands")


def example() -> str:
    """The one call, as a backend would make it."""
    template = events.TEMPLATES["place_order"]
    return snippets.curl(
        url=f"{settings.RESONANCE_URL}/resonance-api/manual-event",
        body={
            "brand_id": A_BRAND,
            "event": template.key,
            "email": "ann@example.com",
            "metadata": template.metadata,
        },
    )


@require_GET
def brands(request: HttpRequest) -> HttpResponse:
    user = cast("PageRequest", request).user
    mine = (
        Membership.objects.filter(user=user).select_related("brand").order_by("brand__name", "pk")
    )
    return render(request, "portal/brands.html", {"memberships": mine})


@require_http_methods(["GET", "POST"])
def new_brand(request: HttpRequest) -> HttpResponse:
    user = cast("PageRequest", request).user
    form = NewBrandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = brands_service.start_brand(owner=user, now=timezone.now(), **form.terms())
        except brands_service.TooManyBrands as refused:
            form.add_error(None, f"{refused}")
        except brands_service.InvalidBrand as refused:
            show(form, refused)
        else:
            messages.success(request, "Your brand is here. Three steps, and it pays.")
            return redirect("portal:setup", brand_slug=made.slug)
    full = Membership.objects.filter(user=user, role=Role.OWNER).count()
    context = {"form": form, "full": full >= brands_service.MOST_BRANDS}
    return render(request, "portal/new_brand.html", context)


def show(form: NewBrandForm, refused: brands_service.InvalidBrand) -> None:
    """What the model refuses, at its field where the form has one."""
    for field, problems in refused.message_dict.items():
        form.add_error(field if field in form.fields else None, problems)
