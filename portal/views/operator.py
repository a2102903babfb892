"""For the operator's machines: is it alive, is it ready, and how is it doing."""

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from brands.http.middleware import is_loopback
from portal import readiness, scrape

View = Callable[[HttpRequest], HttpResponse]
# Proxies that are not asked to say for whom they speak often say this much.
SIGNS_OF_A_PROXY = ("HTTP_VIA", "HTTP_X_REAL_IP")


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody else, so that no restart is caused by another's trouble."""
    return HttpResponse("ok", content_type="text/plain")


def for_operators(view: View) -> View:
    """404 for everyone else, so that nobody learns what there is."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not (has_token(request) or is_on_this_machine(request)):
            raise Http404
        answer = view(request)
        answer["Cache-Control"] = "no-store"
        return answer

    return guarded


def has_token(request: HttpRequest) -> bool:
    """Whether it sends RESONANCE_METRICS_TOKEN as its bearer token."""
    token = settings.RESONANCE_METRICS_TOKEN
    sent = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())


def is_on_this_machine(request: HttpRequest) -> bool:
    forwarded = getattr(request, "was_forwarded", True)
    if forwarded or any(sign in request.META for sign in SIGNS_OF_A_PROXY):
        return False
    return is_loopback(request.META.get("REMOTE_ADDR", ""))


@for_operators
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """503 where nothing can be credited; what else is missing is only said."""
    checks = list(readiness.checks())
    ready = all(check.ok for check in checks if check.needed)
    said = [
        {name: value for name, value in asdict(check).items() if name != "needed"}
        for check in checks
    ]
    content = json.dumps({"ok": ready, "checks": said})
    return HttpResponse(content, status=200 if ready else 503, content_type="application/json")


@for_operators
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(scrape.exposition(), content_type=CONTENT_TYPE_LATEST)
