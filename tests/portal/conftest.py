"""Pages by Django's client: signed in as somebody, with something to see."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from brands.models import Brand, Membership, Role, User
from events import services as events
from events.models import EventType
from portal.sessions import NOTED_AT

STORAGE = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_collected(settings):
    """Pages name their stylesheet without its hash, so that nothing has to be collected first."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": STORAGE}


@pytest.fixture
def as_ann(client: Client, ann: User) -> Client:
    """Signed in, and seen within the last five minutes."""
    client.force_login(ann)
    session = client.session
    session[NOTED_AT] = time.time()
    session.save()
    return client


@pytest.fixture
def as_role(client: Client, brand: Brand) -> Callable[[Role], Client]:
    """Sign in as a member of the brand's team with this role."""

    def sign_in(role: Role) -> Client:
        user = User.objects.create_user(f"{role.lower()}@northwind.example")
        Membership.objects.create(user=user, brand=brand, role=role)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def order(brand: Brand) -> EventType:
    """10.00 RSNC once per metadata.order_id."""
    return events.create_event_type(
        brand=brand,
        key="order",
        name="Order placed",
        terms=events.Terms(amount=10_00, business_key="metadata.order_id"),
        by=None,
        now=NOON,
    )
