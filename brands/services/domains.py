"""The hosts that a brand speaks from. Always compared as `normalise` leaves them, never as sent."""

import re
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna
from django.db import IntegrityError, transaction
from publicsuffixlist import PublicSuffixList

from brands.models import Brand, Domain, User
from brands.services.audit import note

LONGEST_HOST = 253
LONGEST_TEXT = 1_000  # what is worth looking at; some characters vanish on the way
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
PORT = re.compile(r":[0-9]{1,5}\Z")
BRACKETED = re.compile(r"\[([0-9a-fA-F:.]*)\](?::[0-9]{1,5})?")
# A last label that browsers read as a number makes the whole an IPv4 address (127.1, 0x7f.1).
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class InvalidDomain(Exception):
    """Not a host that a brand can have; the message says why."""


class DomainListed(Exception):
    """The brand has this entry already."""


class DomainTaken(Exception):
    """Another brand has verified this entry, or nobody can."""


def normalise(host: str) -> str:
    """The one form in which hosts are stored and compared: A-labels, lower case, no port, no last dot.

    An address is refused unless it is a loopback one, for development. Raises InvalidDomain.
    """
    text = host.strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidDomain(f"A host has at most {LONGEST_HOST} characters.")
    if (address := loopback(text)) is not None:
        return address
    try:
        mapped = idna.uts46_remap(PORT.sub("", text), std3_rules=True).removesuffix(".")
        labels = [a_label(label) for label in mapped.split(".")]
    except idna.IDNAError:
        raise InvalidDomain(
            "Enter the host alone, such as shop.example.com: no https://, no path, no user name."
        ) from None
    result = ".".join(labels)
    if len(result) > LONGEST_HOST:
        raise InvalidDomain(f"A host has at most {LONGEST_HOST} characters.")
    if NUMBER.fullmatch(labels[-1]):
        if (address := loopback(result)) is not None:
            return address
        raise InvalidDomain(
            "Enter a name, not an IP address; only 127.0.0.1 and [::1] are accepted."
        )
    if len(labels) == 1 and result != "localhost":
        raise InvalidDomain("Enter the whole name, such as shop.example.com.")
    return result


def loopback(text: str) -> str | None:
    """A loopback address in its shortest form, or None. A v6 address may be in brackets."""
    bracketed = BRACKETED.fullmatch(text)
    bare = bracketed[1] if bracketed else text if text.count(":") > 1 else PORT.sub("", text)
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    known = (
        address.is_loopback if isinstance(address, IPv4Address) else address == IPv6Address("::1")
    )
    return str(address) if known else None


def a_label(label: str) -> str:
    """One label as DNS has it. Raises IDNAError."""
    # IDNA forbids hyphens in the third and fourth place; plain names that have them do exist.
    if LABEL.fullmatch(label) and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode("ascii")


def parse_entry(entry: str) -> tuple[str, bool]:
    """(host, with every name below it) of `shop.example.com` or `*.example.com`. Raises InvalidDomain."""
    text = entry.strip()
    subdomains = text.startswith("*.")
    host = normalise(text.removeprefix("*."))
    if subdomains and (is_loopback(host) or public_suffixes().is_public(host)):
        raise InvalidDomain(
            f"*.{host} would also be everybody else's. Put your own name in front of {host}."
        )
    return host, subdomains


@cache
def public_suffixes() -> PublicSuffixList:
    """The list in the installed package, private suffixes included: *.github.io is nobody's."""
    return PublicSuffixList()


def is_loopback(host: str) -> bool:
    """Whether a normalised host is this machine, whoever's machine that is."""
    return host == "localhost" or host.endswith(".localhost") or loopback(host) is not None


@transaction.atomic
def add_domain(*, brand: Brand, entry: str, by: User | None, now: datetime) -> Domain:
    """List a host, or with `*.` every name below it. It counts for the domain check, unverified.

    Raises InvalidDomain, DomainListed.
    """
    host, subdomains = parse_entry(entry)
    subject = shown_entry(host, subdomains=subdomains)
    try:
        with transaction.atomic():
            domain = Domain.objects.create(
                brand=brand, host=host, subdomains=subdomains, created_at=now
            )
    except IntegrityError:
        raise DomainListed(f"{subject} is in the list already.") from None
    note(brand=brand, by=by, action="domain.added", subject=subject, now=now)
    return domain


@transaction.atomic
def remove_domain(*, domain: Domain, by: User | None, now: datetime) -> None:
    """Refuse open calls from this host from the next one on. Twice is the same as once."""
    removed, _ = Domain.objects.filter(pk=domain.pk).delete()
    if removed:
        subject = shown_entry(domain.host, subdomains=domain.subdomains)
        note(brand=domain.brand, by=by, action="domain.removed", subject=subject, now=now)


@transaction.atomic
def mark_domain_verified(
    *, domain: Domain, by: User | None, now: datetime, way: str = "hand"
) -> None:
    """The brand has proved that the host is its own: its Origin alone now names the brand.

    `way`, for the audit log: dns, file, or by hand. A second time keeps the first time's date.
    Raises DomainTaken.
    """
    if is_loopback(domain.host):
        raise DomainTaken(f"{domain.host} is everybody's own machine; send the brand id instead.")
    entry = shown_entry(domain.host, subdomains=domain.subdomains)
    try:
        with transaction.atomic():
            fresh = Domain.objects.filter(pk=domain.pk, verified_at=None).update(verified_at=now)
    except IntegrityError:
        raise DomainTaken(f"Another brand has verified {entry}. Ask the operator.") from None
    if fresh:
        after = {"way": way}
        note(
            brand=domain.brand, by=by, action="domain.verified", subject=entry, after=after, now=now
        )
    domain.refresh_from_db()


def shown_entry(host: str, *, subdomains: bool) -> str:
    """The entry as people write it."""
    return f"*.{host}" if subdomains else host
