"""What every request passes: who forwarded it, and whose pages it may see."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from brands import services as brands
from brands.models import Membership
from events.queries.arrival import anything_of

GetResponse = Callable[[HttpRequest], HttpResponse]
NOT_USED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation"),
    *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
)
OURS_ONLY = (
    *("clipboard-write", "fullscreen", "publickey-credentials-create", "publickey-credentials-get"),
)
PERMISSIONS_POLICY = ", ".join(
    [*(f"{name}=()" for name in NOT_USED), *(f"{name}=(self)" for name in OURS_ONLY)]
)
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
)


class TrustedProxyMiddleware:
    """Read X-Forwarded-* from the operator's own proxies; from anyone else note it and drop it.

    Sets `request.forged_forwarding`: the headers came, but not from a proxy that we know; and
    `request.was_forwarded`: they came, from whomever.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.trusted = [
            ip_network(each, strict=False) for each in settings.RESONANCE_TRUSTED_PROXIES
        ]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        present = [name for name in FORWARDED if name in meta]
        trusted = bool(present) and self.is_trusted(meta.get("REMOTE_ADDR", ""))
        request.forged_forwarding = bool(present) and not trusted  # type: ignore[attr-defined]
        request.was_forwarded = bool(present)  # type: ignore[attr-defined]
        if trusted:
            if address := self.client(meta.get("HTTP_X_FORWARDED_FOR", "")):
                meta["REMOTE_ADDR"] = address
            if meta.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https":
                meta["wsgi.url_scheme"] = "https"
            if host := meta.get("HTTP_X_FORWARDED_HOST"):
                meta["HTTP_HOST"] = host
        for name in present:
            del meta[name]
        return self.get_response(request)

    def is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)

    def client(self, forwarded_for: str) -> str | None:
        """The nearest address that is not one of our proxies; what is left of it anyone can invent."""
        for hop in reversed([part.strip() for part in forwarded_for.split(",")]):
            if not self.is_trusted(hop):
                try:
                    return str(ip_address(hop))
                except ValueError:
                    return None
        return None


class PageHeadersMiddleware:
    """What a page may not leave behind, and what it may not do.

    A page is kept by nobody, so that Back shows nothing after signing out; what says otherwise (a picture,
    a script) is left alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class BrandMiddleware:
    """Every URL with a <brand_slug> gets request.brand and request.membership, or 404 for strangers.

    What a page changes is noted in the audit log with the request that changed it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = {
            "address": request.META.get("REMOTE_ADDR", ""),
            "request_id": getattr(request, "request_id", ""),
        }
        with brands.acting_from(**origin):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]
    ) -> None:
        admit(request, kwargs)


def admit(request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Put the brand of the URL, which must be one of the person's own, in its place. Raises Http404."""
    if "brand_slug" not in kwargs or not request.user.is_authenticated:
        return
    mine = (
        Membership.objects.select_related("brand")
        .filter(user=request.user)
        # Until the first event has come, every page shows the way to setting up.
        .annotate(connected=anything_of(OuterRef("brand_id")))
    )
    membership = get_object_or_404(mine, brand__slug=kwargs.pop("brand_slug"))
    request.membership = membership  # type: ignore[attr-defined]
    request.brand = membership.brand  # type: ignore[attr-defined]
