"""What is kept of a request for its log: enough to explain it, nothing that could be used again."""

from typing import Any

from django.http import HttpRequest

from brands.http.body import UNSHOWABLE

KEPT = (
    "Content-Type",
    "User-Agent",
    "Origin",
    "Referer",
    "X-Resonance-Brand",
    "Idempotency-Key",
    "webhook-id",
    "webhook-timestamp",
)
MASKED = ("Authorization", "webhook-signature")
LONGEST = 300


def description(request: HttpRequest, *, client: str) -> dict[str, Any]:
    """`client` is the pseudonym of the caller's address."""
    kept = {name: request.headers[name] for name in KEPT if name in request.headers}
    masked = {name: mask(request.headers[name]) for name in MASKED if name in request.headers}
    return {
        "method": request.method,
        "path": request.path,
        "headers": {name: clean(value) for name, value in (kept | masked).items()},
        "client": client,
    }


def clean(value: str) -> str:
    return UNSHOWABLE.sub("\ufffd", value)[:LONGEST]


def mask(value: str) -> str:
    """The scheme and the last four characters, as the list of keys shows them."""
    scheme, space, secret = value.partition(" ")
    if not space:
        return "••••"
    return f"{scheme} ••••{secret[-4:] if len(secret) > 16 else ''}"  # noqa: PLR2004
