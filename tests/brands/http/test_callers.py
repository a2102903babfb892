"""Who is the brand, and what has the caller proved?"""

import time
from datetime import timedelta
from typing import Any

import pytest

from brands import services as brands
from brands.models import Scope
from tests.api_client import EVENT, refusal, signed, trust_of

pytestmark = pytest.mark.usefixtures("place_order")

SHOP = "https://shop.northwind.example"


def without_id(response) -> dict[str, Any]:
    problem = refusal(response)
    return {**problem, "request_id": ""}


# Which brand


@pytest.mark.parametrize("place", ["header", "body", "query"])
def test_an_open_call_names_its_brand_anywhere(api, brand, place):
    path = "/resonance-api/manual-event"
    response = {
        "header": lambda: api.post(x_resonance_brand=brand.public_id),
        "body": lambda: api.post({**EVENT, "brand_id": brand.public_id}),
        "query": lambda: api.post(path=f"{path}?brand_id={brand.public_id}"),
    }[place]()
    assert trust_of(response) == "open"


def test_a_secret_key_names_its_brand(api, bearer):
    assert trust_of(api.post(**bearer)) == "proved"


@pytest.mark.usefixtures("domain")
def test_a_verified_domain_names_its_brand(api):
    assert trust_of(api.post(origin=SHOP)) == "open"
    assert trust_of(api.post(referer=f"{SHOP}/cart?id=1")) == "open"


def test_a_domain_that_nobody_has_verified_names_nobody(api, brand, now):
    brands.add_domain(brand=brand, entry="shop.northwind.example", by=None, now=now)
    refusal(api.post(origin=SHOP), "brand_required")
    assert trust_of(api.post(origin=SHOP, x_resonance_brand=brand.public_id)) == "open"


def test_the_default_brand_is_meant_where_there_is_no_origin(api, brand, settings):
    settings.RESONANCE_DEFAULT_BRAND = brand.public_id
    assert trust_of(api.post()) == "open"
    refusal(api.post(origin=SHOP), "brand_required")
    refusal(api.post(origin="null"), "brand_required")
    refusal(api.post(referer=f"{SHOP}/"), "domain_mismatch")


def test_a_call_that_names_no_brand_is_told_how_to(api):
    problem = refusal(api.post(), "brand_required")
    assert "X-Resonance-Brand" in problem["detail"]


def test_the_same_brand_may_be_named_everywhere(api, brand, bearer, of_brand):
    path = f"/resonance-api/manual-event?brand_id={brand.public_id}"
    body = {**EVENT, "brand_id": brand.public_id}
    assert trust_of(api.post(body, path=path, **bearer, **of_brand)) == "proved"


@pytest.mark.usefixtures("domain")
def test_whatever_does_not_hold_gets_one_and_the_same_answer(
    api, brand, other_brand, key, signing_secret, now
):
    mine, other = brand.public_id, other_brand.public_id
    good = {"authorization": f"Bearer {key}"}
    revoked = brands.create_key(brand=brand, name="Old", scopes=Scope.values, by=None, now=now)
    brands.revoke_key(key=revoked.key, by=None, now=now)
    path = "/resonance-api/manual-event"
    calls = {
        "unknown brand": api.post(x_resonance_brand="brd_00000000000000000000"),
        "unknown brand in the body": api.post({**EVENT, "brand_id": "brd_nobody"}),
        "an empty name": api.post(x_resonance_brand=""),
        "hostile text": api.post({**EVENT, "brand_id": "' OR 1=1 --"}),
        "wrong key": api.post(authorization=f"Bearer rsk_{key[4:][::-1]}"),
        "wrong key, known brand": api.post(authorization="Bearer rsk_x", x_resonance_brand=mine),
        "no key at all": api.post(authorization="Bearer", x_resonance_brand=mine),
        "a key of another kind": api.post(authorization=f"Basic {key}", x_resonance_brand=mine),
        "the key alone": api.post(authorization=key, x_resonance_brand=mine),
        "revoked key": api.post(authorization=f"Bearer {revoked.secret}"),
        "key and another brand": api.post(**good, x_resonance_brand=other),
        "key and another brand in the body": api.post({**EVENT, "brand_id": other}, **good),
        "key and another brand in the query": api.post(path=f"{path}?brand_id={other}", **good),
        "header and body": api.post({**EVENT, "brand_id": mine}, x_resonance_brand=other),
        "header and query": api.post(path=f"{path}?brand_id={mine}", x_resonance_brand=other),
        "two in the query": api.post(path=f"{path}?brand_id={mine}&brand_id={other}"),
        "wrong signature": api.post(
            x_resonance_brand=mine, **signed(signing_secret, EVENT, signature="v1,AAAA")
        ),
        "signature of nobody": api.post(
            x_resonance_brand="brd_nobody", **signed(signing_secret, EVENT)
        ),
        "half a signature": api.post(x_resonance_brand=mine, webhook_id="msg_1"),
        "a wrong key beside a signature": api.post(
            x_resonance_brand=mine, authorization="Bearer rsk_x", **signed(signing_secret, EVENT)
        ),
        "a domain does not help a wrong key": api.post(origin=SHOP, authorization="Bearer rsk_x"),
    }
    brands.suspend_brand(brand=brand, by=None, now=now)
    calls |= {
        "suspended": api.post(x_resonance_brand=mine),
        "suspended, with its key": api.post(**good),
        "suspended, by its domain": api.post(origin=SHOP),
        "suspended, signed": api.post(x_resonance_brand=mine, **signed(signing_secret, EVENT)),
    }
    assert [name for name, response in calls.items() if response.status_code == 200] == []
    answers = {name: without_id(response) for name, response in calls.items()}
    expected = answers["unknown brand"]
    assert expected["code"] == "brand_unknown"
    assert {name: answer for name, answer in answers.items() if answer != expected} == {}
    assert {response["WWW-Authenticate"] for response in calls.values()} == {"Bearer"}
    headers = {
        tuple(sorted(set(response.headers) - {"X-Request-Id"})) for response in calls.values()
    }
    assert len(headers) == 1


