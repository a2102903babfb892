"""Secret keys `rsk_…`: shown once, kept as a hash."""

import hashlib
import logging
import re
import secrets
import string
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q

from brands.models import ApiKey, Brand, Scope, User
from brands.services.audit import note

logger = logging.getLogger(__name__)

PREFIX = "rsk_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_BYTES = 32
RANDOM_DIGITS = 43  # 62^43 > 2^256
CHECK_DIGITS = 6  # 62^6 > 2^32
FORMAT = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{RANDOM_DIGITS}}})([0-9A-Za-z]{{{CHECK_DIGITS}}})")
OVERLAP = timedelta(hours=24)
LONGEST_NAME = 80
USE_NOTED_EVERY = timedelta(minutes=5)


class InvalidKey(Exception):
    """A key cannot be made like this; the message says what is missing."""


class KeyMadeAlready(Exception):
    """The same form has made a key before. Its secret was shown then, and nobody can show it again."""


class KeyEnds(Exception):
    """The key has ended, or is being replaced already."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which nobody can read again."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_key(
    *,
    brand: Brand,
    name: str,
    scopes: Collection[str],
    by: User | None,
    now: datetime,
    form: UUID | None = None,
) -> NewKey:
    """A key that works from the next call on. The same `form` makes one key, however often it is sent.

    Raises InvalidKey, KeyMadeAlready.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidKey(f"Give the key a name of at most {LONGEST_NAME} characters.")
    if not scopes:
        raise InvalidKey("Choose at least one thing that the key may do.")
    if unknown := set(scopes) - set(Scope.values):
        raise InvalidKey(f"There is no scope {min(unknown)}.")
    try:
        with transaction.atomic():
            new = store(brand=brand, name=name, scopes=scopes, by=by, now=now, form=form)
    except IntegrityError:
        raise KeyMadeAlready(
            "This form has made its key already, and no second one. Its secret was shown then and "
            "cannot be shown again: if you did not copy it, rotate the key."
        ) from None
    after = {"scopes": new.key.scopes}
    note(brand=brand, by=by, action="key.created", subject=said(new.key), after=after, now=now)
    return new


def store(
    *,
    brand: Brand,
    name: str,
    scopes: Collection[str],
    by: User | None,
    now: datetime,
    form: UUID | None = None,
) -> NewKey:
    secret = new_secret()
    key = ApiKey.objects.create(
        brand=brand,
        name=name,
        digest=key_digest(secret),
        last_four=secret[-4:],
        scopes=sorted(set(scopes)),
        created_at=now,
        created_by=by,
        form=form,
    )
    return NewKey(key=key, secret=secret)


@transaction.atomic
def rotate_key(
    *, key: ApiKey, by: User | None, now: datetime, overlap: timedelta = OVERLAP
) -> NewKey:
    """A new key with the same name and scopes; the old one lives on for `overlap`. Raises KeyEnds."""
    old = ApiKey.objects.select_for_update(no_key=True).select_related("brand").get(pk=key.pk)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyEnds("This key has ended. Make a new one.")
    if old.expires_at is not None:
        raise KeyEnds("This key is being replaced already. Rotate the one that replaces it.")
    new = store(brand=old.brand, name=old.name, scopes=old.scopes, by=by, now=now)
    old.expires_at = now + overlap
    old.save(update_fields=["expires_at"])
    key.expires_at = old.expires_at
    note(
        brand=old.brand,
        by=by,
        action="key.rotated",
        subject=said(old),
        before={"key": f"…{old.last_four}"},
        after={"key": f"…{new.key.last_four}", "old_one_ends": old.expires_at.isoformat()},
        now=now,
    )
    return new


@transaction.atomic
def revoke_key(*, key: ApiKey, by: User | None, now: datetime) -> None:
    """Refuse the key from the next call on, in every process. Its row stays, for the log.

    Twice is the same as once.
    """
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        note(brand=key.brand, by=by, action="key.revoked", subject=said(key), now=now)
    key.refresh_from_db()


def said(key: ApiKey) -> str:
    """The key as people call it."""
    return f"{key.name} (…{key.last_four})"


def new_secret() -> str:
    """`rsk_`, 32 random bytes in base 62, and a checksum of them. One word for a double click."""
    number = int.from_bytes(secrets.token_bytes(RANDOM_BYTES), "big")
    body = base62(number, RANDOM_DIGITS)
    return f"{PREFIX}{body}{checksum(body)}"


def checksum(body: str) -> str:
    return base62(zlib.crc32(body.encode("ascii")), CHECK_DIGITS)


def base62(number: int, digits: int) -> str:
    """The number with exactly this many digits."""
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text


def looks_like_key(secret: str) -> bool:
    """Whether prefix, length and checksum fit. For hints only: a typo is answered like any wrong key."""
    match = FORMAT.fullmatch(secret)
    return match is not None and checksum(match[1]) == match[2]


def key_digest(secret: str) -> bytes:
    """The 32 bytes under which a key is stored. 32 random bytes need neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


noted: dict[int, datetime] = {}


def mark_key_used(*, key_id: int, now: datetime) -> None:
    """Write when the key was last used, at most once in five minutes per process.

    A database that refuses is logged and nothing else: no call fails for it.
    """
    last = noted.get(key_id)
    if last is not None and last <= now < last + USE_NOTED_EVERY:
        return
    noted[key_id] = now
    earlier = Q(last_used_at=None) | Q(last_used_at__lt=now)
    try:
        ApiKey.objects.filter(earlier, pk=key_id).update(last_used_at=now)
    except DatabaseError:
        logger.warning("use of a key was not noted", extra={"key_id": key_id}, exc_info=True)
