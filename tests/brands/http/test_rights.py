"""What a caller may do, by what it has proved and by where it says it comes from."""

import pytest

from brands import services as brands
from brands.models import Brand, Scope, Trust
from tests.api_client import EVENT, refusal, signed, trust_of

pytestmark = pytest.mark.usefixtures("place_order")

SHOP = "https://shop.northwind.example"


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
