"""The refusals of a call, by status, made from the table of codes."""

from collections import defaultdict
from typing import Any

from django.conf import settings

from brands.http.problems import CODES, CONTENT_TYPE
from brands.http.remedies import REMEDIES
from events.api.openapi.schemas import Schema, ref

ALWAYS = ("bad_request", "https_required", "method_not_allowed", "internal_error", "try_again")
CALLER = ("brand_required", "brand_unknown", "rate_limited")
PROVED = ("trust_too_low", "scope_missing")
OPEN = ("domain_mismatch", "domain_required")
BODY = ("invalid_json", "too_large", "unsupported_media_type", "invalid_event")

SENT = {
    "X-Request-Id": ("The id of this call.", {"type": "string"}),
    "Cache-Control": ("`no-store`.", {"type": "string"}),
}
LIMITS = {
    "RateLimit": ("What is left of each limit, and for how many seconds.", {"type": "string"}),
    "RateLimit-Policy": ("The limits: so many (`q`) in so many seconds (`w`).", {"type": "string"}),
}
OF_STATUS = {
    401: {"WWW-Authenticate": ("`Bearer`.", {"type": "string"})},
    405: {"Allow": ("The methods that are.", {"type": "string"})},
    429: {"Retry-After": ("Seconds.", {"type": "integer"})} | LIMITS,
    503: {"Retry-After": ("Seconds.", {"type": "integer"})},
}
ERRORS = {
    "invalid_event": {
        "param": "email",
        "code": "required",
        "message": "Send email.",
    },
    "invalid_parameter": {
        "param": "limit",
        "code": "out_of_bounds",
        "message": "Send a whole number from 1 to 500.",
    },
    "unknown_event": {
        "param": "event",
        "code": "unknown",
        "message": "There is no event type “place_ordre”.",
    },
}


def headers(*sent: dict[str, tuple[str, Schema]]) -> Schema:
    return {
        name: {"description": description, "schema": schema}
        for each in (SENT, *sent)
        for name, (description, schema) in each.items()
    }


def responses(*codes: str) -> Schema:
    """What a call answers where it refuses, with an example of every code."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for code in sorted({*ALWAYS, *codes}, key=list(CODES).index):
        found[CODES[code][0]][code] = {"summary": CODES[code][1], "value": example(code)}
    return {
        f"{status}": {
            "description": " · ".join(f"`{code}`: {CODES[code][1]}." for code in examples),
            "headers": headers(OF_STATUS.get(status, {})),
            "content": {CONTENT_TYPE: {"schema": ref("Problem"), "examples": examples}},
        }
        for status, examples in sorted(found.items())
    }


def example(code: str) -> Schema:
    status, title = CODES[code]
    return {
        "type": f"{settings.RESONANCE_URL}/resonance-api/docs/#{code}",
        "title": title,
        "status": status,
        "detail": REMEDIES[code],
        "code": code,
        "errors": [ERRORS[code]] if code in ERRORS else [],
        "request_id": "req_5f0c1e9a7b3d2468ace01357",
    }
