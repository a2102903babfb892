"""Who is the brand, and what has the caller proved?"""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from brands import services as brands
from brands.models import Brand, Scope, Trust
from tests.api_client import EVENT, refusal, signed

pytestmark = pytest.mark.usefixtures("place_order")

SHOP = "https://shop.northwind.example"


def without_id(response) -> dict[str, Any]:
    problem = refusal(response)
    return {**problem, "request_id": ""}


def trust_of(response) -> str:
    """What the call counted as: the answer to proved calls speaks of the wallet."""
    assert response.status_code == 200, response.content
    return "proved" if "wallet" in response.json() else "open"


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
    brands.add_domain(brand=brand, entry="shop.northwind.example", now=now)
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
    brands.revoke_key(key=revoked.key, now=now)
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
    brands.suspend_brand(brand=brand)
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
    brands.suspend_brand(brand=brand)
    refusal(api.post(**bearer), "brand_unknown")
    brands.resume_brand(brand=brand)
    assert trust_of(api.post(**bearer)) == "proved"
    brands.revoke_key(key=brand.api_keys.get(), now=now)
    refusal(api.post(**bearer), "brand_unknown")


def test_a_new_key_and_a_new_domain_hold_from_the_next_call(api, brand, of_brand, now):
    assert trust_of(api.post(**of_brand)) == "open"
    refusal(api.post(**of_brand, origin=SHOP), "domain_mismatch")
    row = brands.add_domain(brand=brand, entry="shop.northwind.example", now=now)
    assert trust_of(api.post(**of_brand, origin=SHOP)) == "open"
    refusal(api.post(origin=SHOP), "brand_required")
    brands.mark_domain_verified(domain=row, now=now)
    assert trust_of(api.post(origin=SHOP)) == "open"
    new = brands.create_key(brand=brand, name="New", scopes=Scope.values, by=None, now=now)
    assert trust_of(api.post(authorization=f"Bearer {new.secret}")) == "proved"
    brands.remove_domain(domain=row)
    refusal(api.post(origin=SHOP), "brand_required")


def test_a_domain_that_goes_to_another_brand_names_that_one(api, brand, other_brand, domain, now):
    assert trust_of(api.post(origin=SHOP)) == "open"
    brands.remove_domain(domain=domain)
    row = brands.add_domain(brand=other_brand, entry="shop.northwind.example", now=now)
    brands.mark_domain_verified(domain=row, now=now)
    refusal(api.post(origin=SHOP), "unknown_event")


def test_a_host_that_another_brand_verifies_below_a_wildcard_is_the_others(
    api, brand, other_brand, now
):
    wide = brands.add_domain(brand=brand, entry="*.northwind.example", now=now)
    brands.mark_domain_verified(domain=wide, now=now)
    assert trust_of(api.post(origin=SHOP)) == "open"
    row = brands.add_domain(brand=other_brand, entry="shop.northwind.example", now=now)
    brands.mark_domain_verified(domain=row, now=now)
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


# What a caller may


def test_a_key_may_do_only_what_its_scopes_say(api, brand, now):
    reads = brands.create_key(
        brand=brand, name="Reads", scopes=[Scope.EVENTS_READ], by=None, now=now
    )
    writes = brands.create_key(
        brand=brand, name="Writes", scopes=[Scope.EVENTS_WRITE], by=None, now=now
    )
    reader, writer = (f"Bearer {each.secret}" for each in (reads, writes))
    problem = refusal(api.post(authorization=reader), "scope_missing")
    assert "events:write" in problem["detail"]
    event = api.post(authorization=writer).json()["event_id"]
    assert api.get(f"/resonance-api/events/{event}", authorization=reader).status_code == 200
    refusal(api.get(f"/resonance-api/events/{event}", authorization=writer), "scope_missing")
    wallet = "/resonance-api/wallets/bob@example.com"
    refusal(api.get(wallet, authorization=reader), "scope_missing")


def test_reading_takes_a_secret_key(api, brand, of_brand, signing_secret):
    path = "/resonance-api/wallets/bob@example.com"
    refusal(api.get(path), "brand_required")
    refusal(api.get(path, **of_brand), "trust_too_low")
    refusal(api.get(path, **of_brand, **signed(signing_secret, b"")), "scope_missing")


