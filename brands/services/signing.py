"""Signing secrets `whsec_…` (Standard Webhooks): shown once, kept sealed, since verifying needs them."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from brands.models import Brand, SigningSecret, User
from brands.sealing import seal, unseal
from brands.services.audit import note

PREFIX = "whsec_"
RANDOM_BYTES = 32
OVERLAP = timedelta(hours=24)


class SigningSecretExists(Exception):
    """The brand signs already; its secret is rotated, not made anew."""


class RotationUnderWay(Exception):
    """Two secrets are active; a third has to wait until the older one has ended."""


@dataclass(frozen=True, slots=True)
class NewSigningSecret:
    """The stored row and the secret, which is shown once."""

    row: SigningSecret
    secret: str


@transaction.atomic
def create_signing_secret(*, brand: Brand, by: User | None, now: datetime) -> NewSigningSecret:
    """The brand's first secret; it holds from the next call on. Raises SigningSecretExists."""
    if active_secrets(brand, now):
        raise SigningSecretExists("There is a signing secret already. Rotate it.")
    return first(brand, by, now)


@transaction.atomic
def rotate_signing_secret(
    *, brand: Brand, by: User | None, now: datetime, overlap: timedelta = OVERLAP
) -> NewSigningSecret:
    """A new secret; the old one is accepted for `overlap` more. Makes the first where there is none.

    Raises RotationUnderWay.
    """
    active = active_secrets(brand, now)
    if len(active) > 1:
        ends = min(each.expires_at for each in active if each.expires_at)
        raise RotationUnderWay(
            f"Two secrets are active until {ends:%Y-%m-%d %H:%M} UTC. End the older one first."
        )
    if not active:
        return first(brand, by, now)
    (old,) = active
    old.expires_at = now + overlap
    old.save(update_fields=["expires_at"])
    new = store(brand, by, now)
    note(
        brand=brand,
        by=by,
        action="signing_secret.rotated",
        before={"secret": said(old)},
        after={"secret": said(new.row), "old_one_ends": old.expires_at.isoformat()},
        now=now,
    )
    return new


@transaction.atomic
def end_signing_secret(*, row: SigningSecret, by: User | None, now: datetime) -> None:
    """Refuse the secret from the next call on and forget it. Twice is the same as once."""
    deleted, _ = SigningSecret.objects.filter(pk=row.pk).delete()
    if deleted:
        note(brand=row.brand, by=by, action="signing_secret.ended", subject=said(row), now=now)


def signing_secret(row: SigningSecret) -> str:
    """The secret itself, `whsec_…`. Raises brands.sealing.CannotUnseal."""
    return unseal(row.encrypted)


def active_secrets(brand: Brand, now: datetime) -> list[SigningSecret]:
    """Those that still hold, oldest first. Ended ones are destroyed; the brand is locked meanwhile."""
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    SigningSecret.objects.filter(brand=brand, expires_at__lte=now).delete()
    active = SigningSecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), brand=brand)
    return list(active.order_by("pk"))


def first(brand: Brand, by: User | None, now: datetime) -> NewSigningSecret:
    new = store(brand, by, now)
    note(brand=brand, by=by, action="signing_secret.created", subject=said(new.row), now=now)
    return new


def said(row: SigningSecret) -> str:
    """The secret as people call it."""
    return f"…{row.last_four}"


def store(brand: Brand, by: User | None, now: datetime) -> NewSigningSecret:
    secret = PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii")
    row = SigningSecret.objects.create(
        brand=brand,
        encrypted=seal(secret),
        last_four=secret.rstrip("=")[-4:],
        created_at=now,
        created_by=by,
    )
    return NewSigningSecret(row=row, secret=secret)
