"""A report is answered in the same request, in the same words for everyone who proves as much."""

import json
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from brands.models import Brand
from events import services as events
from events.models import Event, EventDetail
from tests.api_client import EVENT, refusal, signed

pytestmark = pytest.mark.usefixtures("place_order", "post_review")

OPEN_FIELDS = [
    "success",
    "status",
    "event_id",
    "event",
    "reward",
    "next_eligible_at",
    "message",
    "test",
    "request_id",
]
REVIEW = {"event": "post_review", "email": "bob@example.com"}


def stored(response) -> Event:
    event = events.parse_event_id(response.json()["event_id"])
    assert event is not None
    return Event.objects.get(pk=event)


def test_an_order_is_credited(api, bearer):
    response = api.post(**bearer)
    answer = response.json()
    assert list(answer) == [*OPEN_FIELDS, "wallet"]
    assert answer["success"] is True
    assert answer["status"] == "rewarded"
    assert answer["event_id"].startswith("evt_")
    assert answer["reward"] == {"amount": "10.00", "currency": "RSNC"}
    assert answer["next_eligible_at"] is None
    assert answer["message"] == "10.00 RSNC credited."
    assert answer["request_id"] == response["X-Request-Id"]
    wallet = answer["wallet"]
    assert wallet.pop("id").startswith("wal_")
    assert wallet == {"balance": "10.00", "pending": "0.00", "created": True}


def test_the_same_order_again_is_a_duplicate(api, bearer):
    api.post(**bearer)
    answer = api.post(**bearer).json()
    assert (answer["status"], answer["reward"]["amount"]) == ("duplicate", "0.00")
    assert answer["wallet"]["created"] is False
    assert answer["message"].endswith(".")


def test_inside_the_cooldown_the_caller_learns_when_it_ends(api, bearer):
    before = timezone.now()
    assert api.post(REVIEW, **bearer).json()["status"] == "rewarded"
    answer = api.post(REVIEW, **bearer).json()
    assert (answer["status"], answer["reward"]["amount"]) == ("cooldown", "0.00")
    ends = datetime.fromisoformat(answer["next_eligible_at"])
    assert timedelta(0) <= ends - before - timedelta(days=1) < timedelta(minutes=1)
    assert answer["next_eligible_at"] in answer["message"]


def test_without_its_order_id_an_order_earns_nothing(api, bearer):
    answer = api.post({**EVENT, "metadata": {}}, **bearer).json()
    assert (answer["status"], answer["reward"]["amount"]) == ("no_reward", "0.00")
    assert "metadata" in answer["message"]


def test_an_event_type_that_is_off_earns_nothing(api, place_order, bearer):
    events.switch_event_type(event_type=place_order, active=False, by=None, now=timezone.now())
    answer = api.post(**bearer).json()
    assert answer["status"] == "no_reward"
    assert "off" in answer["message"]


def test_an_open_answer_has_the_same_fields_for_known_and_unknown_people(api, bearer, of_brand):
    api.post({**REVIEW, "email": "known@example.com"}, **bearer)
    brandnew = api.post({**EVENT, "email": "new@example.com"}, **of_brand)
    known = api.post(
        {**EVENT, "email": "known@example.com", "metadata": {"order_id": "A-2"}}, **of_brand
    )
    assert list(brandnew.json()) == list(known.json()) == OPEN_FIELDS
    differ = {"event_id", "request_id"}
    assert {k: v for k, v in brandnew.json().items() if k not in differ} == {
        k: v for k, v in known.json().items() if k not in differ
    }
    unimportant = {"X-Request-Id", "RateLimit"}
    assert set(brandnew.headers) == set(known.headers)
    for name in set(known.headers) - unimportant:
        assert brandnew[name] == known[name]


def test_quiet_answers_say_nothing_to_open_callers(api, brand, bearer, of_brand):
    Brand.objects.filter(pk=brand.pk).update(quiet_answers=True)
    first, second = api.post(REVIEW, **of_brand).json(), api.post(REVIEW, **of_brand).json()
    assert list(first) == OPEN_FIELDS
    differ = {"event_id", "request_id"}
    assert {k: v for k, v in first.items() if k not in differ} == {
        k: v for k, v in second.items() if k not in differ
    }
    assert first["status"] == "accepted"
    assert api.post(REVIEW, **bearer).json()["status"] == "cooldown"


