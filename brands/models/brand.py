"""A partner and the domains it speaks from."""

import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


def new_public_id() -> str:
    """What partners send as `brand_id`. Not a secret."""
    return f"brd_{secrets.token_hex(10)}"


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Berlin.")


class Trust(models.TextChoices):
    """How a caller proved to be the brand, least first."""

    OPEN = "open", "Open (brand id and domain)"
    KEY = "key", "Secret key"
    SIGNED = "signed", "Signed"

    @property
    def rank(self) -> int:
        """Higher for those who prove more."""
        return list(Trust).index(self)


class Brand(models.Model):
    """A partner: issues RSNC and redeems it."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"

    public_id = models.CharField("brand id", max_length=32, unique=True, default=new_public_id)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=64, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    # The digest of its `Logo`, so that pages can name the picture without asking for it; empty for none.
    logo = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Raised by triggers on every change that a call must notice (migration 0002).
    config_version = models.BigIntegerField(default=1, editable=False)

    # What callers without a credential may do.
    least_trust = models.CharField(max_length=8, choices=Trust.choices, default=Trust.OPEN)
    domain_required = models.BooleanField(default=False)
    quiet_answers = models.BooleanField(default=False)
    # Hundredths of RSNC.
    open_person_daily = models.BigIntegerField(default=100_00)
    open_brand_daily = models.BigIntegerField(default=1_000_00)
    open_new_wallets_hourly = models.IntegerField(default=20)
    # Calls a minute.
    rate_brand = models.IntegerField(default=6_000)
    rate_person = models.IntegerField(default=120)
    rate_address = models.IntegerField(default=600)
    # What one person may add or take by hand, for one member in 24 hours, without a second person's
    # consent. Hundredths of RSNC.
    adjustment_limit = models.BigIntegerField(default=100_00)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(least_trust__in=Trust.values), name="brand_least_trust_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "SUSPENDED"]), name="brand_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(open_person_daily__gte=0)
                & Q(open_brand_daily__gte=F("open_person_daily"))
                & Q(open_new_wallets_hourly__gte=0),
                name="brand_open_bounds_make_sense",
                violation_error_message="A person's daily bound cannot be above the brand's.",
            ),
            models.CheckConstraint(
                condition=Q(rate_brand__gt=0) & Q(rate_person__gt=0) & Q(rate_address__gt=0),
                name="brand_rates_let_something_through",
            ),
            models.CheckConstraint(
                condition=Q(adjustment_limit__gte=0),
                name="brand_adjustment_limit_is_not_negative",
                violation_error_message="A limit is 0.00 or more.",
            ),
        ]

    def __str__(self) -> str:
        return f"Brand {self.pk}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Domain(models.Model):
    """A host that the brand's pages are on: exact, or every name below it."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="domains")
    # A-labels, lower case, no port, no trailing dot (`brands.services.domains.normalise`).
    host = models.CharField(max_length=253)
    subdomains = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "host", "subdomains"], name="domain_is_listed_once_per_brand"
            ),
            models.UniqueConstraint(
                fields=["host", "subdomains"],
                condition=Q(verified_at__isnull=False),
                name="domain_is_verified_for_one_brand",
            ),
            models.CheckConstraint(
                condition=Q(host__regex=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$") | Q(host="::1"),
                name="domain_host_is_normalised",
            ),
        ]

    def __str__(self) -> str:
        return f"Domain {self.pk}"
