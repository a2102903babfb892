"""The cast: a brand, its manager Ann, and a stranger."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django import conf
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from hypothesis import HealthCheck, settings

from brands import queries as brand_queries
from brands.http.directory import directory
from brands.models import Brand, Membership, Role, User
from brands.services import keys
from events.services import forget_programmes
from tests.flushing import flush

# Machines are shared: how long an example takes says nothing about it.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def quick_settings():
    """What is slow on purpose, or once a process, would be paid by every test.

    A password's hash takes a third of a second; WhiteNoise reads the folder of static files for
    every client that a test makes. And where Redis is given 50 ms, a busy machine would forget what a test counts on.
    The servers of `tests.live_server` have the product's own.
    """
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    default: dict[str, Any] = dict(conf.settings.CACHES["default"])
    patient = {**default["OPTIONS"], "socket_connect_timeout": 5, "socket_timeout": 5}
    caches = {"default": {**default, "OPTIONS": patient}}
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True, CACHES=caches):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_flush():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
        yield


@pytest.fixture(autouse=True)
def fresh_process():
    """What a process remembers of a database must not outlive it: ids begin anew."""
    forget_programmes()
    directory.forget()
    keys.noted.clear()
    cache.clear()


@pytest.fixture
def brand(db) -> Brand:
    return Brand.objects.create(
        name="Northwind Roasters", slug="northwind", time_zone="Europe/Berlin"
    )


@pytest.fixture
def other_brand(db) -> Brand:
    return Brand.objects.create(name="Fjell Outdoor", slug="fjell", time_zone="Europe/Oslo")


@pytest.fixture
def ann(brand) -> User:
    """Northwind's manager."""
    user = User.objects.create_user("ann@northwind.example", "a long password of Ann")
    Membership.objects.create(user=user, brand=brand, role=Role.MANAGER)
    return user


@pytest.fixture
def stranger(db) -> User:
    return User.objects.create_user("stranger@elsewhere.example", "a long password of nobody")


@pytest.fixture
def facts(brand):
    """The brand as a call sees it, read anew each time it is called."""
    return lambda of=brand: brand_queries.brand_facts(brand_id=of.pk)
