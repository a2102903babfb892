"""Hosts: every trick ends in the same host, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import queries, services
from brands.services import domains
from tests.brands.conftest import NOON

SAME = [
    ("brand.com", "brand.com"),
    ("BRAND.Com", "brand.com"),
    ("brand.com.", "brand.com"),
    ("brand.com:8443", "brand.com"),
    ("brand.com.:443", "brand.com"),
    ("  brand.com\n", "brand.com"),
    ("\uff42rand\u3002com", "brand.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example", "xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ("faß.de", "xn--fa-hia.de"),
    ("r3---sn-1.cdn.example", "r3---sn-1.cdn.example"),
    ("brand.com.evil.com", "brand.com.evil.com"),
    ("evilbrand.com", "evilbrand.com"),
    ("localhost", "localhost"),
    ("localhost:3000", "localhost"),
    ("LOCALHOST.", "localhost"),
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1:8000", "127.0.0.1"),
    ("\uff11\uff12\uff17.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("[::1]", "::1"),
    ("[::1]:8000", "::1"),
    ("::1", "::1"),
    ("0:0:0:0:0:0:0:1", "::1"),
]
REFUSED = [
    "",
    ".",
    "brand",
    "com",
    "null",
    ".brand.com",
    "brand..com",
    "brand.com..",
    "https://brand.com",
    "brand.com/path",
    "brand.com@evil.com",
    "user@brand.com",
    "brand.com:80:80",
    "brand.com:http",
    "brand.com\uff1a80",
    "brand.com\\evil.com",
    "brand.com#evil.com",
    "brand.com?evil.com",
    "brand com.evil.com",
    "brand.com\x00.evil.com",
    "brand.com\nevil.com",
    "brand.com%2eevil.com",
    "-brand.com",
    "brand-.com",
    "bra_nd.com",
    "*.brand.com",
    "br*nd.com",
    "a\u200db.com",
    "xn--brand-.com",
    "xn--a.com",
    "xn--\ud800.com",
    "\ud800.com",
    "i❤.ws",
    "a" * 64 + ".com",
    ".".join(["a" * 60] * 5),
    "a." * 100_000 + "com",
    "8.8.8.8",
    "10.0.0.1:80",
    "127.1",
    "0x7f.1",
    "2130706433",
    "brand.0x7f",
    "brand.8",
    "0127.0.0.1",
    "[2001:db8::1]",
    "[::ffff:127.0.0.1]",
    "[fe80::1%eth0]",
    "[::1]evil.com",
    "[::1",
    "::1:80",
    "[127.0.0.1",
]


@pytest.mark.parametrize(("sent", "expected"), SAME)
def test_a_host_has_one_form(sent, expected):
    assert services.normalise_host(sent) == expected
    assert services.normalise_host(expected) == expected


@pytest.mark.parametrize("sent", REFUSED, ids=lambda sent: ascii(sent)[:40])
def test_what_is_no_host_is_refused(sent):
    with pytest.raises(services.InvalidDomain):
        services.normalise_host(sent)


@given(st.text(max_size=40) | st.from_regex(r"[a-z0-9.:*@\[\]-]{1,30}", fullmatch=True))
def test_any_text_is_a_stable_host_or_refused(text):
    try:
        host = services.normalise_host(text)
    except services.InvalidDomain:
        return
    assert services.normalise_host(host) == host
    assert queries.HOST.fullmatch(host)
    assert len(host) <= 253


def test_a_star_counts_every_name_below():
    assert services.parse_entry("*.Shop.Example.") == ("shop.example", True)
    assert services.parse_entry("shop.example") == ("shop.example", False)
    assert services.shown_entry("shop.example", subdomains=True) == "*.shop.example"


@pytest.mark.parametrize(
    "entry",
    [
        "*.com",
        "*.co.uk",
        "*.CO.UK.",
        "*.github.io",
        "*.myshopify.com",
        "*.kawasaki.jp",
        "*.compute.amazonaws.com",
        "*.xn--p1ai",
        "*.рф",
        "*.localhost",
        "*.127.0.0.1",
        "*.[::1]",
        "*.*.brand.com",
        "*",
        "*.",
    ],
)
def test_a_star_right_above_everybody_is_refused(entry):
    with pytest.raises(services.InvalidDomain):
        services.parse_entry(entry)


@pytest.mark.parametrize("entry", ["*.brand.co.uk", "*.brand.github.io", "*.brand.com"])
def test_a_star_above_ones_own_name_is_fine(entry):
    assert services.parse_entry(entry)[1]


@pytest.mark.parametrize("entry", ["localhost:3000", "127.0.0.1", "[::1]:80", "app.localhost"])
def test_development_hosts_can_be_listed_but_not_verified(acme, entry):
    domain = services.add_domain(brand=acme, entry=entry, by=None, now=NOON)
    assert domains.is_loopback(domain.host)
    with pytest.raises(services.DomainTaken, match="everybody"):
        services.mark_domain_verified(domain=domain, by=None, now=NOON)


def test_a_domain_is_listed_once(acme):
    services.add_domain(brand=acme, entry="acme.example", by=None, now=NOON)
    services.add_domain(brand=acme, entry="*.acme.example", by=None, now=NOON)
    with pytest.raises(services.DomainListed, match=r"acme\.example is in the list"):
        services.add_domain(brand=acme, entry="ACME.example.", by=None, now=NOON)


def test_two_brands_may_list_a_domain_but_one_has_it_verified(acme, rival):
    ours = services.add_domain(brand=acme, entry="acme.example", by=None, now=NOON)
    theirs = services.add_domain(brand=rival, entry="acme.example", by=None, now=NOON)
    assert queries.brand_id_of_verified_host("acme.example") is None
    services.mark_domain_verified(domain=ours, by=None, now=NOON)
    services.mark_domain_verified(domain=ours, by=None, now=NOON)
    assert ours.verified_at == NOON
    with pytest.raises(services.DomainTaken, match="Another brand"):
        services.mark_domain_verified(domain=theirs, by=None, now=NOON)
    assert queries.brand_id_of_verified_host("acme.example") == acme.pk


def test_the_exact_host_wins_then_the_nearest_star(acme, rival):
    for brand, entry in [
        (acme, "*.acme.example"),
        (rival, "*.eu.acme.example"),
        (acme, "shop.eu.acme.example"),
    ]:
        added = services.add_domain(brand=brand, entry=entry, by=None, now=NOON)
        services.mark_domain_verified(domain=added, by=None, now=NOON)
    owners = {
        host: queries.brand_id_of_verified_host(host)
        for host in [
            "shop.eu.acme.example",
            "cart.shop.eu.acme.example",
            "eu.acme.example",
            "acme.example",
            "evilacme.example",
            "acme.example.evil.com",
            "example",
        ]
    }
    assert owners == {
        "shop.eu.acme.example": acme.pk,
        "cart.shop.eu.acme.example": rival.pk,
        "eu.acme.example": acme.pk,
        "acme.example": None,
        "evilacme.example": None,
        "acme.example.evil.com": None,
        "example": None,
    }


@pytest.mark.parametrize("text", ["", "\x00", "a\x00b", "\ud800", "brd_'; --", "é", "x" * 10_000])
@pytest.mark.django_db
def test_hostile_text_belongs_to_nobody(text):
    assert queries.brand_id_of_public_id(text) is None
    assert queries.brand_id_of_verified_host(text) is None


def test_a_removed_domain_is_gone(acme):
    domain = services.add_domain(brand=acme, entry="acme.example", by=None, now=NOON)
    services.mark_domain_verified(domain=domain, by=None, now=NOON)
    services.remove_domain(domain=domain, by=None, now=NOON)
    assert queries.brand_id_of_verified_host("acme.example") is None
    assert queries.brand_id_of_public_id(acme.public_id) == acme.pk
