"""Signed calls, by Standard Webhooks."""

import json
import time

import pytest

from brands import services as brands
from tests.api_client import EVENT, refusal, signed, trust_of

pytestmark = pytest.mark.usefixtures("place_order")


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
