"""Bad input: each gets its documented code and a sentence, none is recorded, none breaks anything."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event, UnmatchedEvent
from tests.api_client import EVENT, refusal

pytestmark = pytest.mark.usefixtures("place_order")


def with_(**fields) -> bytes:
    return json.dumps(EVENT | fields).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in EVENT.items() if key != name}).encode()


def metadata(text: str) -> bytes:
    return f'{{"event": "place_order", "email": "bob@example.com", "metadata": {text}}}'.encode()


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


NOT_JSON = {
    "no body": b"",
    "only spaces": b" \n ",
    "not JSON": b"event=place_order&email=bob@example.com",
    "half of it": b'{"event": "place_order"',
    "not UTF-8": b'{"event": "place_order", "email": "b\xf6b@example.com"}',
    "UTF-16": json.dumps(EVENT).encode("utf-16"),
    "NaN": metadata('{"total": NaN}'),
    "Infinity": metadata('{"total": -Infinity}'),
    "the same key twice": metadata('{"total": 1, "total": 2}'),
    "the same field twice": b'{"event": "a", "event": "b", "email": "bob@example.com"}',
    "two documents": json.dumps(EVENT).encode() * 2,
}
NOT_VALID = {
    "a list": ("", b"[]"),
    "a string": ("", b'"place_order"'),
    "null": ("", b"null"),
    "a tower of lists": ("", b"[" * 15_000 + b"]" * 15_000),
    "depth 9": ("metadata", metadata(nested(9))),
    "101 keys": ("metadata", metadata(json.dumps({f"k{n}": n for n in range(101)}))),
    "1e131000": ("metadata.total", metadata('{"total": 1e131000}')),
    "5,000 digits": ("metadata.total", metadata(f'{{"total": {"9" * 5_000}}}')),
    "41 digits": ("metadata.total", metadata(f'{{"total": 0.{"1" * 40}}}')),
    "a long string": ("metadata.note", metadata(json.dumps({"note": "x" * 1_001}))),
    "NUL in metadata": ("metadata.note", metadata('{"note": "a\\u0000b"}')),
    "NUL in a key": ("metadata", metadata('{"a\\u0000b": 1}')),
    "a lone surrogate": ("metadata.note", metadata('{"note": "\\ud800"}')),
    "a lone surrogate in a key": ("metadata", metadata('{"\\udc00": 1}')),
    "a lone surrogate in the address": ("email", with_(email="bob\ud800@example.com")),
    "no event": ("event", without("event")),
    "no e-mail": ("email", without("email")),
    "nothing": ("event", b"{}"),
    "event as a number": ("event", with_(event=7)),
    "event as null": ("event", with_(event=None)),
    "event as a list": ("event", with_(event=["place_order"])),
    "event name with spaces": ("event", with_(event="place order")),
    "event name in capitals": ("event", with_(event="PLACE_ORDER")),
    "event name in full width": ("event", with_(event="ｐlace_order")),  # noqa: RUF001
    "event name with a line break": ("event", with_(event="place_order\n")),
    "event name without letters": ("event", with_(event="")),
    "event name of 65 letters": ("event", with_(event="a" * 65)),
    "e-mail as a number": ("email", with_(email=7)),
    "e-mail as null": ("email", with_(email=None)),
    "e-mail as an object": ("email", with_(email={"address": "bob@example.com"})),
    "e-mail of 300 letters": ("email", with_(email="b" * 288 + "@example.com")),
    "e-mail without a domain": ("email", with_(email="bob@")),
    "e-mail without an @": ("email", with_(email="bob")),
    "full-width letters": ("email", with_(email="ｂob@example.com")),  # noqa: RUF001
    "full-width domain": ("email", with_(email="bob@ｅxample.com")),  # noqa: RUF001
    "reserved": ("email", with_(email="x@rsnc.network")),
    "reserved, below": ("email", with_(email="discord_1@x.rsnc.network")),
    "discord id of letters": ("email", with_(email="discord_abc@rsnc.network")),
    "discord id with zeros": ("email", with_(email="discord_00123@rsnc.network")),
    "discord id of 21 digits": ("email", with_(email=f"discord_{'9' * 21}@rsnc.network")),
    "control character": ("email", with_(email="bob\x07@example.com")),
    "line break": ("email", with_(email="bob@example.com\r\nBcc: eve@example.com")),
    "NUL": ("email", with_(email="bob\x00@example.com")),
    "metadata as text": ("metadata", with_(metadata="order")),
    "metadata as a list": ("metadata", with_(metadata=[])),
    "metadata as null": ("metadata", with_(metadata=None)),
    "occurred tomorrow": (
        "occurred_at",
        with_(occurred_at=(timezone.now() + timedelta(days=1)).isoformat()),
    ),
    "without a zone": ("occurred_at", with_(occurred_at="2026-03-18T12:00:00")),
    "a date": ("occurred_at", with_(occurred_at="2026-03-18")),
    "a time stamp": ("occurred_at", with_(occurred_at=1_700_000_000)),
    "no such day": ("occurred_at", with_(occurred_at="2026-02-30T12:00:00Z")),
    "before the calendar": ("occurred_at", with_(occurred_at="0001-01-01T00:00:00+14:00")),
    "Arabic digits": ("occurred_at", with_(occurred_at="٢٠٢٦-03-18T12:00:00Z")),
    "judged at another time": ("judge_at", with_(judge_at="yesterday")),
    "judged at occurred, without": ("occurred_at", with_(judge_at="occurred")),
    "judged too far back": (
        "occurred_at",
        with_(judge_at="occurred", occurred_at=(timezone.now() - timedelta(days=401)).isoformat()),
    ),
    "test as text": ("test", with_(test="true")),
    "test as a number": ("test", with_(test=1)),
    "dry run as text": ("dry_run", with_(dry_run="false")),
    "key with a space": ("idempotency_key", with_(idempotency_key="a b")),
    "key of 256 letters": ("idempotency_key", with_(idempotency_key="a" * 256)),
    "empty key": ("idempotency_key", with_(idempotency_key="")),
    "key as a number": ("idempotency_key", with_(idempotency_key=1)),
    "key in umlauts": ("idempotency_key", with_(idempotency_key="schlüssel")),
    "brand as a number": ("brand_id", with_(brand_id=7)),
    "domain as a list": ("domain", with_(domain=["a"])),
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_not_json_is_refused(api, bearer, case):
    refusal(api.post(NOT_JSON[case], **bearer), "invalid_json")
    assert not Event.objects.exists()


@pytest.mark.parametrize("case", NOT_VALID)
@pytest.mark.parametrize("trust", ["open", "key"])
def test_a_field_that_is_not_valid_is_named(api, bearer, of_brand, case, trust):
    param, body = NOT_VALID[case]
    problem = refusal(api.post(body, **(bearer if trust == "key" else of_brand)), "invalid_event")
    assert problem["errors"][0]["param"].startswith(param)
    assert not Event.objects.exists()
    assert not UnmatchedEvent.objects.exists()


def test_every_field_that_is_wrong_is_named_at_once(api, bearer):
    body = {"event": "Place Order", "email": "bob@", "metadata": 1, "test": "no"}
    problem = refusal(api.post(body, **bearer), "invalid_event")
    assert [each["param"] for each in problem["errors"]] == ["event", "email", "metadata", "test"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/jsonp",
        "application/vnd.api+json",
        "text/json",
        "*/*",
        ";",
    ],
)
def test_what_is_not_sent_as_json_is_refused(api, bearer, content_type):
    refusal(api.post(content_type=content_type, **bearer), "unsupported_media_type")


def test_without_a_content_type_only_a_body_is_refused_for_that(api, bearer):
    refusal(api.post(content_type="", **bearer), "unsupported_media_type")
    refusal(api.post(b"", content_type="", **bearer), "invalid_json")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json ; charset=utf8",
    ],
)
def test_json_is_taken_however_its_type_is_written(api, bearer, content_type):
    assert api.post(content_type=content_type, **bearer).status_code == 200


def test_thirty_two_kilobytes_are_read_and_more_are_not(api, bearer):
    padded = with_(metadata={"order_id": "A-1"}).ljust(32 * 1024)
    assert api.post(padded, **bearer).status_code == 200
    refusal(api.post(padded + b" ", **bearer), "too_large")
    refusal(api.post(b"x" * 33 * 1024, **bearer), "too_large")
    refusal(api.post(b"x" * 6_000_000, **bearer), "too_large")


def test_too_much_is_not_even_read(api, bearer):
    class Unread:
        def read(self, *_):
            raise AssertionError

        readline = read

        def close(self):
            pass

    response = api.client.generic(
        "POST",
        "/resonance-api/manual-event",
        b"{}",
        "application/json",
        headers=bearer,
        CONTENT_LENGTH="9" * 30,
        **{"wsgi.input": Unread()},
    )
    refusal(response, "too_large")


def test_an_unknown_event_is_refused_and_kept(api, bearer, of_brand):
    body = {**EVENT, "event": "place_oder", "metadata": {"order_id": "A-1", "total": 89.99}}
    problem = refusal(api.post(body, **bearer), "unknown_event")
    assert problem["errors"][0]["param"] == "event"
    refusal(api.post(body, **of_brand), "unknown_event")
    assert UnmatchedEvent.objects.count() == 2
    refusal(api.post({**body, "dry_run": True}, **bearer), "unknown_event")
    assert UnmatchedEvent.objects.count() == 2


def test_only_who_proves_to_be_the_brand_may_rehearse(api, of_brand, bearer):
    refusal(api.post({**EVENT, "dry_run": True}, **of_brand), "trust_too_low")
    assert api.post({**EVENT, "dry_run": False}, **of_brand).status_code == 200
    assert api.post({**EVENT, "dry_run": True}, **bearer).status_code == 200


def test_an_event_type_sets_the_least_trust_it_takes(api, place_order, of_brand, bearer):
    place_order.least_trust = "key"
    place_order.save()
    problem = refusal(api.post(**of_brand), "trust_too_low")
    assert "rsk_" in problem["detail"]
    assert api.post(**bearer).status_code == 200


def test_fields_that_nobody_knows_are_nobodys_business(api, bearer):
    assert (
        api.post({**EVENT, "source": "shop", "x": {"y": [1, 2.5, None]}}, **bearer).status_code
        == 200
    )