def test_two_brands_cannot_join_their_customers(api, brand, other_brand, bearer, now):
    from brands import services as brands
    from brands.models import Scope

    terms = events.Terms(amount=1_00)
    events.create_event_type(
        brand=other_brand, key="place_order", name="Order", terms=terms, by=None, now=now
    )
    new = brands.create_key(brand=other_brand, name="K", scopes=Scope.values, by=None, now=now)
    here = api.post(**bearer).json()["wallet"]
    there = api.post(authorization=f"Bearer {new.secret}").json()["wallet"]
    assert here["id"] != there["id"]
    assert there["balance"] == "11.00", "credits are the person's, wherever they come from"
    assert api.post(REVIEW, **bearer).json()["wallet"]["id"] == here["id"]


def test_a_test_event_pays_in_the_test_world_only(api, bearer):
    answer = api.post({**EVENT, "test": True}, **bearer).json()
    assert (answer["status"], answer["test"]) == ("rewarded", True)
    live = api.post(**bearer).json()
    assert (live["status"], live["test"]) == ("rewarded", False)
    assert live["wallet"]["balance"] == "10.00"
    assert live["wallet"]["id"] != answer["wallet"]["id"]


def test_a_rehearsal_records_nothing(api, bearer):
    answer = api.post({**EVENT, "dry_run": True}, **bearer).json()
    assert answer["status"] == "rewarded"
    assert answer["event_id"] is None
    assert answer["message"] == "10.00 RSNC would be credited."
    assert not Event.objects.exists()
    assert api.post(**bearer).json()["status"] == "rewarded"


def test_a_deterministic_address_is_one_wallet(api, bearer):
    first = api.post({**REVIEW, "email": "discord_80351110224678912@rsnc.network"}, **bearer)
    again = api.post({**EVENT, "email": " Discord_80351110224678912@RSNC.network "}, **bearer)
    assert first.json()["wallet"]["id"] == again.json()["wallet"]["id"]


def test_an_event_says_when_it_occurred(api, bearer):
    yesterday = (timezone.now() - timedelta(days=1)).replace(microsecond=0)
    body = {**EVENT, "occurred_at": yesterday.isoformat()}
    event = stored(api.post(body, **bearer))
    assert event.occurred_at == yesterday
    assert event.judged_at == event.received_at


def test_who_is_trusted_may_have_it_judged_when_it_occurred(api, bearer, of_brand):
    yesterday = (timezone.now() - timedelta(days=1)).replace(microsecond=0)
    body = {"occurred_at": yesterday.isoformat(), "judge_at": "occurred"}
    for headers, judged in ((bearer, True), (of_brand, False)):
        event = stored(api.post({**EVENT, **body}, **headers))
        assert (event.judged_at == yesterday) is judged


def test_a_stream_without_its_length_is_read_and_bounded(api, bearer):
    def stream(content: bytes):
        return api.client.generic(
            "POST",
            "/resonance-api/manual-event",
            b"",
            "application/json",
            headers={**bearer, "transfer-encoding": "chunked"},
            CONTENT_LENGTH="",
            CONTENT_TYPE="application/json",
            **{"wsgi.input": BytesIO(content)},
        )

    assert stream(json.dumps(EVENT).encode()).json()["status"] == "rewarded"
    refusal(stream(b" " * 32 * 1024 + b"{}"), "too_large")
    refusal(stream(b""), "invalid_json")


@pytest.mark.parametrize(("times", "code"), [(1, None), (3, None), (99, "try_again")])
def test_configuration_that_changes_meanwhile_is_read_again(api, bearer, monkeypatch, times, code):
    receive, calls = events.receive, []

    def change_and_receive(**arguments):
        calls.append(arguments)
        if len(calls) <= times:
            raise events.ConfigurationChanged
        return receive(**arguments)

    monkeypatch.setattr(events, "receive", change_and_receive)
    response = api.post(**bearer)
    if code is None:
        assert response.json()["status"] == "rewarded"
    else:
        refusal(response, code)
        assert len(calls) == 4


def test_a_brand_suspended_while_its_event_is_on_its_way_is_refused(
    api, brand, bearer, monkeypatch
):
    receive = events.receive

    def suspend_and_receive(**arguments):
        Brand.objects.filter(pk=brand.pk).update(status=Brand.Status.SUSPENDED)
        return receive(**arguments)

    monkeypatch.setattr(events, "receive", suspend_and_receive)
    refusal(api.post(**bearer), "brand_unknown")
    assert not Event.objects.exists()


