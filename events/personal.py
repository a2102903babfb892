"""What in a partner's metadata may be a person's, and how it is masked. Pure, and rather too careful.

A brand sends what it likes. So what looks like an address or a telephone number is taken for one wherever it
stands, and all that stands under a key such as `name` or `billing_address` whatever it looks like.
"""

import re
from collections.abc import Mapping
from typing import Any

from wallets.addresses import mask

# Loose on purpose: something on both sides of an @. Bounded, so that a long text takes no long time.
ADDRESS = re.compile(r"[^\s@<>\"'(),;:\[\]{}=]{1,128}@[^\s@<>\"'(),;:\[\]{}=]{1,255}")
TELEPHONE = re.compile(
    r"(?<![\w.+-])(?:"
    r"(?:\+|00)[ ]?[1-9](?:[ ()./-]{0,2}\d){6,14}"  # +49 30 1234567
    r"|\(\d{2,5}\)[ -]?\d(?:[ ./-]?\d){4,10}"  # (030) 1234567
    r"|\d{3}[ .-]\d{3}[ .-]\d{4}"  # 555-123-4567
    r"|0\d{1,4}[ /](?:[ -]?\d){5,10}"  # 030 1234567
    r")(?![\w-])"
)
PERSONAL = {
    "email", "mail", "phone", "phonenumber", "tel", "telephone", "telefon", "mobile", "cell", "fax", "whatsapp",
    "firstname", "lastname", "fullname", "surname", "nickname", "username", "login", "recipient",
    "address", "address1", "address2", "addr", "street", "zip", "zipcode", "postcode", "postal",
    "birthday", "birthdate", "dob", "ip", "iban",
}  # fmt: skip
# `name` is a person's unless it says whose else it is.
THINGS = {
    "app", "brand", "bundle", "campaign", "category", "channel", "city", "collection", "country", "coupon", "course",
    "discount", "domain", "event", "file", "host", "item", "list", "method", "offer", "page", "plan", "platform",
    "plugin", "product", "program", "promo", "segment", "service", "shop", "site", "size", "sku", "source", "status",
    "store", "tag", "theme", "tier", "type", "variant", "vendor", "workflow",
}  # fmt: skip
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NOT_WORD = re.compile(r"[\W_]+")
HIDDEN = "•••"


def is_personal_key(key: str) -> bool:
    """Whether what stands under this key is taken for a person's."""
    words = [word for word in NOT_WORD.split(CAMEL.sub("_", key).lower()) if word]
    if PERSONAL & {*words, "".join(words)}:
        return True
    return bool(words) and words[-1] in {"name", "names"} and not THINGS & set(words[:-1])


def is_personal_text(text: str) -> bool:
    """Whether it holds something like an address or a telephone number."""
    return bool(ADDRESS.search(text) or TELEPHONE.search(text))


def masked_text(text: str) -> str:
    """The text, with what looks like an address or a telephone number in it masked."""
    return TELEPHONE.sub(hidden, ADDRESS.sub(lambda found: mask(found[0]), text))


def hidden(found: re.Match[str]) -> str:
    """As much of a number as tells it from another to somebody who knows both."""
    return f"{HIDDEN}{found[0][-2:]}"


def masked(value: Any, *, personal: bool = False) -> Any:
    """The same JSON for people who may know that something was sent, but not what.

    `personal`: it stands under a key that is. Flags and absence stay; keys are masked like text.
    """
    if isinstance(value, Mapping):
        return {
            masked_text(key): masked(each, personal=personal or is_personal_key(key))
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each, personal=personal) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if not personal:
        return masked_text(value) if isinstance(value, str) else value
    if isinstance(value, str) and (address := ADDRESS.fullmatch(value.strip())):
        return mask(address[0])
    return HIDDEN if value != "" else ""
