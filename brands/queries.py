"""What calls need to know of a brand, read in one go and cached under its `config_version`."""

import logging
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from brands.models import (
    ApiKey,
    AuditEntry,
    Brand,
    Domain,
    Invitation,
    Logo,
    Membership,
    SigningSecret,
    Trust,
    User,
)
from brands.sealing import CannotUnseal, unseal

logger = logging.getLogger(__name__)

# What could be stored at all: hostile text (NUL, lone surrogates) never reaches the database.
PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
HOST = re.compile(r"[a-z0-9.:-]+")
DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """One configured domain. `host` is an A-label in lower case; `subdomains`: an explicit `*.` entry."""

    host: str
    subdomains: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A secret key as a call sees it. `digest` is its SHA-256."""

    id: int
    digest: bytes
    scopes: frozenset[str]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """A signing secret, decrypted: `whsec_…`."""

    secret: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """A brand's configuration at `version`. Amounts in hundredths of RSNC, rates in calls a minute."""

    id: int
    public_id: str
    slug: str
    name: str
    version: int
    active: bool
    zone: ZoneInfo
    least_trust: Trust
    domain_required: bool
    quiet_answers: bool
    open_person_daily: int
    open_brand_daily: int
    open_new_wallets_hourly: int
    rate_brand: int
    rate_person: int
    rate_address: int
    domains: tuple[DomainFacts, ...]
    keys: tuple[KeyFacts, ...]
    secrets: tuple[SecretFacts, ...]


def brand_facts(*, brand_id: int) -> BrandFacts | None:
    """The brand's configuration, or None. Keys and secrets that expire are in it: compare with `now`.

    The version comes with the first query, so a change that commits between the queries leaves a
    version that is too low: the next call finds it stale and reads again.
    """
    brand = Brand.objects.filter(pk=brand_id).first()
    if brand is None:
        return None
    return BrandFacts(
        id=brand.pk,
        public_id=brand.public_id,
        slug=brand.slug,
        name=brand.name,
        version=brand.config_version,
        active=brand.status == Brand.Status.ACTIVE,
        zone=brand.zone,
        least_trust=Trust(brand.least_trust),
        domain_required=brand.domain_required,
        quiet_answers=brand.quiet_answers,
        open_person_daily=brand.open_person_daily,
        open_brand_daily=brand.open_brand_daily,
        open_new_wallets_hourly=brand.open_new_wallets_hourly,
        rate_brand=brand.rate_brand,
        rate_person=brand.rate_person,
        rate_address=brand.rate_address,
        domains=tuple(
            DomainFacts(host=each.host, subdomains=each.subdomains, verified=bool(each.verified_at))
            for each in brand.domains.order_by("pk")
        ),
        keys=tuple(
            KeyFacts(
                id=each.pk,
                digest=bytes(each.digest),
                scopes=frozenset(each.scopes),
                expires_at=each.expires_at,
            )
            for each in brand.api_keys.filter(revoked_at=None).order_by("pk")
        ),
        secrets=tuple(secret_facts(brand)),
    )


def secret_facts(brand: Brand) -> Iterator[SecretFacts]:
    """The brand's signing secrets. One that cannot be opened is left out: keys still work without it."""
    for each in brand.signing_secrets.order_by("pk"):
        try:
            yield SecretFacts(secret=unseal(each.encrypted), expires_at=each.expires_at)
        except CannotUnseal:
            logger.exception("signing secret cannot be opened", extra={"signing_secret": each.pk})


def current_version(brand_id: int) -> int | None:
    """The brand's `config_version` now, or None where there is no such brand."""
    versions = Brand.objects.filter(pk=brand_id).values_list("config_version", flat=True)
    return versions.first()


def brand_id_of_key(digest: bytes) -> int | None:
    """The brand of the secret key with this SHA-256. Whether it still holds, `BrandFacts.keys` says."""
    keys = ApiKey.objects.filter(digest=digest, revoked_at=None)
    return keys.values_list("brand_id", flat=True).first()


def brand_id_of_public_id(public_id: str) -> int | None:
    """The brand that partners call `brd_…`. Any text may be asked for."""
    if not PUBLIC_ID.fullmatch(public_id):
        return None
    return Brand.objects.filter(public_id=public_id).values_list("pk", flat=True).first()


def brand_id_of_verified_host(host: str) -> int | None:
    """The brand that has verified this host, or else the nearest `*.` above it.

    `host` as `services.normalise_host` leaves it; anything else belongs to nobody.
    """
    if not HOST.fullmatch(host) or len(host) > LONGEST_HOST:
        return None
    labels = host.split(".")
    parents = [".".join(labels[start:]) for start in range(1, len(labels))]
    verified = Domain.objects.filter(verified_at__isnull=False).filter(
        Q(host=host, subdomains=False) | Q(host__in=parents, subdomains=True)
    )
    # A parent is always shorter than the host itself.
    nearest = verified.order_by(Length("host").desc())
    return nearest.values_list("brand_id", flat=True).first()


def brands_of(user: User) -> QuerySet[Brand]:
    """The brands in whose team the user is, by name."""
    return Brand.objects.filter(memberships__user=user).order_by("name", "pk")


def memberships_of(user: User) -> QuerySet[Membership]:
    """The user's places in teams, each with its brand, by the brand's name."""
    mine = Membership.objects.select_related("brand").filter(user=user)
    return mine.order_by("brand__name", "pk")


def team_of(brand: Brand) -> QuerySet[Membership]:
    """The brand's team, each with the user, longest there first."""
    team = Membership.objects.select_related("user").filter(brand=brand)
    return team.order_by("created_at", "pk")


def keys_of(brand: Brand) -> QuerySet[ApiKey]:
    """The brand's secret keys, ended ones too, each with who made it, newest first."""
    return ApiKey.objects.select_related("created_by").filter(brand=brand).order_by("-pk")


def signing_secrets_of(brand: Brand, now: datetime) -> list[SigningSecret]:
    """The brand's signing secrets that hold at `now`, each with who made it, newest first."""
    lives = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = SigningSecret.objects.select_related("created_by").filter(lives, brand=brand)
    return list(rows.order_by("-pk"))


def last_changes(brand: Brand, names: Collection[str]) -> dict[str, AuditEntry]:
    """For each of these settings, the last entry that says who changed it. One query a setting."""
    entries = AuditEntry.objects.select_related("by").filter(brand=brand, action="brand.changed")
    found = {name: entries.filter(after__has_key=name).order_by("-pk").first() for name in names}
    return {name: entry for name, entry in found.items() if entry is not None}


def logo_png(digest: str) -> bytes | None:
    """The picture with this SHA-256, or None. Any text may be asked for."""
    if not DIGEST.fullmatch(digest):
        return None
    found = Logo.objects.filter(digest=digest).values_list("png", flat=True).first()
    return None if found is None else bytes(found)


def pending_invitations(brand: Brand) -> QuerySet[Invitation]:
    """Those that nobody has answered or withdrawn, expired ones too, each with who invited, newest first."""
    rows = Invitation.objects.select_related("invited_by").filter(brand=brand, ended_at=None)
    return rows.order_by("-pk")
