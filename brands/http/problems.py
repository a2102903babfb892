"""Every refusal of the API: one shape (RFC 9457), one table of codes, one handler."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.exceptions import APIException

from brands import metrics
from brands.http import lately
from brands.queries import BrandFacts

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = 2
# Not worth a word to Redis for every one of them.
FLOODS = {"rate_limited", "try_again"}

# code: (status, title). Codes are part of the contract: add, never rename.
CODES: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be understood"),
    "invalid_json": (400, "The body is not sound JSON"),
    "brand_required": (401, "No brand was named"),
    "brand_unknown": (401, "The brand or its credential is not valid"),
    "domain_mismatch": (403, "The domain is not one of the brand's"),
    "domain_required": (403, "The brand wants a domain with every call"),
    "https_required": (403, "The call came over plain HTTP"),
    "scope_missing": (403, "The key may not do this"),
    "trust_too_low": (403, "The call proves too little"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body is not sent as JSON"),
    "idempotency_key_reused": (422, "The idempotency key belongs to another event"),
    "invalid_event": (422, "The event has fields that are not valid"),
    "invalid_parameter": (422, "A parameter of the address is not valid"),
    "unknown_event": (422, "The brand has no such event type"),
    "rate_limited": (429, "Too many calls"),
    "internal_error": (500, "Something went wrong on our side"),
    "not_recorded": (500, "This event of the batch was not recorded"),
    "try_again": (503, "The service is not ready"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. `param` is its path, such as `metadata.total`."""

    param: str
    code: str
    message: str


@dataclass(eq=False)
class Problem(Exception):
    """A refusal. `detail` is a sentence that says what to do."""

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    # Whose call it was, as far as that was found out; never said in the answer.
    brand: BrandFacts | None = None

    @property
    def status(self) -> int:
        return CODES[self.code][0]


def document(problem: Problem, request_id: str) -> dict[str, Any]:
    status, title = CODES[problem.code]
    return {
        "type": f"{settings.RESONANCE_URL}/resonance-api/docs/#{problem.code}",
        "title": title,
        "status": status,
        **error_document(problem),
        "request_id": request_id,
    }


def error_document(problem: Problem) -> dict[str, Any]:
    """What is particular to this refusal, for an answer that carries several."""
    return {
        "detail": problem.detail,
        "code": problem.code,
        "errors": [
            {"param": each.param, "code": each.code, "message": each.message}
            for each in problem.errors
        ],
    }


def response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The answer; it is counted and logged as well."""
    note(problem, request)
    content = json.dumps(document(problem, getattr(request, "request_id", "")))
    answer = HttpResponse(content, status=problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        answer[name] = value
    if problem.status == 401:  # noqa: PLR2004
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def note(problem: Problem, request: HttpRequest) -> None:
    metrics.refusals(problem.code).inc()
    brand: BrandFacts | None = getattr(request, "brand_facts", None) or problem.brand
    about = {
        "code": problem.code,
        "status": problem.status,
        "endpoint": endpoint(request),
        "brand": brand.public_id if brand else None,
    }
    log.info("refused", extra=about)
    if brand and problem.code not in FLOODS:
        lately.remember(brand_id=brand.id, code=problem.code)


def endpoint(request: HttpRequest) -> str:
    """The name of the page or call: a path could name a person, and there is no end of paths."""
    return request.resolver_match.view_name if request.resolver_match else "none"


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """What Django REST framework asks when a view raises."""
    request: HttpRequest = context["request"]._request  # noqa: SLF001
    return response(of_exception(exc, request), request)


def of_exception(exc: Exception, request: HttpRequest) -> Problem:
    match exc:
        case Problem():
            return exc
        case OperationalError() | InterfaceError():
            log.warning("the database is out of reach", extra={"error": str(exc)})
            return try_again()
        case Http404():
            return of_status(404)
        case PermissionDenied() | BadRequest() | SuspiciousOperation() | UnreadablePostError():
            return of_status(400)
        case APIException():
            return of_status(exc.status_code)
    about = {"request_id": getattr(request, "request_id", "")}
    log.error("%s %s failed", request.method, request.path, exc_info=exc, extra=about)
    return of_status(500)


def try_again() -> Problem:
    return Problem(
        "try_again",
        "Nothing was recorded. Send the same call again in a moment, with the same idempotency key.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def of_status(status: int) -> Problem:
    """The problem behind an answer that was not written by a view of ours."""
    match status:
        case 404:
            return Problem(
                "not_found", "Compare the path with the documentation, slashes included."
            )
        case 405:
            return Problem("method_not_allowed", "Use a method that the Allow header names.")
        case 413:
            return Problem("too_large", "Send a smaller body.")
        case 415:
            return Problem("unsupported_media_type", "Send Content-Type: application/json.")
        case _ if status < 500:  # noqa: PLR2004
            return Problem(
                "bad_request", "Compare the request and its Host header with the documentation."
            )
    return Problem(
        "internal_error",
        "Send the same call again with the same idempotency key; if it fails again, tell us the request_id.",
    )
