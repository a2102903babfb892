"""Hosts are compared as parsed, never as text that begins or ends alike."""

import pytest

from brands.http import hosts
from brands.queries import DomainFacts

BRAND = (
    DomainFacts(host="brand.com", subdomains=False, verified=True),
    DomainFacts(host="shop.example", subdomains=True, verified=True),
    DomainFacts(host="xn--mnchen-3ya.de", subdomains=False, verified=True),
)


def is_brands(host: str | None) -> bool:
    return host is not None and hosts.belongs(host, BRAND)


@pytest.mark.parametrize(
    "origin",
    [
        "https://brand.com",
        "http://brand.com",
        "https://BRAND.com",
        "https://brand.com:8443",
        "https://eu.shop.example",
        "https://a.b.shop.example",
        "https://xn--mnchen-3ya.de",
        "https://XN--MNCHEN-3YA.de",
    ],
)
def test_the_brands_own_origins_are_known(origin):
    assert is_brands(hosts.of_origin(origin))
    assert is_brands(hosts.of_referer(f"{origin}/path/@name?a=b#c"))
    assert is_brands(hosts.of_domain(origin))
    assert is_brands(hosts.of_domain(origin.partition("://")[2]))


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "brand.com.evil.com",
        "https://brand.com.evil.com",
        "https://evilbrand.com",
        "https://brand.com@evil.com",
        "https://brand.com:443@evil.com",
        "https://evil.com@brand.com",
        "https://evil.com#brand.com",
        "https://evil.com?brand.com",
        "https://evil.com/brand.com",
        "https://evil.com\\brand.com",
        "https://brand.com\\@evil.com",
        "https://brand.com\\.evil.com",
        "https://brand.com%2eevil.com",
        "https://brand.com%00.evil.com",
        "https://brand.com evil.com",
        "https://brand.com\t.evil.com",
        "https://brand.com\n",
        "https://brand.com,https://evil.com",
        "https://brand.com.",
        "https://brand.com..",
        "https://.brand.com",
        "https://BRAND.COM.EVIL.COM.",
        "https://www.brand.com",
        "https://shop.example",
        "https://evilshop.example",
        "https://xn--brnd-3ya.com",
        "https://xn--zzzzzzzz.com",
        "https://brаnd.com",  # noqa: RUF001  (the second a is Cyrillic)
        "https://brand.com:99999",
        "https://brand.com:x",
        "https://[brand.com]",
        "https://[::1",
        "https://127.0.0.1",
        "//brand.com",
        "javascript://brand.com",
        "ftp://brand.com",
        "file:///brand.com",
        "https:brand.com",
        "https:///brand.com",
        "x" * 5_000,
    ],
)
def test_a_trick_is_no_origin_of_the_brand(origin):
    assert not is_brands(hosts.of_origin(origin))
    assert not is_brands(hosts.of_domain(origin))


@pytest.mark.parametrize(
    "referer",
    ["https://evil.com/https://brand.com/", "https://brand.com@evil.com/", "null", "/brand.com"],
)
def test_a_referer_is_judged_by_its_host(referer):
    assert not is_brands(hosts.of_referer(referer))


@pytest.mark.parametrize(
    "origin", ["https://brand.com/", "https://brand.com/x", "https://brand.com?x"]
)
def test_an_origin_has_no_path(origin):
    assert not is_brands(hosts.of_origin(origin))
