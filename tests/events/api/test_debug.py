"""debug tells a developer what to do, and strangers nothing about a brand."""

import time
from typing import Any

import pytest

from brands.models import Brand
from events.models import Event
from tests.api_client import refusal, signed

PATH = "/resonance-api/debug"
NAMES = ["https", "brand", "domain", "key", "signature", "trust", "clock"]
NAMES += ["rate_limit", "event_types", "last_event"]
SHOP = "https://shop.northwind.example"

pytestmark = pytest.mark.usefixtures("place_order")


def checks(response) -> dict[str, dict[str, Any]]:
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"ok", "service", "version", "time", "request_id", "checks"}
    assert answer["service"] == "resonance"
    for check in answer["checks"]:
        assert set(check) == {"name", "ok", "detail"}
        assert check["detail"].endswith(".")
    assert answer["ok"] is all(check["ok"] for check in answer["checks"])
    return {check["name"]: check for check in answer["checks"]}


def test_with_a_key_everything_is_told(api, brand, bearer, domain):
    found = checks(api.get(PATH, **bearer))
    assert list(found) == NAMES
    assert all(check["ok"] for check in found.values())
    assert brand.public_id in found["brand"]["detail"]
    assert "shop.northwind.example" in found["domain"]["detail"]
    assert "events:write" in found["key"]["detail"]
    assert "place_order" in found["event_types"]["detail"]
    assert found["last_event"]["detail"] == "None yet."
    api.post(**bearer)
    assert "20" in checks(api.get(PATH, **bearer))["last_event"]["detail"]
    assert Event.objects.count() == 1


def test_the_default_brand_is_found_as_it_stands(api, brand, settings):
    settings.RESONANCE_DEFAULT_BRAND = brand.public_id
    assert api.get(PATH).json()["ok"] is True


def test_without_a_brand_it_says_how_to_name_one(api):
    found = checks(api.get(PATH))
    assert found["brand"]["ok"] is False
    assert "X-Resonance-Brand" in found["brand"]["detail"]


def test_strangers_learn_nothing_about_a_brand(api, of_brand, bearer, domain):
    api.post(**bearer)
    for headers in ({}, {"origin": SHOP}, {"origin": "https://evil.example"}):
        text = api.get(PATH, **of_brand, **headers).content.decode()
        assert "place_order" not in text
        assert "Received" not in text
        assert "Configured" not in text


def test_a_brand_that_is_unknown_and_a_key_that_is_wrong_cannot_be_told_apart(api, brand, of_brand):
    answers = [
        api.get(PATH, authorization="Bearer rsk_x", **of_brand),
        api.get(PATH, authorization="Bearer rsk_x", x_resonance_brand="brd_nobody"),
    ]
    assert checks(answers[0]) == checks(answers[1])
    assert "whole key" in checks(answers[0])["key"]["detail"]
    suspended = checks(api.get(PATH, x_resonance_brand="brd_nobody"))
    Brand.objects.filter(pk=brand.pk).update(status=Brand.Status.SUSPENDED)
    assert checks(api.get(PATH, **of_brand)) == suspended


@pytest.mark.usefixtures("domain")
@pytest.mark.parametrize(
    ("headers", "ok"),
    [
        ({"origin": SHOP}, True),
        ({"origin": "null"}, False),
        ({"referer": "https://x.example"}, False),
    ],
)
def test_the_domain_is_checked_as_for_an_event(api, of_brand, headers, ok):
    assert checks(api.get(PATH, **of_brand, **headers))["domain"]["ok"] is ok


def test_a_domain_can_be_tried(api, brand, of_brand, domain):
    path = f"{PATH}?domain=shop.northwind.example"
    assert checks(api.get(path, **of_brand))["domain"]["ok"]
    assert not checks(api.get(f"{PATH}?domain=evil.example", **of_brand))["domain"]["ok"]


def test_a_signature_and_the_clock_are_checked(api, of_brand, signing_secret):
    found = checks(api.get(PATH, **of_brand, **signed(signing_secret, b"", at=time.time() - 20)))
    assert found["signature"]["detail"] == "The signature holds."
    assert "behind our clock" in found["clock"]["detail"]
    assert found["trust"]["detail"] == "Events of this caller count as signed."
    late = checks(api.get(PATH, **of_brand, **signed(signing_secret, b"", at=time.time() - 900)))
    assert (late["signature"]["ok"], late["clock"]["ok"]) == (False, False)


def test_too_little_trust_is_told(api, brand, of_brand):
    Brand.objects.filter(pk=brand.pk).update(least_trust="key")
    found = checks(api.get(PATH, **of_brand))["trust"]
    assert found["ok"] is False
    assert "rsk_" in found["detail"]


def test_a_brand_without_event_types_is_told_to_make_one(api, place_order, bearer):
    place_order.active = False
    place_order.save()
    assert checks(api.get(PATH, **bearer))["event_types"]["ok"] is False


def test_debug_is_limited_too(api, brand, of_brand):
    Brand.objects.filter(pk=brand.pk).update(rate_address=2)
    assert "1 of 2" in checks(api.get(PATH, **of_brand))["rate_limit"]["detail"]
    api.get(PATH, **of_brand)
    refusal(api.get(PATH, **of_brand), "rate_limited")