@pytest.mark.parametrize(
    ("least", "refused"),
    [
        (Trust.OPEN, set()),
        (Trust.KEY, {"open"}),
        (Trust.SIGNED, {"open", "key"}),
    ],
)
def test_a_brand_sets_the_least_trust_it_takes(
    api, brand, bearer, of_brand, signing_secret, least, refused
):
    Brand.objects.filter(pk=brand.pk).update(least_trust=least)
    calls = {
        "open": of_brand,
        "key": bearer,
        "signed": of_brand | signed(signing_secret, EVENT),
    }
    for trust, headers in calls.items():
        response = api.post(**headers)
        if trust in refused:
            refusal(response, "trust_too_low")
        else:
            assert response.status_code == 200
    path = "/resonance-api/wallets/bob@example.com"
    assert api.get(path, **bearer).status_code == 200, "reading is not a matter of an event's trust"


# Domains of open calls


TRICKS = [
    "null",
    "https://shop.northwind.example.evil.example",
    "https://evilshop.northwind.example",
    "https://northwind.example",
    "https://shop.northwind.example@evil.example",
    "https://evil.example/shop.northwind.example",
    "https://evil.example\\shop.northwind.example",
    "https://EVIL.example",
    "https://shop.northwind.example.",
    "https://xn--shp-sna.northwind.example",
    "https://evil.example:443",
    "data:text/html,x",
]


@pytest.mark.usefixtures("domain")
@pytest.mark.parametrize("trick", TRICKS)
def test_an_open_call_comes_from_the_brands_own_domains(api, of_brand, trick):
    refusal(api.post(**of_brand, origin=trick), "domain_mismatch")
    refusal(api.post(**of_brand, referer=trick), "domain_mismatch")
    refusal(api.post({**EVENT, "domain": trick}, **of_brand), "domain_mismatch")
    both = api.post({**EVENT, "domain": "shop.northwind.example"}, **of_brand, origin=trick)
    refusal(both, "domain_mismatch")
    assert api.post(origin=trick).status_code in {401, 403}


@pytest.mark.usefixtures("domain")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": SHOP},
        {"origin": "https://SHOP.northwind.example:8443"},
        {"referer": f"{SHOP}/a?b#c"},
        {"origin": SHOP, "referer": f"{SHOP}/"},
        {},
    ],
)
def test_an_open_call_from_the_brands_domain_is_taken(api, of_brand, headers):
    assert trust_of(api.post(**of_brand, **headers)) == "open"


def test_a_key_is_taken_wherever_it_comes_from(api, bearer):
    body = {**EVENT, "domain": "evil.example"}
    assert trust_of(api.post(body, **bearer, origin="https://evil.example")) == "proved"


@pytest.mark.usefixtures("domain")
def test_a_brand_may_want_a_domain_with_every_open_call(api, brand, bearer, of_brand):
    Brand.objects.filter(pk=brand.pk).update(domain_required=True)
    refusal(api.post(**of_brand), "domain_required")
    assert trust_of(api.post({**EVENT, "domain": "shop.northwind.example"}, **of_brand)) == "open"
    assert trust_of(api.post(**of_brand, origin=SHOP)) == "open"
    assert trust_of(api.post(**bearer)) == "proved"


@pytest.mark.parametrize("field", ["brand_id", "domain"])
@pytest.mark.parametrize("value", [1, None, [], {}, True])
def test_the_brand_and_the_domain_are_text(api, of_brand, field, value):
    problem = refusal(api.post({**EVENT, field: value}, **of_brand), "invalid_event")
    assert problem["errors"][0]["param"] == field


# Signatures


def test_a_signed_call_counts_as_signed(api, brand, of_brand, bearer, signing_secret):
    response = api.post(**of_brand, **signed(signing_secret, EVENT))
    assert trust_of(response) == "proved"
    stored = api.get(f"/resonance-api/events/{response.json()['event_id']}", **bearer).json()
    assert stored["trust"] == "signed"


