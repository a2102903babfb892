"""Which URLs a partner may give us."""

from functools import partial

import pytest
from django.core.checks import run_checks

from brands.outgoing import CannotResolve, RefusedTarget, parse_target, reachable

REFUSED = {
    "": "whole address",
    "shop.example.com": "whole address",
    "ftp://shop.example.com/": "whole address",
    "javascript:alert(1)": "whole address",
    "https://": "whole address",
    "https://shop.example.com:port/": "whole address",
    "https://shop.example.com:99999/": "whole address",
    "http://shop.example.com/": "https://",
    "https://shop.example.com:80/": "443 and 8443",
    "https://shop.example.com:0/": "443 and 8443",
    "https://shop.example.com:6379/": "443 and 8443",
    "https://ann:secret@shop.example.com/": "password",
    "https://@shop.example.com/": "password",
    "https://shop.example.com/#part": "#",
    "https://shop.example.com/a b": "percent-encoded",
    "https://shop.example.com/\\evil.com": "percent-encoded",
    "https://shop.example.com/\u202e": "percent-encoded",
    "https://shop.example.com/\x00": "percent-encoded",
    "https://localhost/": "public internet",
    "https://shop.localhost/": "public internet",
    "https://printer.local/": "public internet",
    "https://metadata.google.internal/": "public internet",
    "https://METADATA.google.INTERNAL./": "public internet",
    "https://metadata.google.\uff49nternal/": "public internet",
    "https://intranet/": "public internet",
    "https://127.0.0.1/": "IP address",
    "https://8.8.8.8/": "IP address",
    "https://127.1/": "IP address",
    "https://0x7f.1/": "IP address",
    "https://2130706433/": "IP address",
    "https://[::1]/": "not one that can exist",
    "https://[2606:4700::1]/": "not one that can exist",
    "https://shop..example.com/": "not one that can exist",
    "https://-.example.com/": "not one that can exist",
    "https://resonance.example/": "Resonance itself",
    "https://RESONANCE.example./": "Resonance itself",
    "https://shop.example.com/" + "a" * 2_000: "characters",
    "https://" + "a" * 10_000: "characters",
}


@pytest.mark.parametrize("url", REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_an_address_that_is_refused_says_why(settings, url):
    settings.RESONANCE_URL = "https://resonance.example"
    with pytest.raises(RefusedTarget, match=REFUSED[url]):
        parse_target(url)


def test_a_sound_address_is_taken_apart():
    target = parse_target("https://Höfe.Example.com:8443/hooks?from=resonance")
    assert (target.host, target.port) == ("xn--hfe-sna.example.com", 8443)
    assert target.path == "/hooks?from=resonance"
    assert target.authority == "xn--hfe-sna.example.com:8443"
    assert parse_target("https://shop.example.com").path == "/"


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    target = parse_target("https://shop.example.com/")
    with pytest.raises(RefusedTarget, match=r"10\.0\.0\.1, which is not a public address"):
        reachable(target, lambda _name, _seconds: ["8.8.8.8", "10.0.0.1"], 1)
    with pytest.raises(CannotResolve):
        reachable(target, lambda _name, _seconds: [], 1)
    assert reachable(target, lambda _name, _seconds: ["8.8.8.8"], 1) == ["8.8.8.8"]


def leading_to(address: str, _name: str, _seconds: float) -> list[str]:
    return [address]


def test_a_receiver_that_the_operator_names_may_be_plain_and_here_but_nowhere_else(settings):
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = ["127.0.0.1:9000", "shop.example.com:9000"]
    here = parse_target("http://127.0.0.1:9000/hooks")
    assert reachable(here, lambda _name, _seconds: [], 1) == ["127.0.0.1"]
    named = parse_target("http://shop.example.com:9000/")
    assert reachable(named, lambda _name, _seconds: ["127.0.0.1"], 1) == ["127.0.0.1"]
    for elsewhere in ("10.0.0.1", "8.8.8.8"):
        with pytest.raises(RefusedTarget):
            reachable(named, partial(leading_to, elsewhere), 1)
    for url in ("http://127.0.0.1:9001/", "http://localhost:9000/"):
        with pytest.raises(RefusedTarget):
            parse_target(url)


def test_a_deployment_is_warned_of_receivers_on_its_own_machine(settings):
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = []
    assert "portal.W002" not in {each.id for each in run_checks(include_deployment_checks=True)}
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = ["127.0.0.1:9000"]
    assert "portal.W002" in {each.id for each in run_checks(include_deployment_checks=True)}
