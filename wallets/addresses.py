"""An e-mail address in the one form that points to a wallet. Pure: no database, no clock."""

import re
import unicodedata

import idna

from brands.masking import masked

RESERVED = "rsnc.network"
MAX_LENGTH = 254
MAX_LOCAL = 64
MAX_DOMAIN = 253

# [0-9] and not \d, which is true for the digits of every script.
DETERMINISTIC = re.compile(r"(discord|telegram|twitter)_([1-9][0-9]{0,19})")
PLAIN_LABEL = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What RFC 5321 allows only between quotes, and a quoted local part is never a person's.
NEEDS_QUOTES = frozenset('"(),:;<>[\\]')
# Control, format (zero width), surrogate, private use, unassigned; separators.
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


class InvalidAddress(ValueError):
    """No wallet can belong to this address. The message says what to change."""


def normalise(text: str) -> str:
    """The address in the form in which it is stored: the same again when normalised again.

    Raises InvalidAddress.
    """
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise InvalidAddress("Remove the control characters from the e-mail address.")
    text = text.strip()
    if not text:
        raise InvalidAddress("Send the person's e-mail address, such as ann@example.com.")
    if len(text) > MAX_LENGTH:
        raise InvalidAddress(f"An e-mail address has at most {MAX_LENGTH} characters.")
    local, at, domain = text.partition("@")
    if not at or "@" in domain:
        raise InvalidAddress("An e-mail address has exactly one @, as in ann@example.com.")
    address = f"{local_part(local)}@{domain_part(domain)}"
    if len(address) > MAX_LENGTH:
        raise InvalidAddress(f"An e-mail address has at most {MAX_LENGTH} characters.")
    refuse_reserved(address)
    return address


def local_part(text: str) -> str:
    if not text:
        raise InvalidAddress("There is nothing before the @ of the e-mail address.")
    lowered = text.lower()
    # Before lower(), too: it turns the Kelvin sign into a plain k, and so into somebody else's mailbox.
    if (
        unicodedata.normalize("NFKC", text) != text
        or unicodedata.normalize("NFKC", lowered) != lowered
    ):
        raise InvalidAddress(
            "Write the e-mail address in plain characters: full-width and other compatibility forms are refused."
        )
    if len(lowered) > MAX_LOCAL:
        raise InvalidAddress(f"At most {MAX_LOCAL} characters may stand before the @.")
    if any(char in NEEDS_QUOTES or unicodedata.category(char) in UNPRINTABLE for char in lowered):
        raise InvalidAddress(
            "Remove spaces, quotes, brackets and invisible characters before the @."
        )
    if lowered.startswith(".") or lowered.endswith(".") or ".." in lowered:
        raise InvalidAddress("Dots before the @ stand between other characters, one at a time.")
    return lowered


def domain_part(text: str) -> str:
    """The domain as an A-label in lower case, without a trailing dot."""
    if unicodedata.normalize("NFKC", text) != text:
        raise InvalidAddress("Write the domain of the e-mail address in plain characters.")
    labels = text.lower().removesuffix(".").split(".")
    if len(labels) < 2 or labels[-1].isdigit():  # noqa: PLR2004  (a name and its top-level domain)
        raise InvalidAddress("After the @ stands a domain such as example.com.")
    domain = ".".join(a_label(label) for label in labels)
    if len(domain) > MAX_DOMAIN:
        raise InvalidAddress(f"A domain has at most {MAX_DOMAIN} characters.")
    return domain


def a_label(label: str) -> str:
    if PLAIN_LABEL.fullmatch(label):
        return label
    try:
        return idna.alabel(label).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidAddress("The domain after the @ is not one that can exist.") from error


def refuse_reserved(address: str) -> None:
    """`rsnc.network` is ours: only the addresses that stand for an account elsewhere exist there."""
    local, _, domain = address.rpartition("@")
    if domain.endswith(f".{RESERVED}") or (
        domain == RESERVED and not DETERMINISTIC.fullmatch(local)
    ):
        raise InvalidAddress(
            f"At {RESERVED} only discord_<id>, telegram_<id> and twitter_<id> exist, "
            "with the id as digits, without leading zeros."
        )


def mask(address: str) -> str:
    """The address for people who may know that it exists, but not whose it is."""
    local, _, domain = address.rpartition("@")
    if domain == RESERVED and (match := DETERMINISTIC.fullmatch(local)):
        source, number = match.groups()
        return f"{source}_{number[:2] if len(number) > 2 else ''}••••@{domain}"  # noqa: PLR2004
    return masked(address)