# What holds, holds from the next call


def test_a_revoked_key_and_a_suspended_brand_hold_from_the_next_call(api, brand, key, bearer, now):
    assert trust_of(api.post(**bearer)) == "proved"
    brands.suspend_brand(brand=brand, by=None, now=now)
    refusal(api.post(**bearer), "brand_unknown")
    brands.resume_brand(brand=brand, by=None, now=now)
    assert trust_of(api.post(**bearer)) == "proved"
    brands.revoke_key(key=brand.api_keys.get(), by=None, now=now)
    refusal(api.post(**bearer), "brand_unknown")


def test_a_new_key_and_a_new_domain_hold_from_the_next_call(api, brand, of_brand, now):
    assert trust_of(api.post(**of_brand)) == "open"
    refusal(api.post(**of_brand, origin=SHOP), "domain_mismatch")
    row = brands.add_domain(brand=brand, entry="shop.northwind.example", by=None, now=now)
    assert trust_of(api.post(**of_brand, origin=SHOP)) == "open"
    refusal(api.post(origin=SHOP), "brand_required")
    brands.mark_domain_verified(domain=row, by=None, now=now)
    assert trust_of(api.post(origin=SHOP)) == "open"
    new = brands.create_key(brand=brand, name="New", scopes=Scope.values, by=None, now=now)
    assert trust_of(api.post(authorization=f"Bearer {new.secret}")) == "proved"
    brands.remove_domain(domain=row, by=None, now=now)
    refusal(api.post(origin=SHOP), "brand_required")


def test_a_domain_that_goes_to_another_brand_names_that_one(api, brand, other_brand, domain, now):
    assert trust_of(api.post(origin=SHOP)) == "open"
    brands.remove_domain(domain=domain, by=None, now=now)
    row = brands.add_domain(brand=other_brand, entry="shop.northwind.example", by=None, now=now)
    brands.mark_domain_verified(domain=row, by=None, now=now)
    refusal(api.post(origin=SHOP), "unknown_event")


def test_a_host_that_another_brand_verifies_below_a_wildcard_is_the_others(
    api, brand, other_brand, now
):
    wide = brands.add_domain(brand=brand, entry="*.northwind.example", by=None, now=now)
    brands.mark_domain_verified(domain=wide, by=None, now=now)
    assert trust_of(api.post(origin=SHOP)) == "open"
    row = brands.add_domain(brand=other_brand, entry="shop.northwind.example", by=None, now=now)
    brands.mark_domain_verified(domain=row, by=None, now=now)
    refusal(api.post(origin=SHOP), "unknown_event")


def test_an_old_key_works_until_its_rotation_ends(api, brand, key, now):
    new = brands.rotate_key(
        key=brand.api_keys.get(), by=None, now=now, overlap=timedelta(seconds=2)
    )
    assert trust_of(api.post(authorization=f"Bearer {key}")) == "proved"
    assert trust_of(api.post(authorization=f"Bearer {new.secret}")) == "proved"
    time.sleep(2.1)
    refusal(api.post(authorization=f"Bearer {key}"), "brand_unknown")
    assert trust_of(api.post(authorization=f"bearer {new.secret}")) == "proved"
