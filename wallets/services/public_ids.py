"""`wal_…`: a wallet as one brand may name it.

The brand's and the wallet's number in one AES block under `RESONANCE_ID_KEY`: the same for ever, another
one for every brand (so that two cannot join their customers), and, unlike a hash, readable again by us
without a table.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from django.conf import settings

from brands.sealing import derive

PREFIX = "wal_"
HEX_DIGITS = 32


def public_wallet_id(*, brand_id: int, wallet: int) -> str:
    """`wal_` and 32 hex digits."""
    block = brand_id.to_bytes(8, "big") + wallet.to_bytes(8, "big")
    encryptor = cipher().encryptor()
    return PREFIX + (encryptor.update(block) + encryptor.finalize()).hex()


def wallet_behind(*, brand_id: int, public_id: str) -> int | None:
    """The wallet that this brand names so, or None: another brand's name of it is no name here."""
    digits = public_id.removeprefix(PREFIX)
    if len(digits) != HEX_DIGITS or not public_id.startswith(PREFIX):
        return None
    try:
        block = bytes.fromhex(digits)
    except ValueError:
        return None
    decryptor = cipher().decryptor()
    plain = decryptor.update(block) + decryptor.finalize()
    if int.from_bytes(plain[:8], "big") != brand_id:
        return None
    return int.from_bytes(plain[8:], "big")


def cipher() -> Cipher[ECB]:
    # One block of its own for every pair, never two: what ECB is weak at does not come up.
    return Cipher(AES(derive(settings.RESONANCE_ID_KEY, "wallet ids")), ECB())  # noqa: S305
