"""Secret keys: made, rotated, revoked. A secret is in one answer and nowhere else."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from brands import services as brands
from brands.models import Brand
from brands.queries import keys_of, signing_secrets_of
from brands.roles import Permission
from events import services as events
from portal.forms.keys import KeyForm
from portal.snippets import curl
from portal.snippets.signed import signed_call
from portal.views.access import BrandPageRequest, needs

WHERE: dict[str, Any] = {"room": "settings", "tab": "keys"}
# Where the shown calls take the key from: a secret in a command line is read by whoever lists processes.
VARIABLE = "RESONANCE_KEY"
require_form = require_http_methods(["GET", "POST"])


@needs(Permission.MANAGE_KEYS)
@require_GET
def keys(request: BrandPageRequest) -> HttpResponse:
    now = timezone.now()
    rows = list(keys_of(request.brand))
    secrets = signing_secrets_of(request.brand, now)
    context = {
        "living": [key for key in rows if key.lives(now)],
        "ended": [key for key in rows if not key.lives(now)],
        "secrets": secrets,
        "signed_call": signed_call(request.brand),
    }
    return render(request, "portal/settings/keys.html", WHERE | context)


@require_form
@never_cache
@needs(Permission.MANAGE_KEYS, step_up=True)
def add_key(request: BrandPageRequest) -> HttpResponse:
    form = KeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            new = brands.create_key(
                brand=request.brand,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                form=form.cleaned_data["form"],
                by=request.user,
                now=timezone.now(),
            )
        except brands.KeyMadeAlready as refused:
            messages.warning(request, f"{refused}")
            return redirect("portal:keys", brand_slug=request.brand.slug)
        except brands.InvalidKey as refused:
            form.add_error("name", f"{refused}")
        else:
            return shown_once(request, new)
    return render(request, "portal/settings/key_new.html", WHERE | {"form": form})


@require_form
@never_cache
@needs(Permission.MANAGE_KEYS, step_up=True)
def rotate_key(request: BrandPageRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(request.brand.api_keys, pk=key_id)
    now = timezone.now()
    if request.method == "POST":
        try:
            new = brands.rotate_key(key=key, by=request.user, now=now)
        except brands.KeyEnds as refused:
            messages.warning(request, f"{refused}")
            return redirect("portal:keys", brand_slug=request.brand.slug)
        return shown_once(request, new, former=key)
    context = {"key": key, "lives": key.lives(now), "until": now + brands.KEY_OVERLAP}
    return render(request, "portal/settings/key_rotate.html", WHERE | context)


@require_form
@needs(Permission.MANAGE_KEYS, step_up=True)
def revoke_key(request: BrandPageRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(request.brand.api_keys, pk=key_id)
    if request.method == "POST":
        brands.revoke_key(key=key, by=request.user, now=timezone.now())
        messages.success(
            request,
            f"{key.name} (…{key.last_four}) is revoked: calls with it are refused from now on.",
        )
        return redirect("portal:keys", brand_slug=request.brand.slug)
    context = {"key": key, "lives": key.lives(timezone.now())}
    return render(request, "portal/settings/key_revoke.html", WHERE | context)


def shown_once(request: BrandPageRequest, new: brands.NewKey, former: Any = None) -> HttpResponse:
    """The answer to the form, and no page of its own: whoever loads it again makes and sees nothing."""
    context = {
        "key": new.key,
        "secret": new.secret,
        "former": former,
        "variable": VARIABLE,
        "call": curl(
            url=f"{settings.RESONANCE_URL}/resonance-api/manual-event",
            body=first_call(request.brand),
            key_variable=VARIABLE,
        ),
    }
    return render(request, "portal/settings/key_made.html", WHERE | context)


def first_call(brand: Brand) -> dict[str, Any]:
    """A test, so that trying the key pays nobody."""
    event_type = brand.event_types.filter(active=True).order_by("position", "pk").first()
    name = event_type.key if event_type else "place_order"
    sample = events.TEMPLATES[name].metadata if name in events.TEMPLATES else {}
    return {"event": name, "email": "ann@example.com", "metadata": sample, "test": True}
