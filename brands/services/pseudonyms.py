"""Names that say "the same one again" without saying who."""

import hmac

from brands.sealing import derived_key


def pseudonym(kind: str, *parts: str | int) -> str:
    """32 hex digits that stand for the parts: always the same here, of no use anywhere else.

    `kind` keeps the uses apart ("wallet", "address", "email"). Changing SECRET_KEY changes them all.
    """
    # Each part with its length: ("a", "bc") and ("ab", "c") are different people.
    texts = [part if isinstance(part, str) else f"{part}" for part in (kind, *parts)]
    message = "".join(f"{len(text)}:{text}" for text in texts).encode("utf-8", "surrogatepass")
    return hmac.digest(derived_key("pseudonym"), message, "sha256").hex()[:32]
