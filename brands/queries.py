"""What calls need to know of a brand, read in one go and cached under its `config_version`."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from brands.models import Trust


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
