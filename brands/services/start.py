"""A person's own brand, from a name, a domain and a time zone."""

from datetime import datetime

from django.db import transaction

from brands.models import Brand, Role, User
from brands.services.brands import create_brand
from brands.services.domains import add_domain

MOST_BRANDS = 10


class TooManyBrands(Exception):
    """The person owns as many brands as one can."""


@transaction.atomic
def start_brand(*, owner: User, name: str, domain: str, time_zone: str, now: datetime) -> Brand:
    """A new brand with its first owner and its first domain, unverified.

    Raises InvalidDomain, InvalidBrand, TooManyBrands.
    """
    # One at a time a person, so that the number is exact.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if owner.memberships.filter(role=Role.OWNER).count() >= MOST_BRANDS:
        raise TooManyBrands(
            f"You own {MOST_BRANDS} brands, which is as many as one person can. "
            "Leave one of them first, or ask the operator of this installation."
        )
    brand = create_brand(owner=owner, name=name, time_zone=time_zone, now=now)
    add_domain(brand=brand, entry=domain, by=owner, now=now)
    return brand
