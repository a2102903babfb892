"""Three demo brands, the first with a month of events through the real path."""

import random
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from brands import services as brands
from brands.models import Brand, Domain, Scope, SigningSecret, Trust, User
from brands.queries import brand_facts
from brands.sealing import CannotUnseal
from events import services as events
from events.models import Cooldown, Event

EMAIL = "demo@demo.example"
DAYS = 30
EVENTS = 2_000
PEOPLE = 160
BATCH = 500
HOUR, DAY = 3_600, 86_400

# High enough for a load test on one machine.
GENEROUS: brands.BrandSettings = {
    "open_person_daily": 100_000_00,
    "open_brand_daily": 1_000_000_000_00,
    "open_new_wallets_hourly": 1_000_000_000,
    "rate_brand": 100_000_000,
    "rate_person": 1_000_000,
    "rate_address": 100_000_000,
}


@dataclass(frozen=True, slots=True)
class DemoBrand:
    slug: str
    name: str
    domain: str
    time_zone: str
    event_types: dict[str, tuple[str, events.Terms]]


ORDER = events.Terms(amount=10_00, business_key="metadata.order_id")
REVIEW = events.Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=DAY)
SIGNUP = events.Terms(amount=25_00, cooldown=Cooldown.EVER)
VISIT = events.Terms(amount=1_00, cooldown=Cooldown.DAY)

BRANDS = [
    DemoBrand(
        "demo",
        "Northwind Roasters",
        "demo.example",
        "Europe/Berlin",
        {
            "place_order": ("Order placed", ORDER),
            "post_review": ("Review posted", REVIEW),
            "signup": ("Signed up", SIGNUP),
            "daily_visit": ("Daily visit", VISIT),
        },
    ),
    DemoBrand(
        "fjell",
        "Fjell Outdoor",
        "fjell.example",
        "Europe/Oslo",
        {"place_order": ("Order placed", ORDER), "post_review": ("Review posted", REVIEW)},
    ),
    DemoBrand(
        "harbour",
        "Harbour Books",
        "harbour.example",
        "America/New_York",
        {"place_order": ("Order placed", ORDER), "signup": ("Signed up", SIGNUP)},
    ),
]


def make_demo(*, former: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Make what is missing of the demo, and say how to get in.

    `former` is what the last call said: secrets that still work are kept, others are made anew.
    """
    began = now - timedelta(days=DAYS)
    user, password = make_owner(former=former, now=began)
    first, *_others = [make_brand(each, owner=user, now=began) for each in BRANDS]
    if not Event.objects.filter(brand=first).exists():
        live_a_month(first, now=now)
    return {
        "brand_id": first.public_id,
        "slug": first.slug,
        "domain": BRANDS[0].domain,
        "secret_key": working_key(first, former=former, now=now),
        "signing_secret": working_signing_secret(first, now=now),
        "email": EMAIL,
        "password": password,
    }


def make_owner(*, former: Mapping[str, Any], now: datetime) -> tuple[User, str]:
    password = str(former.get("password") or secrets.token_urlsafe(12))
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = brands.create_user(email=EMAIL, password=password, name="Demo", now=now)
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def make_brand(wanted: DemoBrand, *, owner: User, now: datetime) -> Brand:
    brand = Brand.objects.filter(slug=wanted.slug).first()
    if brand is None:
        settings: brands.BrandSettings = {
            **GENEROUS,
            "name": wanted.name,
            "slug": wanted.slug,
            "time_zone": wanted.time_zone,
        }
        brand = brands.create_brand(owner=owner, now=now, **settings)
    if not Domain.objects.filter(brand=brand, host=wanted.domain).exists():
        domain = brands.add_domain(brand=brand, entry=wanted.domain, by=None, now=now)
        brands.mark_domain_verified(domain=domain, by=None, now=now)
    have = set(brand.event_types.values_list("key", flat=True))
    for key, (name, terms) in wanted.event_types.items():
        if key not in have:
            events.create_event_type(
                brand=brand, key=key, name=name, terms=terms, by=owner, now=now
            )
    return brand


def working_key(brand: Brand, *, former: Mapping[str, Any], now: datetime) -> str:
    secret = str(former.get("secret_key") or "")
    usable = brand.api_keys.filter(digest=brands.key_digest(secret), expires_at__isnull=True)
    if secret and usable.exists():
        return secret
    return brands.create_key(
        brand=brand, name="Demo", scopes=list(Scope.values), by=None, now=now
    ).secret


def working_signing_secret(brand: Brand, *, now: datetime) -> str:
    row = SigningSecret.objects.filter(brand=brand, expires_at__isnull=True).first()
    if row is not None:
        try:
            return brands.signing_secret(row)
        except CannotUnseal:
            # Made under a SECRET_KEY that is gone.
            brands.end_signing_secret(row=row, by=None, now=now)
    return brands.create_signing_secret(brand=brand, by=None, now=now).secret


def live_a_month(brand: Brand, *, now: datetime) -> None:
    """Some two thousand events over the last 30 days, recorded as a backend would have them recorded."""
    facts = brand_facts(brand_id=brand.pk)
    if facts is None:
        return
    chance = random.Random(20_26)  # noqa: S311 - the same month on every machine
    submissions = sorted(a_month(chance, now), key=lambda each: each.received_at)
    for start in range(0, len(submissions), BATCH):
        events.receive_batch(brand=facts, submissions=submissions[start : start + BATCH])


def a_month(chance: random.Random, now: datetime) -> Iterator[events.Submission]:
    """A shop's traffic: most people come seldom, more by day than by night, some calls come twice."""
    people = [f"{name}{n}@{host}" for n, (name, host) in enumerate(names(chance))]
    orders = 48_100
    for _ in range(EVENTS):
        moment = now - timedelta(seconds=seconds_ago(chance))
        person = people[min(int(chance.expovariate(1 / 40)), PEOPLE - 1)]
        key = chance.choices(
            ["place_order", "post_review", "signup", "daily_visit"], [40, 20, 8, 32]
        )[0]
        metadata: dict[str, Any] = {"platform": chance.choice(["shopify", "woocommerce", "app"])}
        if key == "place_order":
            orders += chance.choice([1, 1, 1, 1, 0])
            metadata |= {
                "order_id": f"ORD-{orders}",
                "total": Decimal(chance.randrange(900, 24_000)) / 100,
                "items": chance.randrange(1, 6),
            }
            if chance.random() < 0.02:  # noqa: PLR2004
                del metadata["order_id"]
        yield events.Submission(
            name=key,
            address=person,
            metadata=metadata,
            trust=chance.choices([Trust.KEY, Trust.OPEN, Trust.SIGNED], [70, 20, 10])[0],
            source="demo",
            request_id=f"req_{secrets.token_hex(12)}",
            received_at=moment,
            client="demo",
            test=chance.random() < 0.01,  # noqa: PLR2004
        )


def seconds_ago(chance: random.Random) -> int:
    """Somewhere in the month, rather by day and rather lately."""
    day = int(chance.triangular(0, DAYS, 0))
    return min(day * DAY + int(chance.gauss(8 * HOUR, 3 * HOUR)) % DAY + 60, DAYS * DAY - HOUR)


def names(chance: random.Random) -> Iterator[tuple[str, str]]:
    first = ["ann", "ben", "carla", "dmitri", "elif", "femi", "grace", "hugo", "ines", "jonas"]
    hosts = ["example.com", "example.org", "example.net"]
    for _ in range(PEOPLE):
        yield chance.choice(first), chance.choice(hosts)
