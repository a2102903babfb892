"""What is kept under the installation's own key: secrets that must be read again."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class CannotUnseal(Exception):
    """Sealed under a key that is neither SECRET_KEY nor in SECRET_KEY_FALLBACKS."""


@lru_cache(maxsize=64)
def derive(secret_key: str | bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; what is learnt of one of them says nothing about another."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"resonance:{purpose}".encode())
    return hkdf.derive(force_bytes(secret_key))


def derived_key(purpose: str) -> bytes:
    """The installation's key for `purpose`, from SECRET_KEY."""
    return derive(settings.SECRET_KEY, purpose)


def seal(text: str) -> bytes:
    """The text, encrypted and authenticated under SECRET_KEY."""
    return sealer().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The text again. Keys in SECRET_KEY_FALLBACKS open what was sealed before SECRET_KEY changed.

    Raises CannotUnseal.
    """
    try:
        return sealer().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise CannotUnseal("Put the former SECRET_KEY into SECRET_KEY_FALLBACKS.") from None


def sealer() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, "seal"))) for key in keys])
