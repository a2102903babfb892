"""Signing in, and the cache that counts the attempts."""

import socket
import time

import pytest
from django.core.cache import caches
from django.urls import reverse

from brands import services
from brands.adapters import AccountAdapter
from brands.cache import Json, OpenCache
from tests.brands.conftest import NOON

OPTIONS = {
    "KEY_PREFIX": "test-of-the-cache",
    "OPTIONS": {
        "socket_timeout": 0.05,
        "socket_connect_timeout": 0.05,
        "serializer": "brands.cache.Json",
    },
}


@pytest.fixture
def redis_cache(settings):
    cache = OpenCache(settings.REDIS_URL, OPTIONS)
    cache.clear()
    yield cache
    cache.clear()


@pytest.fixture
def frozen():
    """The address of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_the_cache_keeps_and_forgets(redis_cache):
    assert redis_cache.get("a", "nothing") == "nothing"
    redis_cache.set("a", [1.5, "x"])
    assert redis_cache.get("a") == [1.5, "x"]
    assert not redis_cache.add("a", 1)
    assert redis_cache.delete("a")
    assert redis_cache.add("a", 1)
    assert redis_cache.get("a") == 1


def test_clearing_leaves_what_is_not_its_own(redis_cache, settings):
    neighbour = OpenCache(settings.REDIS_URL, OPTIONS | {"KEY_PREFIX": "a-neighbour"})
    neighbour.set("a", 1, timeout=5)
    redis_cache.set("a", 1)
    redis_cache.clear()
    assert redis_cache.get("a") is None
    assert neighbour.get("a") == 1
    neighbour.clear()


def test_nothing_in_the_cache_is_code():
    assert Json().loads(str(Json().dumps({"a": [1]})).encode()) == {"a": [1]}
    with pytest.raises(TypeError):
        Json().dumps(object())


def test_a_frozen_server_costs_one_short_wait(frozen, caplog):
    cache = OpenCache(frozen, OPTIONS)
    begun = time.monotonic()
    assert cache.add("lock", value=True)
    assert cache.get("a", []) == []
    cache.set("a", 1)
    assert not cache.delete("a")
    cache.clear()
    assert time.monotonic() - begun < 0.5
    assert caplog.text.count("out of reach") == 1


@pytest.fixture
def sign_in(client, db, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["default"].clear()
    services.create_user(email="ann@acme.example", password="sunflower-fields", now=NOON)

    def post(password: str, email: str = "ann@acme.example"):
        return client.post(reverse("account_login"), {"login": email, "password": password})

    return post


def test_a_person_signs_in_with_any_case_of_the_address(sign_in, client):
    assert sign_in("sunflower-fields", email="Ann@Acme.Example").status_code == 302
    assert "_auth_user_id" in client.session


def test_a_guesser_is_stopped_even_when_the_last_guess_is_right(sign_in, client):
    for _ in range(5):
        sign_in("wrong")
    assert "Too many attempts" in sign_in("sunflower-fields").content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_is_answered_like_a_wrong_password(sign_in):
    known, unknown = sign_in("wrong"), sign_in("wrong", email="nobody@acme.example")
    assert known.status_code == unknown.status_code == 200
    assert "do not belong together" in known.content.decode()
    assert "do not belong together" in unknown.content.decode()


def test_attempts_are_counted_under_the_address_of_the_connection(rf):
    adapter = AccountAdapter()
    forged = rf.get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="10.0.0.1")
    assert adapter.get_client_ip(forged) == "192.0.2.7"
    assert adapter.get_client_ip(rf.get("/", REMOTE_ADDR="")) == "0.0.0.0"
