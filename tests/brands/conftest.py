from datetime import UTC, datetime

import pytest

from brands import services
from brands.models import Brand, User

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def olga(db) -> User:
    """The owner of acme."""
    return services.create_user(email="olga@acme.example", password=None, now=NOON)


@pytest.fixture
def acme(olga: User) -> Brand:
    return services.create_brand(owner=olga, name="Acme", now=NOON)


@pytest.fixture
def dan(db) -> User:
    """Knows nobody yet."""
    return services.create_user(email="dan@acme.example", password=None, now=NOON)


@pytest.fixture
def rival(dan: User) -> Brand:
    """Another brand, owned by dan."""
    return services.create_brand(owner=dan, name="Rival", now=NOON)
