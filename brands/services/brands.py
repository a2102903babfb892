"""A partner from its first day on. It is never deleted: the books and the log refer to it for ever."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from brands.models import Brand, Membership, Role, User

LONGEST_SLUG = 64


class InvalidBrand(ValidationError):
    """A setting that makes no sense. Like Django's ValidationError it knows the fields: forms show it."""


class BrandSettings(TypedDict, total=False):
    """What a brand can set for itself. Amounts in hundredths of RSNC, rates in calls a minute."""

    name: str
    slug: str
    time_zone: str
    least_trust: str
    domain_required: bool
    quiet_answers: bool
    open_person_daily: int
    open_brand_daily: int
    open_new_wallets_hourly: int
    rate_brand: int
    rate_person: int
    rate_address: int
    adjustment_limit: int


@transaction.atomic
def create_brand(*, owner: User, now: datetime, **settings: Unpack[BrandSettings]) -> Brand:
    """A new active brand with its first owner. Without a slug it gets one made from its name.

    Raises InvalidBrand.
    """
    brand = Brand(created_at=now, **settings)
    brand.slug = brand.slug or free_slug(brand.name)
    validate(brand)
    brand.save(force_insert=True)
    Membership.objects.create(brand=brand, user=owner, role=Role.OWNER, created_at=now)
    return brand


@transaction.atomic
def change_brand(*, brand: Brand, **settings: Unpack[BrandSettings]) -> Brand:
    """Set what is given, leave the rest. `brand` itself is brought up to date. Raises InvalidBrand."""
    # The lock lets two managers who change two bounds at once be checked against each other.
    fresh = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    for name, value in settings.items():
        setattr(fresh, name, value)
    validate(fresh)
    fresh.save(update_fields=list(settings))
    brand.refresh_from_db()
    return brand


def suspend_brand(*, brand: Brand) -> None:
    """Refuse the brand's calls from the next one on. Its pages stay. Twice is the same as once."""
    set_status(brand, Brand.Status.SUSPENDED)


def resume_brand(*, brand: Brand) -> None:
    """Accept the brand's calls again, from the next one on. Twice is the same as once."""
    set_status(brand, Brand.Status.ACTIVE)


def set_status(brand: Brand, status: Brand.Status) -> None:
    Brand.objects.filter(pk=brand.pk).exclude(status=status).update(status=status)
    brand.refresh_from_db(fields=["status", "config_version"])


def validate(brand: Brand) -> None:
    try:
        brand.full_clean()
    except ValidationError as refused:
        raise InvalidBrand(refused.update_error_dict({})) from None


def free_slug(name: str) -> str:
    """The name for a URL; with a number where another brand has it."""
    base = slugify(name)[: LONGEST_SLUG - 4].strip("-") or "brand"
    taken = set(Brand.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)
