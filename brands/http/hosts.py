"""Which host a call says it comes from. A filter, never a proof: outside a browser anyone can say it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from brands.queries import DomainFacts
from brands.services import InvalidDomain, normalise_host

LONGEST_URL = 2_000


def of_origin(value: str) -> str | None:
    """The host of an Origin header. None for `null` and for anything that is not an origin."""
    parts = split(value)
    if parts is None or parts[1]:
        return None
    return parts[0]


def of_referer(value: str) -> str | None:
    parts = split(value)
    return parts[0] if parts else None


def of_domain(value: str) -> str | None:
    """The host of a `domain` field: a host, with a port if need be, or an origin."""
    return of_origin(value if "://" in value else f"https://{value}")


def split(url: str) -> tuple[str, str] | None:
    """The normalised host and what follows the authority; None where either cannot be trusted.

    What parsers disagree about is refused here, so that no one else's reading of it matters.
    """
    if not url.isprintable() or " " in url or "\\" in url or len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    odd = any(char in parts.netloc for char in "@%") or host.endswith(".")
    if odd or parts.scheme not in {"http", "https"}:
        return None
    try:
        return normalise_host(host), url.partition("://")[2][len(parts.netloc) :]
    except InvalidDomain:
        return None


def belongs(host: str, configured: Iterable[DomainFacts]) -> bool:
    """Whether the host is one of these domains: exactly, or below an explicit `*.` entry."""
    return any(
        host.endswith(f".{each.host}") if each.subdomains else host == each.host
        for each in configured
    )
