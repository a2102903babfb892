"""What a request says of its brand. Nothing of it is checked here."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.http import HttpRequest

from brands.http import body, signatures
from brands.http.problems import FieldError


@dataclass(frozen=True, slots=True)
class Claims:
    """What a request says of its brand outside of its body. Nothing of it is checked yet."""

    names: tuple[str, ...]
    authorization: str | None
    webhook: Mapping[str, str]
    origin: str | None
    referer: str | None
    address: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Claims":
        header = request.headers.get("X-Resonance-Brand")
        return cls(
            names=(*([] if header is None else [header]), *request.GET.getlist("brand_id")),
            authorization=request.headers.get("Authorization"),
            webhook={
                name: request.headers[name]
                for name in signatures.HEADERS
                if name in request.headers
            },
            origin=request.headers.get("Origin"),
            referer=request.headers.get("Referer") or None,
            address=network(request.META.get("REMOTE_ADDR", "")),
        )

    @property
    def credential(self) -> bool:
        """Whether one was sent. Whether it holds is another matter."""
        return self.authorization is not None or bool(self.webhook)


@dataclass(frozen=True, slots=True)
class Named:
    """What the body says of the brand."""

    brand_id: str | None = None
    domain: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Named":
        """Raises invalid_event."""
        found: dict[str, str] = {}
        for param in ("brand_id", "domain"):
            value = document.get(param)
            if isinstance(value, str):
                found[param] = value
            elif param in document:
                raise body.invalid(
                    [FieldError(param, "not_a_string", "Send text, or leave it out.")]
                )
        return cls(**found)


def network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
