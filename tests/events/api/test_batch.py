"""A batch is its items, each on its own: one that is refused says so and takes nobody along."""

import json
from collections import Counter

import pytest

from brands import services as brands
from brands.http import items
from brands.models import Brand, Scope, Trust
from events import services as events
from events.models import Event, EventType, UnmatchedEvent
from tests.api_client import refusal, signed
from tests.events.api.test_round_trips import forget, round_trips
from tests.events.calls import assert_books_in_order

__all__ = ["round_trips"]

pytestmark = pytest.mark.usefixtures("place_order", "post_review")

PATH = "/resonance-api/events/batch"
FIELDS = ["index", "status", "event_id", "reward", "next_eligible_at", "replayed", "error"]
REVIEW = {"event": "post_review", "email": "bob@example.com"}


@pytest.fixture
def send(api, bearer):
    """Post these items and give what became of each."""

    def send(*found, **headers):
        response = api.post({"events": list(found)}, PATH, **(headers or bearer))
        assert response.status_code == 200, response.content
        answer = response.json()
        assert answer["request_id"] == response["X-Request-Id"]
        assert [each["index"] for each in answer["results"]] == list(range(len(found)))
        for each in answer["results"]:
            assert list(each) == FIELDS
        return answer["results"]

    return send


def order(number: int | str = 1, email: str = "bob@example.com", **more):
    return {"event": "place_order", "email": email, "metadata": {"order_id": f"A-{number}"}} | more


def statuses(results) -> list[str | None]:
    return [each["status"] for each in results]


def codes(results) -> list[str | None]:
    return [each["error"] and each["error"]["code"] for each in results]


def test_every_item_is_answered_at_its_index(send):
    results = send(order(1), order(2, "eve@example.com"), REVIEW)
    assert statuses(results) == ["rewarded"] * 3
    assert [each["reward"]["amount"] for each in results] == ["10.00", "10.00", "5.00"]
    assert [bool(each["next_eligible_at"]) for each in results] == [False, False, True]
    assert codes(results) == [None] * 3
    ids = {each["event_id"] for each in results}
    assert len(ids) == 3
    assert {event.public_id for event in Event.objects.all()} == ids


def test_the_same_person_and_the_same_order_ten_times(api, bearer, send):
    results = send(*[REVIEW] * 10, *[order(7)] * 10)
    assert statuses(results) == ["rewarded", *["cooldown"] * 9, "rewarded", *["duplicate"] * 9]
    wallet = api.get("/resonance-api/wallets/bob@example.com", **bearer).json()
    assert wallet["balance"] == "15.00"
    assert_books_in_order()


def test_one_order_claimed_by_many_is_credited_to_the_first(send):
    results = send(*(order(7, f"p{n}@example.com") for n in range(10)))
    assert statuses(results) == ["rewarded", *["duplicate"] * 9]


def test_what_is_wrong_with_one_item_is_said_of_that_item_alone(api, bearer):
    raw = b"""{"events": [
        {"event": "post_review", "email": "a@example.com"},
        "a text",
        {"event": "place_order", "email": "b@example.com", "metadata": {"order_id": "\\u0000"}},
        {"event": "nothing_known", "email": "c@example.com"},
        {"event": "post_review", "email": "d@example.com", "email": "e@example.com"},
        {"event": "post_review", "email": "f@example.com", "metadata": {"n": NaN}},
        {"event": "post_review"},
        {"event": "post_review", "email": "g@example.com", "metadata": {"n": 1e999}},
        {"event": "post_review", "email": "h@example.com", "dry_run": true},
        {"event": "post_review", "email": "i@example.com", "brand_id": "brd_other"},
        {"event": "post_review", "email": "z@example.com"}]}"""
    results = api.post(raw, PATH, **bearer).json()["results"]
    expected = {1: "invalid_event", 2: "invalid_event", 3: "unknown_event", 4: "invalid_json"}
    expected |= {5: "invalid_json", 6: "invalid_event", 7: "invalid_event", 8: "invalid_event"}
    expected |= {9: "invalid_event"}
    assert {n: code for n, code in enumerate(codes(results)) if code} == expected
    assert statuses(results) == ["rewarded", *[None] * 9, "rewarded"]
    params = [each["error"]["errors"][0]["param"] for each in results[6:10]]
    assert params == ["email", "metadata.n", "dry_run", "brand_id"]
    for each in results[1:10]:
        assert set(each["error"]) == {"code", "detail", "errors"}
        assert each["error"]["detail"][-1] in ".)"
    assert UnmatchedEvent.objects.get().address == "c@example.com"


