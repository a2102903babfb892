"""What every call passes: its request id, the HTTPS rule, refusals in one shape, and what is noted of it."""

import logging
import secrets
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, cast

import structlog
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse

from brands import metrics
from brands.http import cors, problems
from brands.timing import Timing

log = logging.getLogger(__name__)

ROOT = "/resonance-api"
FIRST_REFUSAL = 400


class CallHandler(BaseHandler):
    """Django's handler without the middleware of pages: no session, no CSRF, no CSP for a JSON answer."""

    def __init__(self) -> None:
        super().__init__()
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Raises DisallowedHost, which CommonMiddleware would have."""
        request.get_host()
        return cast("HttpResponse", self._get_response(request))  # type: ignore[attr-defined]


class ApiMiddleware:
    """Sets `request.request_id` and sees to it that every answer under the prefix looks the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        handler = convert_exception_to_response(CallHandler().respond)
        self.view = cast("Callable[[HttpRequest], HttpResponse]", handler)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Always ours: an id that a caller chose could be made to collide with another's.
        request_id = f"req_{secrets.token_hex(12)}"
        request.request_id = request_id  # type: ignore[attr-defined]
        # Not unbound at the end: Django logs refusals after the last middleware has returned.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        of_api = request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")
        response = self.of_api(request, request_id) if of_api else self.get_response(request)
        metrics.requests(problems.endpoint(request), response.status_code).inc()
        return response

    def of_api(self, request: HttpRequest, request_id: str) -> HttpResponse:
        timing = request.timing = Timing()  # type: ignore[attr-defined]
        # A browser that is signed in to the portal must not lend its rights to an API call.
        request.META.pop("HTTP_COOKIE", None)
        response = self.answer(request)
        response.cookies.clear()
        response["X-Request-Id"] = request_id
        response["Cache-Control"] = "no-store"
        response["Vary"] = "Origin"
        cors.expose(request, response)
        if "Content-Length" not in response and not response.streaming:
            response["Content-Length"] = str(len(response.content))
        # Refusals have their own line, with the code.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django asks for it
        if timing.whole * 1000 > settings.RESONANCE_SLOW_MS:
            about = {"endpoint": problems.endpoint(request), "status": response.status_code}
            log.warning("slow call", extra={**about, **timing.milliseconds()})
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not may_speak_plainly(request):
            return problems.response(https_required(), request)
        # The docs are a page for people; every other call needs none of what pages pass.
        page = request.path_info.startswith(f"{ROOT}/docs/")
        response = self.get_response(request) if page else self.view(request)
        ours = response.headers.get("Content-Type") == problems.CONTENT_TYPE
        if response.status_code < FIRST_REFUSAL or ours:
            return response
        return in_our_shape(request, response)


def https_required() -> problems.Problem:
    if settings.HTTPS:
        return problems.Problem(
            "https_required", f"Send the call to {settings.RESONANCE_URL}{ROOT}/."
        )
    return problems.Problem(
        "https_required",
        "This server takes plain HTTP from its own machine only, and never with X-Forwarded headers "
        "of a proxy that is not in RESONANCE_TRUSTED_PROXIES.",
    )


def may_speak_plainly(request: HttpRequest) -> bool:
    """Whether the call came over TLS, or may do without: on this machine, and not by way of a proxy."""
    if request.is_secure():
        return True
    forged = getattr(request, "forged_forwarding", False)
    return not settings.HTTPS and not forged and is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def in_our_shape(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django's own page for a wrong path, a wrong host or a crash, as a problem document."""
    problem = problems.of_status(response.status_code)
    if problem.code == "internal_error":
        # Django has logged the traceback.
        about = {"request_id": getattr(request, "request_id", "")}
        log.error("%s %s failed outside of a view", request.method, request.path, extra=about)
    ours = problems.response(problem, request)
    if allow := response.headers.get("Allow"):
        ours["Allow"] = allow
    return ours
