"""People who sign in."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from brands.models import User

LONGEST_EMAIL = 254
TIME_TO_FINISH = timedelta(days=1)
EXAMPLE = "Enter an e-mail address such as ann@example.com."


class InvalidEmail(Exception):
    """Not an address that mail could reach."""


class EmailTaken(Exception):
    """Somebody signs in with this address already."""


class WeakPassword(Exception):
    """The password breaks the installation's rules; the message says which."""


@transaction.atomic
def create_user(*, email: str, password: str | None, now: datetime, name: str = "") -> User:
    """A new account for somebody else. Without a password nobody can sign in until one is set by e-mail.

    Raises InvalidEmail, EmailTaken, WeakPassword.
    """
    user = User(email=sound_email(email), name=name.strip(), joined_at=now)
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as refused:
            raise WeakPassword(" ".join(refused.messages)) from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise EmailTaken("Somebody signs in with this e-mail address already.") from None
    vouch(user=user)
    return user


def vouch(*, user: User) -> None:
    """Whoever makes or changes an account for another answers for its address: no code is asked for."""
    User.objects.vouch_for(user)


def forget_unfinished(*, user: User) -> bool:
    """Delete an account whose address was never proved, so that it is free again. Whether it was one."""
    # Whoever is in a team or was ever signed in is somebody, whatever became of the address.
    unfinished = User.objects.unfinished().filter(pk=user.pk)
    return unfinished.delete()[0] > 0


def forget_all_unfinished(*, now: datetime) -> int:
    """Delete the accounts that were begun over a day ago and never finished. Returns how many rows went."""
    begun = now - TIME_TO_FINISH
    return User.objects.unfinished().filter(joined_at__lt=begun).delete()[0]


def sound_email(email: str) -> str:
    """The one form in which the address is stored and compared. Raises InvalidEmail."""
    # Letters such as the Kelvin sign turn into ASCII when put into lower case: another person's address.
    if not email.isascii() or len(email) > LONGEST_EMAIL:
        raise InvalidEmail(EXAMPLE)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidEmail(EXAMPLE) from None
    return email
