"""People who sign in."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from brands.models import User

LONGEST_EMAIL = 254
EXAMPLE = "Enter an e-mail address such as ann@example.com."


class InvalidEmail(Exception):
    """Not an address that mail could reach."""


class EmailTaken(Exception):
    """Somebody signs in with this address already."""


class WeakPassword(Exception):
    """The password breaks the installation's rules; the message says which."""


@transaction.atomic
def create_user(*, email: str, password: str | None, now: datetime, name: str = "") -> User:
    """A new account. Without a password nobody can sign in until one is set by e-mail.

    Raises InvalidEmail, EmailTaken, WeakPassword.
    """
    # Letters such as the Kelvin sign turn into ASCII when put into lower case: another person's address.
    if not email.isascii() or len(email) > LONGEST_EMAIL:
        raise InvalidEmail(EXAMPLE)
    email = email.strip().lower()
    user = User(email=email, name=name.strip(), joined_at=now)
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidEmail(EXAMPLE) from None
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
    return user
