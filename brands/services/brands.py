"""A partner from its first day on. It is never deleted: the books and the log refer to it for ever."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from brands.models import Brand, Membership, Role, User
from brands.services.audit import note

LONGEST_SLUG = 64
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
# What a page of ours could be called one day.
RESERVED = frozenset({"account", "admin", "api", "brands", "new", "resonance", "settings"})
# Noted in the audit log as they are shown: in RSNC, not in hundredths.
AMOUNTS = frozenset({"open_person_daily", "open_brand_daily", "adjustment_limit"})


class InvalidBrand(ValidationError):
    """A setting that makes no sense. Like Django's ValidationError it knows the fields: forms show it."""


class SettingsChanged(Exception):
    """Somebody else has changed a setting since it was looked at. `now`: what these settings are."""

    def __init__(self, now: Mapping[str, Any]) -> None:
        super().__init__("Somebody else has changed this meanwhile.")
        self.now = now


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
    if brand.slug:
        check_slug(brand.slug)
    brand.slug = brand.slug or free_slug(brand.name)
    validate(brand)
    brand.save(force_insert=True)
    Membership.objects.create(brand=brand, user=owner, role=Role.OWNER, created_at=now)
    after = as_noted(brand, ["name", "slug", "time_zone"])
    note(brand=brand, by=owner, action="brand.created", subject=brand.name, after=after, now=now)
    return brand


@transaction.atomic
def change_brand(
    *,
    brand: Brand,
    by: User | None,
    now: datetime,
    seen: Mapping[str, Any] | None = None,
    **settings: Unpack[BrandSettings],
) -> list[str]:
    """Set what is given, leave the rest. `brand` itself is brought up to date.

    `seen`: what these settings were when they were looked at. One that is still as it was seen is left
    alone, and nothing is written over what another person has set meanwhile. Returns the names of the
    settings that were changed. Raises InvalidBrand, SettingsChanged.
    """
    # The lock lets two managers who change two bounds at once be checked against each other.
    fresh = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    meant = [
        name for name, value in settings.items() if seen is None or seen.get(name, fresh) != value
    ]
    changed = [name for name in meant if getattr(fresh, name) != settings[name]]  # type: ignore[literal-required]
    before = as_noted(fresh, changed)
    if seen is not None and (
        newer := {
            name: getattr(fresh, name)
            for name in changed
            if seen.get(name, fresh) != getattr(fresh, name)
        }
    ):
        raise SettingsChanged(newer)
    for name in changed:
        setattr(fresh, name, settings[name])  # type: ignore[literal-required]
    if "slug" in changed:
        check_slug(fresh.slug)
    validate(fresh)
    if changed:
        fresh.save(update_fields=changed)
        after = as_noted(fresh, changed)
        note(brand=fresh, by=by, action="brand.changed", before=before, after=after, now=now)
    brand.refresh_from_db()
    return changed


def suspend_brand(*, brand: Brand, by: User | None, now: datetime) -> None:
    """Refuse the brand's calls from the next one on. Its pages stay. Twice is the same as once."""
    set_status(brand, Brand.Status.SUSPENDED, "brand.suspended", by, now)


def resume_brand(*, brand: Brand, by: User | None, now: datetime) -> None:
    """Accept the brand's calls again, from the next one on. Twice is the same as once."""
    set_status(brand, Brand.Status.ACTIVE, "brand.resumed", by, now)


@transaction.atomic
def set_status(
    brand: Brand, status: Brand.Status, action: str, by: User | None, now: datetime
) -> None:
    if Brand.objects.filter(pk=brand.pk).exclude(status=status).update(status=status):
        note(brand=brand, by=by, action=action, subject=brand.name, now=now)
    brand.refresh_from_db(fields=["status", "config_version"])


def as_noted(brand: Brand, names: Iterable[str]) -> dict[str, Any]:
    """These settings as the audit log shows them."""
    return {
        name: f"{value // 100}.{value % 100:02}" if name in AMOUNTS else value
        for name in names
        for value in [getattr(brand, name)]
    }


def check_slug(slug: str) -> None:
    if slug in RESERVED:
        raise InvalidBrand({"slug": f"{slug} is kept for pages of Resonance. Choose another one."})
    if not SLUG.fullmatch(slug):
        raise InvalidBrand(
            {"slug": "Use a-z, 0-9 and single hyphens between them, such as my-shop."}
        )


def validate(brand: Brand) -> None:
    try:
        brand.full_clean()
    except ValidationError as refused:
        raise InvalidBrand(refused.update_error_dict({})) from None


def free_slug(name: str) -> str:
    """The name for a URL; with a number where another brand has it."""
    base = slugify(name)[: LONGEST_SLUG - 4].strip("-") or "brand"
    taken = set(Brand.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= RESERVED
    if base not in taken:
        return base
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)
