"""Second factors, where django-allauth's choices are ours: kept under our key, said in our words."""

from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from brands import devices
from brands.models import User
from brands.sealing import seal, unseal

WRONG = "This code is not right. Enter the newest one that your app shows, or a recovery code."


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and the seed of recovery codes are sealed; passkeys belong to our own host."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG,
        "cannot_generate_recovery_codes": "Add an authenticator app or a passkey first.",
        "unverified_email": "Verify your e-mail address first, then add a second factor.",
    }

    def encrypt(self, text: str) -> str:
        return seal(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises CannotUnseal."""
        return unseal(encrypted_text.encode())

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """What a new passkey is called until its owner says otherwise: where it was made."""
        return devices.device_of(context.request)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": relying_party(), "name": settings.MFA_TOTP_ISSUER}


def relying_party() -> str:
    """The host that passkeys are made for. Browsers make none for a bare IP address."""
    host = urlsplit(settings.RESONANCE_URL).hostname or ""
    if settings.RESONANCE_URL.startswith("https://"):
        return host
    # Without https this is somebody's own machine, where "localhost" is the one name that will do.
    return "localhost"


def origin() -> str:
    """Where a browser must have made or used a passkey: the installation's own pages, to the port."""
    url = urlsplit(settings.RESONANCE_URL)
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{relying_party()}{port}"
