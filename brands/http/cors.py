"""What a browser may read. Only an origin on one of the brand's domains is ever echoed."""

from django.http import HttpRequest, HttpResponse

from brands.http import hosts
from brands.http.directory import directory
from brands.http.problems import Problem
from brands.queries import BrandFacts

ALLOWED_HEADERS = "Content-Type, Idempotency-Key, X-Resonance-Brand"
EXPOSED_HEADERS = "X-Request-Id, Idempotent-Replayed, Retry-After, RateLimit, RateLimit-Policy"
MAX_AGE = "600"


def is_preflight(request: HttpRequest) -> bool:
    return "Origin" in request.headers and "Access-Control-Request-Method" in request.headers


def preflight(request: HttpRequest, methods: str) -> HttpResponse:
    """Answer a browser that asks before it sends.

    It names no brand in headers or body yet: `?brand_id=` or a verified domain has to tell.
    Raises domain_mismatch.
    """
    origin = request.headers["Origin"]
    brand = brand_of(request, hosts.of_origin(origin))
    if brand is None or not speaks_for(brand, origin):
        raise Problem(
            "domain_mismatch",
            "Add and verify this domain in the brand's settings, or name the brand in ?brand_id=.",
        )
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Allow-Methods"] = methods
    response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response["Access-Control-Max-Age"] = MAX_AGE
    return response


def brand_of(request: HttpRequest, host: str | None) -> BrandFacts | None:
    if public_id := request.GET.get("brand_id"):
        return directory.current(directory.by_public_id(public_id))
    return directory.current(directory.by_host(host)) if host else None


def speaks_for(brand: BrandFacts, origin: str) -> bool:
    host = hosts.of_origin(origin)
    return brand.active and host is not None and hosts.belongs(host, brand.domains)


def expose(request: HttpRequest, response: HttpResponse) -> None:
    """Let the page that called read the answer, refusals included, once its brand is known."""
    brand: BrandFacts | None = getattr(request, "brand_facts", None)
    origin = request.headers.get("Origin")
    if brand is None or origin is None or not speaks_for(brand, origin):
        return
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
