"""Plain HTTP is for this machine only, and nobody else's word counts for that."""

import pytest

from brands.http.claims import network
from tests.api_client import refusal

DEBUG = "/resonance-api/debug"
FORGED = [
    {"x_forwarded_proto": "https"},
    {"x_forwarded_for": "127.0.0.1"},
    {"x_forwarded_host": "127.0.0.1"},
    {"forwarded": "proto=https;for=127.0.0.1"},
]


@pytest.fixture
def https(settings):
    settings.RESONANCE_URL = "https://resonance.example"
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = ["resonance.example"]


@pytest.mark.usefixtures("https")
def test_with_an_https_base_url_every_plain_call_is_refused(api, brand, bearer):
    for path in (DEBUG, "/resonance-api/manual-event", "/resonance-api/nowhere"):
        for headers in ({}, bearer, *FORGED):
            response = api.send("POST", path, b"{}", host="resonance.example", **headers)
            problem = refusal(response, "https_required")
            assert "https://resonance.example/resonance-api/" in problem["detail"]


@pytest.mark.django_db
@pytest.mark.usefixtures("https")
def test_over_tls_a_call_is_taken(api):
    response = api.get(DEBUG, host="resonance.example", secure="yes")
    assert response.status_code == 200


@pytest.mark.django_db
def test_on_this_machine_plain_http_is_taken(api):
    assert api.get(DEBUG).status_code == 200
    assert api.get(DEBUG, address="::1", host="localhost").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("headers", FORGED)
def test_who_forges_forwarding_is_not_on_this_machine(api, headers):
    refusal(api.get(DEBUG, **headers), "https_required")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", "", "not an address"])
def test_who_comes_from_elsewhere_has_to_use_https(api, address):
    refusal(api.get(DEBUG, address=address), "https_required")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_one_customer_of_a_provider_is_one_client(address, expected):
    assert network(address) == expected
