"""What a brand reads back: its own, with its secret key, and nothing of anybody else's."""

from uuid import uuid4

import pytest
from django.utils import timezone

from brands import services as brands
from brands.models import Scope
from events import services as events
from tests.api_client import EVENT, refusal
from wallets import services as wallets
from wallets.queries import wallet_of_address

pytestmark = pytest.mark.usefixtures("place_order")


@pytest.fixture
def other_bearer(other_brand, now) -> dict[str, str]:
    terms = events.Terms(amount=3_00)
    events.create_event_type(
        brand=other_brand, key="visit", name="Visit", terms=terms, by=None, now=now
    )
    new = brands.create_key(brand=other_brand, name="K", scopes=Scope.values, by=None, now=now)
    return {"authorization": f"Bearer {new.secret}"}


def test_an_event_is_read_back_with_its_decision(api, bearer):
    answer = api.post({**EVENT, "occurred_at": "2026-03-18T12:00:00+01:00"}, **bearer).json()
    event = api.get(f"/resonance-api/events/{answer['event_id']}", **bearer).json()
    assert event["event_id"] == answer["event_id"]
    assert event["event"] == "place_order"
    assert event["email"] == "bob@example.com"
    assert event["metadata"] == EVENT["metadata"]
    assert event["status"] == "rewarded"
    assert event["reward"] == {"amount": "10.00", "currency": "RSNC"}
    assert event["trust"] == "key"
    assert event["occurred_at"] == "2026-03-18T11:00:00Z"
    assert event["wallet"]["id"] == answer["wallet"]["id"]
    assert event["request_id"] == answer["request_id"]
    assert event["decision"]["observed"] == {"metadata.order_id": "A-1"}
    assert [(each["kind"], each["amount"]) for each in event["transfers"]] == [("earn", "10.00")]


def test_a_wallet_is_read_back_by_address(api, bearer):
    answer = api.post(**bearer).json()
    for address in ("bob@example.com", " BOB@example.com", "bob%40example.com"):
        wallet = api.get(f"/resonance-api/wallets/{address}", **bearer).json()
        assert wallet["id"] == answer["wallet"]["id"]
        amounts = [wallet[name] for name in ("balance", "issued_here", "pending", "reserved")]
        assert amounts == ["10.00", "10.00", "0.00", "0.00"]
        (transfer,) = wallet["transfers"]
        assert (transfer["kind"], transfer["amount"]) == ("earn", "10.00")
        assert transfer["event_id"] == answer["event_id"]
        assert transfer["created_at"] <= timezone.now().isoformat().replace("+00:00", "Z")


def test_a_wallet_shows_what_was_adjusted_by_hand(api, bearer, brand, ann, now):
    api.post(**bearer)
    wallet = wallet_of_address(address="bob@example.com", test=False)
    wallets.adjust(
        brand=brand,
        wallet=wallet,
        amount=-2_50,
        reason="Paid for nothing",
        token=uuid4(),
        by=ann,
        now=now,
    )
    told = api.get("/resonance-api/wallets/bob@example.com", **bearer)
    assert told.json()["balance"] == told.json()["issued_here"] == "7.50"
    transfer = told.json()["transfers"][0]
    assert (transfer["kind"], transfer["amount"]) == ("adjust", "-2.50")
    assert transfer["event_id"] is None
    assert "Paid for nothing" not in told.text


def test_an_address_with_a_plus_is_found(api, bearer):
    api.post({**EVENT, "email": "bob+shop@example.com"}, **bearer)
    assert api.get("/resonance-api/wallets/bob+shop@example.com", **bearer).status_code == 200


def test_a_brand_sees_what_can_be_spent_but_not_what_others_did(api, bearer, other_bearer):
    api.post(**bearer)
    api.post({"event": "visit", "email": "bob@example.com"}, **other_bearer)
    wallet = api.get("/resonance-api/wallets/bob@example.com", **bearer).json()
    assert (wallet["balance"], wallet["issued_here"]) == ("13.00", "10.00")
    assert [each["amount"] for each in wallet["transfers"]] == ["10.00"]


def test_another_brands_event_and_person_are_not_there(api, bearer, other_bearer):
    event = api.post(**bearer).json()["event_id"]
    refusal(api.get(f"/resonance-api/events/{event}", **other_bearer), "not_found")
    refusal(api.get("/resonance-api/wallets/bob@example.com", **other_bearer), "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "events/evt_00000000000000000000000000000000",
        "events/evt_",
        "events/1",
        "events/evt_" + "z" * 32,
        "events/evt_%00",
        "wallets/nobody@example.com",
        "wallets/bob@",
        "wallets/bob%00@example.com",
        "wallets/bob%ED%A0%80@example.com",
        "wallets/" + "b" * 5_000,
    ],
)
def test_what_is_not_there_is_not_there(api, bearer, path):
    refusal(api.get(f"/resonance-api/{path}", **bearer), "not_found")


def test_the_test_world_is_read_apart(api, bearer):
    api.post({**EVENT, "test": True}, **bearer)
    refusal(api.get("/resonance-api/wallets/bob@example.com", **bearer), "not_found")
    wallet = api.get("/resonance-api/wallets/bob@example.com?test=true", **bearer).json()
    assert (wallet["balance"], wallet["test"]) == ("10.00", True)


def test_a_revoked_key_reads_nothing_from_the_next_call(api, brand, bearer, now):
    api.post(**bearer)
    assert api.get("/resonance-api/wallets/bob@example.com", **bearer).status_code == 200
    brands.revoke_key(key=brand.api_keys.get(), by=None, now=now)
    refusal(api.get("/resonance-api/wallets/bob@example.com", **bearer), "brand_unknown")
