"""A browser may ask and read where the page is on one of the brand's own domains, and nowhere else."""

import pytest

from brands import services as brands
from tests.api_client import EVENT, refusal

PATH = "/resonance-api/manual-event"
SHOP = "https://shop.northwind.example"
ASKS = {"access_control_request_method": "POST", "access_control_request_headers": "content-type"}


def allowed(response) -> str | None:
    assert response["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in response
    origin: str | None = response.get("Access-Control-Allow-Origin")
    return origin


@pytest.mark.usefixtures("domain")
@pytest.mark.parametrize("origin", [SHOP, "http://shop.northwind.example:8080"])
def test_a_page_of_the_brand_may_ask_and_read(api, place_order, origin):
    response = api.send("OPTIONS", PATH, origin=origin, **ASKS)
    assert (response.status_code, response.content) == (204, b"")
    assert allowed(response) == origin
    assert response["Access-Control-Allow-Methods"] == "POST"
    assert "Content-Type" in response["Access-Control-Allow-Headers"]
    assert allowed(api.post(origin=origin)) == origin
    assert allowed(api.post({**EVENT, "email": "bob@"}, origin=origin)) == origin
    assert allowed(api.get("/resonance-api/debug", origin=origin)) == origin


@pytest.mark.usefixtures("domain")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{SHOP}.evil.example", f"{SHOP}."]
)
def test_any_other_page_may_not(api, brand, place_order, origin):
    for path in (PATH, f"{PATH}?brand_id={brand.public_id}"):
        response = api.send("OPTIONS", path, origin=origin, **ASKS)
        refusal(response, "domain_mismatch")
        assert allowed(response) is None
        assert allowed(api.post(path=path, origin=origin)) is None
    assert allowed(api.get("/resonance-api/debug", origin=origin)) is None


def test_a_domain_that_is_not_verified_may_ask_with_the_brands_id(api, brand, now):
    brands.add_domain(brand=brand, entry="shop.northwind.example", by=None, now=now)
    refusal(api.send("OPTIONS", PATH, origin=SHOP, **ASKS), "domain_mismatch")
    response = api.send("OPTIONS", f"{PATH}?brand_id={brand.public_id}", origin=SHOP, **ASKS)
    assert allowed(response) == SHOP


@pytest.mark.usefixtures("domain")
def test_options_without_an_origin_is_no_question_of_a_browser(api):
    refusal(api.send("OPTIONS", PATH), "method_not_allowed")
    refusal(api.send("OPTIONS", PATH, origin=SHOP), "method_not_allowed")


@pytest.mark.usefixtures("domain")
def test_what_takes_a_secret_key_is_not_for_browsers(api):
    for path in ("/resonance-api/events/evt_1", "/resonance-api/wallets/bob@example.com"):
        refusal(api.send("OPTIONS", path, origin=SHOP, **ASKS), "method_not_allowed")


@pytest.mark.usefixtures("domain")
def test_a_suspended_brands_pages_may_not_ask(api, brand, now):
    brands.suspend_brand(brand=brand, by=None, now=now)
    refusal(api.send("OPTIONS", PATH, origin=SHOP, **ASKS), "domain_mismatch")