def test_every_item_has_the_bounds_of_an_event(send):
    def review(count: int, value: object = 1):
        return REVIEW | {"metadata": {f"k{n}": value for n in range(count)}}

    results = send(review(100), review(101), review(31, "x" * 1_000), review(33, "x" * 1_000))
    assert codes(results) == [None, "invalid_event", None, "too_large"]


def test_an_item_is_measured_in_bytes(api, bearer):
    item = REVIEW | {"metadata": {f"k{n}": "ü" * 1_000 for n in range(17)}}
    raw = json.dumps({"events": [item]}, ensure_ascii=False).encode()
    assert codes(api.post(raw, PATH, **bearer).json()["results"]) == ["too_large"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_event"),
        (b"\xff", "invalid_json"),
        (b"{}", "invalid_event"),
        (b'{"events": []}', "invalid_event"),
        (b'{"events": {}}', "invalid_event"),
        (b'{"events": null}', "invalid_event"),
        (b'{"events": "no"}', "invalid_event"),
        (b'{"events": [1,]}', "invalid_json"),
        (b'{"events": [1 2]}', "invalid_json"),
        (b'{"events": [1}', "invalid_json"),
        (b'{"events": [1]', "invalid_json"),
        (b'{"events": [1]} 1', "invalid_json"),
        (b'{"events": [1], }', "invalid_json"),
        (b'{"events": [1], events: 1}', "invalid_json"),
        (b'{"events": [1], "events": [2]}', "invalid_json"),
        (b'{"events": [1], "x": NaN}', "invalid_json"),
        (b'{"events": [1], "brand_id": 1}', "invalid_event"),
        (b'{"events": [1], "brand_id": "brd_other"}', "brand_unknown"),
        (b'{"events": [' + b"[" * 5_000 + b"]" * 5_000 + b"]}", "invalid_event"),
        (json.dumps({"events": [REVIEW] * 501}).encode(), "invalid_event"),
        (b" " * (4 * 1024 * 1024 - 1) + b"{}", "too_large"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(api, bearer, body, code):
    refusal(api.post(body, PATH, **bearer), code)
    assert not Event.objects.exists()


def test_a_batch_fills_its_megabytes(api, bearer):
    raw = json.dumps({"events": [order(n) for n in range(items.MOST)]}).encode()
    body = raw + b" " * (items.MAX_BYTES - len(raw))
    Brand.objects.update(rate_person=1_000)
    results = api.post(body, PATH, **bearer).json()["results"]
    assert Counter(statuses(results)) == {"rewarded": 500}


def test_a_batch_is_read_as_json_allows(api, bearer):
    raw = (
        b' { "brand_id" : null , "events"\n: [ { "event":"post_review","email":"a@b.example" } ] } '
    )
    refusal(api.post(raw, PATH, **bearer), "invalid_event")
    raw = raw.replace(b'"brand_id" : null', b'"comment": [1.5, {"a": []}]')
    assert statuses(api.post(raw, PATH, **bearer).json()["results"]) == ["rewarded"]


# Who may


def test_an_open_caller_is_refused_before_the_body_is_read(api, of_brand):
    refusal(api.post(b"\xff", PATH, **of_brand), "trust_too_low")
    refusal(api.post(b"\xff", PATH), "brand_required")


def test_a_key_that_only_reads_is_refused(api, brand, now):
    new = brands.create_key(
        brand=brand, name="R", scopes=[Scope.EVENTS_READ], by=None, now=now
    ).secret
    refusal(api.post({"events": [REVIEW]}, PATH, authorization=f"Bearer {new}"), "scope_missing")


def test_a_brand_may_ask_for_more_than_a_key(api, brand, bearer):
    Brand.objects.filter(pk=brand.pk).update(least_trust=Trust.SIGNED)
    refusal(api.post({"events": [REVIEW]}, PATH, **bearer), "trust_too_low")


def test_an_event_type_may_ask_for_more_than_a_key(send, post_review):
    EventType.objects.filter(pk=post_review.pk).update(least_trust=Trust.SIGNED)
    assert codes(send(order(1), REVIEW)) == [None, "trust_too_low"]


def test_a_signed_batch_that_is_sent_again_records_nothing_new(api, send, of_brand, signing_secret):
    body = {"events": [order(1), REVIEW, order(2, idempotency_key="own")]}
    headers = of_brand | signed(signing_secret, body)
    first, again = (api.post(body, PATH, **headers).json()["results"] for _ in range(2))
    assert statuses(first) == statuses(again) == ["rewarded"] * 3
    assert [each["event_id"] for each in first] == [each["event_id"] for each in again]
    assert {each["replayed"] for each in again} == {True}
    assert Event.objects.count() == 3


def test_a_revoked_key_is_refused_even_where_nothing_would_be_recorded(
    api, brand, bearer, send, now
):
    send(REVIEW)
    brands.revoke_key(key=brand.api_keys.get(), by=None, now=now)
    refusal(api.post({"events": [1]}, PATH, **bearer), "brand_unknown")
    refusal(api.post({"events": [REVIEW]}, PATH, **bearer), "brand_unknown")


# Idempotency


def test_every_item_has_a_key_of_its_own(send):
    first = send(order(1, idempotency_key="k-1"), REVIEW | {"idempotency_key": "k-2"})
    again = send(
        REVIEW | {"idempotency_key": "k-2"},
        order(1, idempotency_key="k-1"),
        order(2, idempotency_key="k-1"),
    )
    assert [each["event_id"] for each in again] == [
        first[1]["event_id"],
        first[0]["event_id"],
        None,
    ]
    assert [each["replayed"] for each in again] == [True, True, False]
    assert codes(again) == [None, None, "idempotency_key_reused"]


def test_a_key_twice_in_one_batch_is_one_event(send):
    results = send(*[REVIEW | {"idempotency_key": "k"}] * 3, order(1, idempotency_key="k"))
    assert len({each["event_id"] for each in results[:3]}) == 1
    assert [each["replayed"] for each in results] == [False, True, True, False]
    assert codes(results) == [None, None, None, "idempotency_key_reused"]


def test_one_key_for_the_whole_call_is_refused(api, bearer):
    response = api.post({"events": [REVIEW]}, PATH, idempotency_key="k", **bearer)
    problem = refusal(response, "invalid_event")
    assert problem["errors"][0]["param"] == "Idempotency-Key"


# Limits


def test_a_batch_counts_its_items(api, brand, bearer):
    Brand.objects.filter(pk=brand.pk).update(rate_brand=10)
    people = [REVIEW | {"email": f"p{n}@example.com"} for n in range(6)]
    response = api.post({"events": [*people, "no event"]}, PATH, **bearer)
    assert response["RateLimit"].startswith('"brand";r=4;')
    assert response["RateLimit-Policy"] == '"brand";q=10;w=60'
    refusal(api.post({"events": people}, PATH, **bearer), "rate_limited")
    assert api.post({"events": people[:4]}, PATH, **bearer).status_code == 200
    assert Event.objects.count() == 10


def test_a_person_counts_as_often_as_it_is_in_the_batch(api, brand, bearer):
    Brand.objects.filter(pk=brand.pk).update(rate_person=3)
    problem = refusal(api.post({"events": [REVIEW] * 4}, PATH, **bearer), "rate_limited")
    assert "counts as 4" in problem["detail"]
    assert api.post({"events": [REVIEW] * 3}, PATH, **bearer).status_code == 200
    refusal(api.post(REVIEW, **bearer), "rate_limited")
    assert Event.objects.count() == 3


# What goes wrong on our side


@pytest.mark.parametrize(("times", "code"), [(1, None), (3, None), (99, "try_again")])
def test_configuration_that_changes_meanwhile_is_read_again(api, bearer, monkeypatch, times, code):
    receive, calls = events.receive_batch, []

    def change_and_receive(**arguments):
        calls.append(arguments)
        if len(calls) <= times:
            raise events.ConfigurationChanged
        return receive(**arguments)

    monkeypatch.setattr(events, "receive_batch", change_and_receive)
    response = api.post({"events": [REVIEW]}, PATH, **bearer)
    if code is None:
        assert statuses(response.json()["results"]) == ["rewarded"]
    else:
        refusal(response, code)


def test_a_new_reward_holds_for_the_next_batch(send, post_review, now):
    send(REVIEW)
    rule = post_review.rules.get()
    terms = events.Terms(amount=7_00)
    events.publish(rule=rule, terms=terms, by=None, now=now)
    assert send(REVIEW | {"email": "eve@example.com"})[0]["reward"]["amount"] == "7.00"


def test_an_item_that_the_database_refuses_is_refused_alone(send, monkeypatch):
    receive = events.receive_batch

    def poison(**arguments):
        return [
            events.CannotRecord("no") if submission.address.startswith("eve") else outcome
            for submission, outcome in zip(
                arguments["submissions"], receive(**arguments), strict=True
            )
        ]

    monkeypatch.setattr(events, "receive_batch", poison)
    results = send(order(1), order(2, "eve@example.com"), order(3))
    assert codes(results) == [None, "not_recorded", None]
    assert results[1]["error"]["detail"].endswith(".")


@pytest.mark.django_db(transaction=True)
def test_a_warm_batch_asks_each_server_once(api, bearer, send, round_trips):
    from django.db import connection

    for turn in range(3):
        forget(round_trips)
        connection.close()
        send(*(order(f"{turn}-{n}", f"p{n}@example.com") for n in range(100)))
    assert len(round_trips["postgresql"]) == 1
    assert len(round_trips["redis"]) == 1