def test_an_event_that_cannot_be_recorded_is_our_fault(api, bearer, monkeypatch):
    def cannot(**_):
        raise events.CannotRecord("refused")

    monkeypatch.setattr(events, "receive", cannot)
    refusal(api.post(**bearer), "internal_error")


# Idempotency


@pytest.mark.parametrize("place", ["header", "body", "both"])
def test_the_same_key_gets_the_first_answer_again(api, bearer, place):
    headers = dict(bearer) | ({"idempotency_key": "k-1"} if place != "body" else {})
    body = EVENT | ({"idempotency_key": "k-1"} if place != "header" else {})
    first, again = api.post(body, **headers), api.post(body, **headers)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert again["X-Request-Id"] != first["X-Request-Id"]
    assert again.json()["request_id"] == first["X-Request-Id"]


def test_header_and_body_name_one_key(api, bearer):
    body = {**EVENT, "idempotency_key": "k-1"}
    problem = refusal(api.post(body, idempotency_key="k-2", **bearer), "invalid_event")
    assert problem["errors"][0]["param"] == "idempotency_key"


@pytest.mark.parametrize("text", ["", "a b", "a" * 256, "schl\u00fcssel"])
def test_a_key_in_the_header_is_a_key_too(api, bearer, text):
    problem = refusal(api.post(idempotency_key=text, **bearer), "invalid_event")
    assert problem["errors"][0]["param"] == "Idempotency-Key"


def test_a_key_is_for_one_event(api, bearer):
    body = {**EVENT, "idempotency_key": "k-1"}
    api.post(body, **bearer)
    other = {**body, "email": "eve@example.com"}
    refusal(api.post(other, **bearer), "idempotency_key_reused")
    assert (
        api.post({**body, "email": " BOB@Example.com"}, **bearer)["Idempotent-Replayed"] == "true"
    )


def test_a_refused_call_keeps_no_key(api, bearer):
    body = {**EVENT, "idempotency_key": "k-1"}
    refusal(api.post({**body, "email": "bob@"}, **bearer), "invalid_event")
    refusal(api.post({**body, "event": "nothing"}, **bearer), "unknown_event")
    assert api.post({**body, "dry_run": True}, **bearer).json()["event_id"] is None
    answer = api.post(body, **bearer)
    assert answer.json()["status"] == "rewarded"
    assert "Idempotent-Replayed" not in answer


def test_an_open_callers_key_is_another_than_the_backends(api, bearer, of_brand):
    body = {**REVIEW, "idempotency_key": "k-1"}
    assert api.post(body, **of_brand).json()["status"] == "rewarded"
    assert "Idempotent-Replayed" not in api.post(body, **bearer)


def test_a_replay_says_what_its_caller_may_know(api, brand, bearer, of_brand, signing_secret):
    body = {**EVENT, "idempotency_key": "k-1"}
    first = api.post(body, **of_brand)
    Brand.objects.filter(pk=brand.pk).update(quiet_answers=True)
    again = api.post(body, **of_brand)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json()["status"] == "accepted"
    assert again.json()["event_id"] == first.json()["event_id"]
    proved = api.post(body, **bearer)
    replay = api.post(body, **of_brand, **signed(signing_secret, body, key="k-1"))
    assert replay.content == proved.content


# What is kept


def test_the_log_keeps_the_request_without_its_secrets(api, key, bearer, of_brand, signing_secret):
    headers = {"user_agent": "shop/1.0\x1b[31m", "origin": "https://shop.example"}
    api.post(**bearer, **of_brand, **headers, **signed(signing_secret, EVENT))
    kept = EventDetail.objects.get().request
    text = str(kept)
    assert kept["headers"]["Authorization"] == f"Bearer ••••{key[-4:]}"
    assert kept["headers"]["User-Agent"] == "shop/1.0\ufffd[31m"
    assert key[4:-4] not in text
    assert "v1," not in text
    assert "127.0.0.1" not in text


def test_using_a_key_is_noted(api, brand, bearer):
    api.post(**bearer)
    assert brand.api_keys.get().last_used_at is not None


def test_a_decimal_is_kept_as_it_was_sent(api, bearer):
    body = b'{"event": "post_review", "email": "bob@example.com", "metadata": {"total": 89.990}}'
    event = api.post(body, **bearer).json()["event_id"]
    assert b'"total": 89.99' in api.get(f"/resonance-api/events/{event}", **bearer).content
