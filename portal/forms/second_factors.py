"""Codes and passkeys: django-allauth's forms, that take hostile input and spend a code once."""

import binascii
import json
import logging
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from fido2.utils import websafe_decode

from brands.sealing import CannotUnseal, seal, unseal
from brands.second_factors import origin
from brands.services import spend_code
from portal.forms.names import NameField

logger = logging.getLogger(__name__)
LONGEST_NAME = 60
LONGEST_CODE = 40
# A credential is some 2 KB; a chain of attestations some more.
LONGEST_CREDENTIAL = 32_000
UNREADABLE = (
    "Your second factors cannot be read here just now. Tell the operator of this installation."
)
WRONG_FIRST = "This code is not right. Enter the newest one; the clock of your phone must be right."
NOT_THIS_PASSKEY = "This passkey did not work here. Try again, or use another way."
# What a credential that no browser made can cause on the way through the library.
NONSENSE = (AttributeError, KeyError, IndexError, TypeError, ValueError, binascii.Error)


def code_field() -> forms.CharField:
    """Of an app: six digits. A recovery code has eight."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
    return forms.CharField(
        label="Code",
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs=attributes),
        error_messages={"required": "Enter a code.", "max_length": "A code is shorter than this."},
    )


class SpentOnce(forms.Form):
    """A code of the app is good for once, whether or not the cache remembers it."""

    def clean_code(self) -> str:
        try:
            code = str(super().clean_code())  # type: ignore[misc]
        except CannotUnseal:
            logger.exception("a second factor cannot be read")
            raise ValidationError(UNREADABLE) from None
        found: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if found.type == Authenticator.Type.TOTP and not spend_code(
            factor=found, counter=counter_of(found, code)
        ):
            raise get_adapter().validation_error("incorrect_code")
        return code


def counter_of(factor: Authenticator, code: str) -> int:
    """The half minute that the code, which is right, belongs to."""
    secret = totp.decrypt(factor.data["secret"])
    right = (
        counter
        for counter in totp.yield_hotp_counters_from_time()
        if totp.compare_user_code(
            actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))
        )
    )
    # None, where it went out of date between being found right and now.
    return next(right, 0)


class SignInCode(SpentOnce, AuthenticateForm):  # type: ignore[misc]
    code = code_field()


class StepUpCode(SpentOnce, ReauthenticateForm):  # type: ignore[misc]
    code = code_field()


class NewApp(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app. Until it came, the secret waits in the session, sealed."""

    code = code_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = waiting_secret(again=not self.is_bound)

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())
        except ValidationError as refused:
            if refused.code == "incorrect_code":
                raise ValidationError(WRONG_FIRST, code=refused.code) from None
            raise

    @property
    def secret_in_groups(self) -> str:
        """As people type it."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def waiting_secret(*, again: bool) -> str:
    session = context.request.session
    sealed = None if again else session.get(totp.SECRET_SESSION_KEY)
    try:
        return unseal(sealed.encode()) if sealed else new_secret()
    except CannotUnseal:
        return new_secret()


def new_secret() -> str:
    secret = str(totp.generate_totp_secret())
    context.request.session[totp.SECRET_SESSION_KEY] = seal(secret).decode()
    return secret


class CredentialField(forms.JSONField):
    """What a browser says about a passkey: an object of a sane size, made on our own pages."""

    widget = forms.HiddenInput

    def prepare_value(self, value: Any) -> str:
        """Never shown again: each answer of a browser is good for one challenge."""
        return ""

    def bound_data(self, data: Any, initial: Any) -> None:
        return None

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_CREDENTIAL:
            raise ValidationError(NOT_THIS_PASSKEY)
        try:
            credential = super().to_python(value)
            if credential is not None and not made_here(credential):
                raise ValidationError(NOT_THIS_PASSKEY)
        except (*NONSENSE, RecursionError):
            raise ValidationError(NOT_THIS_PASSKEY) from None
        return credential


def made_here(credential: dict[str, Any]) -> bool:
    """The library lets subdomains pass as well; nothing on them is ours."""
    said = json.loads(websafe_decode(credential["response"]["clientDataJSON"]))
    return constant_time_compare(said["origin"], origin()) and not said.get("crossOrigin")


class HostileCredential(forms.Form):
    """What the library trips over is refused like any other wrong passkey."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            raise ValidationError(NOT_THIS_PASSKEY) from None
        except NONSENSE:
            raise ValidationError(NOT_THIS_PASSKEY) from None


class SignInPasskey(HostileCredential, LoginWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField()


class SecondPasskey(HostileCredential, AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField()


class StepUpPasskey(HostileCredential, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField()


class NewPasskey(AddWebAuthnForm):  # type: ignore[misc]
    name = NameField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="So that you know later which one it is.",
    )
    credential = CredentialField()
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without the password",
        required=False,
        initial=True,
        help_text="The device then asks for your fingerprint, face or PIN. Untick it for a plain security key.",
    )

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except ValidationError:
            raise ValidationError(NOT_THIS_PASSKEY) from None
        except NONSENSE:
            raise ValidationError(NOT_THIS_PASSKEY) from None


class PasskeyName(EditWebAuthnForm):  # type: ignore[misc]
    name = NameField(max_length=LONGEST_NAME)
