"""Endpoints: added, changed, switched off, and their secrets."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from brands.models import Brand, User, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookKind
from brands.outgoing import (
    CannotResolve,
    NoTurn,
    RefusedTarget,
    Resolve,
    parse_target,
    reachable,
    resolve,
    turn,
)
from brands.sealing import seal, unseal
from brands.services.audit import note

MOST = 10
PREFIX = "whsec_"
RANDOM_BYTES = 32
OVERLAP = timedelta(hours=24)
SECONDS_TO_RESOLVE = 2.0
LONGEST_SUBJECT = 120
CHUNK = 1_000


class InvalidEndpoint(Exception):
    """An endpoint cannot be like this; the message says why. `field`: url or kinds."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class EndpointListed(Exception):
    """The brand has an endpoint with this address already."""


class TooManyEndpoints(Exception):
    """The brand has ten."""


class SecretRotating(Exception):
    """Two secrets sign already; a third has to wait."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """The endpoint and its secret."""

    endpoint: WebhookEndpoint
    secret: str


@transaction.atomic
def add_endpoint(
    *,
    brand: Brand,
    url: str,
    kinds: Collection[str],
    tests: bool,
    by: User | None,
    now: datetime,
    resolve: Resolve = resolve,
) -> NewEndpoint:
    """Tell this address what happens from now on.

    A name that leads nowhere yet is accepted: every attempt looks again.
    Raises InvalidEndpoint, EndpointListed, TooManyEndpoints.
    """
    check_url(url, resolve)
    kinds = checked_kinds(kinds)
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if WebhookEndpoint.objects.filter(brand=brand).count() >= MOST:
        raise TooManyEndpoints(f"A brand has at most {MOST} endpoints. Delete one first.")
    refuse_twice(brand, url)
    secret = new_secret()
    endpoint = WebhookEndpoint.objects.create(
        brand=brand,
        url=url,
        kinds=kinds,
        tests=tests,
        secret=seal(secret),
        created_at=now,
        created_by=by,
        listening_since=now,
    )
    noted(endpoint, by, "webhook.added", now, after={"kinds": kinds, "tests": tests})
    return NewEndpoint(endpoint, secret)


@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    url: str,
    kinds: Collection[str],
    tests: bool,
    by: User | None,
    now: datetime,
    resolve: Resolve = resolve,
) -> None:
    """Another address, other kinds. What waits goes to the new address.

    Raises InvalidEndpoint, EndpointListed.
    """
    if url != endpoint.url:
        check_url(url, resolve)
    kinds = checked_kinds(kinds)
    Brand.objects.select_for_update(no_key=True).get(pk=endpoint.brand_id)
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    before = {"url": row.url, "kinds": row.kinds, "tests": row.tests}
    if url != row.url:
        refuse_twice(endpoint.brand, url)
        # Another address has a history of its own.
        row.failures, row.failing_since, row.resting_until = 0, None, None
    row.url, row.kinds, row.tests = url, kinds, tests
    row.save(update_fields=["url", "kinds", "tests", "failures", "failing_since", "resting_until"])
    noted(
        endpoint,
        by,
        "webhook.changed",
        now,
        before=before,
        after={"url": url, "kinds": kinds, "tests": tests},
    )
    endpoint.refresh_from_db()


@transaction.atomic
def disable_endpoint(
    *, endpoint: WebhookEndpoint, because: str, by: User | None, now: datetime
) -> bool:
    """Send nothing any more, and keep nothing for it. What waits, waits. False where it was off already."""
    off = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None).update(
        disabled_at=now, disabled_because=because
    )
    if off:
        noted(endpoint, by, "webhook.disabled", now, after={"because": because})
    endpoint.refresh_from_db()
    return bool(off)


@transaction.atomic
def enable_endpoint(*, endpoint: WebhookEndpoint, by: User | None, now: datetime) -> None:
    """Tell it again what happens from now on, and try what was waiting."""
    on = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False).update(
        disabled_at=None,
        disabled_because="",
        listening_since=now,
        failures=0,
        failing_since=None,
        resting_until=None,
    )
    if on:
        noted(endpoint, by, "webhook.enabled", now)
    endpoint.refresh_from_db()


def delete_endpoint(*, endpoint: WebhookEndpoint, by: User | None, now: datetime) -> None:
    """Forget it with all that was sent to it. In parts: there may be very much of that."""
    disable_endpoint(endpoint=endpoint, because=WebhookEndpoint.Disabled.BY_HAND, by=by, now=now)
    deliveries = WebhookDelivery.objects.filter(endpoint=endpoint)
    while some := list(deliveries.values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            WebhookAttempt.objects.filter(delivery__in=some).delete()
            WebhookDelivery.objects.filter(pk__in=some).delete()
    with transaction.atomic():
        noted(endpoint, by, "webhook.deleted", now)
        endpoint.delete()


@transaction.atomic
def rotate_secret(
    *, endpoint: WebhookEndpoint, by: User | None, now: datetime, overlap: timedelta = OVERLAP
) -> str:
    """A new secret, returned; for `overlap` both sign. Raises SecretRotating."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.former_until is not None and row.former_until > now:
        raise SecretRotating(f"Two secrets sign until {row.former_until:%Y-%m-%d %H:%M} UTC.")
    secret = new_secret()
    row.former_secret, row.former_until = row.secret, now + overlap
    row.secret = seal(secret)
    row.save(update_fields=["secret", "former_secret", "former_until"])
    noted(row, by, "webhook.rotated", now, after={"former_one_ends": row.former_until.isoformat()})
    endpoint.refresh_from_db()
    return secret


@transaction.atomic
def reveal_secret(*, endpoint: WebhookEndpoint, by: User | None, now: datetime) -> str:
    """The secret itself, noted in the audit log. Raises brands.sealing.CannotUnseal."""
    noted(endpoint, by, "webhook.secret_shown", now)
    return unseal(endpoint.secret)


def check_url(url: str, resolve: Resolve) -> None:
    """Raises InvalidEndpoint."""
    try:
        target = parse_target(url)
        with turn():
            reachable(target, resolve, SECONDS_TO_RESOLVE)
    except RefusedTarget as refused:
        raise InvalidEndpoint("url", f"{refused}") from None
    except (CannotResolve, NoTurn):
        # Names take their time to appear, and our own DNS may be away. Every attempt looks again.
        return


def checked_kinds(kinds: Collection[str]) -> list[str]:
    """In the order in which they are listed, each once. Raises InvalidEndpoint."""
    if not kinds:
        raise InvalidEndpoint("kinds", "Choose at least one thing to be told of.")
    if unknown := set(kinds) - set(WebhookKind.values):
        raise InvalidEndpoint("kinds", f"There is nothing called {min(unknown)}.")
    return [kind for kind in WebhookKind.values if kind in kinds]


def refuse_twice(brand: Brand, url: str) -> None:
    """Raises EndpointListed."""
    if WebhookEndpoint.objects.filter(brand=brand, url=url).exists():
        raise EndpointListed("There is an endpoint with this address already.")


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii")


def noted(
    endpoint: WebhookEndpoint,
    by: User | None,
    action: str,
    now: datetime,
    **changes: dict[str, Any],
) -> None:
    """Without what follows the ? of the address: partners put tokens there."""
    subject = endpoint.url.partition("?")[0][:LONGEST_SUBJECT]
    for change in changes.values():
        if "url" in change:
            change["url"] = f"{change['url']}".partition("?")[0]
    note(brand=endpoint.brand, by=by, action=action, subject=subject, now=now, **changes)