def test_a_signed_call_may_send_its_key_too(api, bearer, signing_secret):
    assert trust_of(api.post(**bearer, **signed(signing_secret, EVENT))) == "proved"


def test_a_signature_is_of_the_raw_bytes(api, of_brand, signing_secret):
    raw = b'{ "email": "bob@example.com",\n "event": "place_order" , "metadata": {"order_id": "\\u0041"}}'
    assert trust_of(api.post(raw, **of_brand, **signed(signing_secret, raw))) == "proved"
    again = json.dumps(json.loads(raw)).encode()
    refusal(api.post(again, **of_brand, **signed(signing_secret, raw)), "brand_unknown")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"a": 1, "a": 2}', b"[" * 9_000])
def test_nothing_is_parsed_before_the_signature_holds(api, of_brand, signing_secret, body):
    headers = signed(signing_secret, b"other")
    expected = "brand_unknown" if body else "invalid_json"
    refusal(api.post(body, **of_brand, **headers), expected)


@pytest.mark.parametrize(("age", "taken"), [(-310, False), (-290, True), (290, True), (310, False)])
def test_a_signature_is_at_most_five_minutes_off(api, of_brand, signing_secret, age, taken):
    response = api.post(**of_brand, **signed(signing_secret, EVENT, at=time.time() - age))
    assert (response.status_code == 200) is taken


@pytest.mark.parametrize(
    "stamp", ["", "now", "nan", "inf", "1e400", "-1", "9" * 400, "2026-03-18T12:00:00Z"]
)
def test_a_time_stamp_that_is_none_breaks_nothing(api, of_brand, signing_secret, stamp):
    headers = signed(signing_secret, EVENT) | {"webhook_timestamp": stamp}
    refusal(api.post(**of_brand, **headers), "brand_unknown")


@pytest.mark.parametrize(
    "signature", ["", "v1", "v1,", "v1,*", "v1,AAAA", "v2,AAAA", "v1,é", ",", " "]
)
def test_a_signature_that_is_none_breaks_nothing(api, of_brand, signing_secret, signature):
    headers = signed(signing_secret, EVENT) | {"webhook_signature": signature}
    refusal(api.post(**of_brand, **headers), "brand_unknown")


def test_two_secrets_hold_during_a_rotation(api, brand, of_brand, signing_secret, now):
    new = brands.rotate_signing_secret(brand=brand, by=None, now=now).secret
    assert trust_of(api.post(**of_brand, **signed(signing_secret, EVENT))) == "proved"
    assert trust_of(api.post(**of_brand, **signed(new, EVENT, key="msg_2"))) == "proved"
    one_of_two = signed(new, EVENT, key="msg_3")
    one_of_two["webhook_signature"] = "v1,AAAA " + one_of_two["webhook_signature"]
    assert trust_of(api.post(**of_brand, **one_of_two)) == "proved"


def test_a_signed_call_names_its_brand_outside_of_the_body(api, brand, signing_secret):
    body = {**EVENT, "brand_id": brand.public_id}
    refusal(api.post(body, **signed(signing_secret, body)), "brand_required")
    path = f"/resonance-api/manual-event?brand_id={brand.public_id}"
    assert trust_of(api.post(body, path=path, **signed(signing_secret, body))) == "proved"


def test_the_webhook_id_is_the_idempotency_key(api, of_brand, signing_secret):
    first = api.post(**of_brand, **signed(signing_secret, EVENT, key="msg_7"))
    again = api.post(**of_brand, **signed(signing_secret, EVENT, key="msg_7"))
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    same = {**EVENT, "idempotency_key": "msg_7"}
    assert (
        api.post(same, **of_brand, **signed(signing_secret, same, key="msg_7")).status_code == 200
    )
    other = {**EVENT, "idempotency_key": "msg_8"}
    refusal(
        api.post(other, **of_brand, **signed(signing_secret, other, key="msg_7")), "invalid_event"
    )
    odd = api.post(**of_brand, **signed(signing_secret, EVENT, key="two words"))
    assert refusal(odd, "invalid_event")["errors"][0]["param"] == "webhook-id"
