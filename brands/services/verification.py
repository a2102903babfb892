"""Proving that a host is the brand's own: by a TXT record in its DNS, or by a file on it.

Looked at once, when somebody asks for it; what is verified stays so until it is removed.
"""

import hmac
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import dns.exception
import dns.resolver
from django.conf import settings
from dns.rdtypes.ANY.TXT import TXT

from brands import outgoing
from brands.models import Domain, User
from brands.outgoing.resolver import nameserver
from brands.sealing import derive
from brands.services.domains import is_loopback, mark_domain_verified

PREFIX = "resonance-verify="
PATH = "/.well-known/resonance-verify.txt"
SECONDS = 6.0
FOUND = 200
MOST_SHOWN = 3
LONGEST_SHOWN = 80

# A name to the texts of its TXT records; empty where there are none.
AskTxt = Callable[[str], Sequence[str]]
Fetch = Callable[[str], outgoing.Reply]


class NotVerified(Exception):
    """The proof is not there; the message says what was found instead, and what to do."""


class CannotLook(Exception):
    """Nobody could be asked: nothing is known of the proof."""


def verification_token(domain: Domain) -> str:
    """What proves the host for this brand: the same whenever it is asked, another one for every brand."""
    return next(tokens(domain))


def verification_record(domain: Domain) -> tuple[str, str]:
    """Name and text of the TXT record. For `*.` it stands at the name below which everything is."""
    return f"_resonance.{domain.host}", f"{PREFIX}{verification_token(domain)}"


def verification_url(domain: Domain) -> str | None:
    """Where the file has to be. None for `*.`: a file on one host proves nothing about the others."""
    return None if domain.subdomains else f"https://{domain.host}{PATH}"


def can_be_verified(domain: Domain) -> bool:
    """Not for hosts that are everybody's own machine."""
    return not is_loopback(domain.host)


def tokens(domain: Domain) -> Iterator[str]:
    """The token, then those under former secret keys, which may be published already."""
    about = f"{domain.brand.public_id}\n{domain.host}".encode()
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        yield hmac.digest(derive(key, "domain"), about, "sha256").hex()[:32]


def txt_records(name: str) -> list[str]:
    """The texts of the name's TXT records. Raises CannotLook."""
    try:
        asking = dns.resolver.Resolver(configure=not settings.RESONANCE_DNS_SERVERS)
        if settings.RESONANCE_DNS_SERVERS:
            asking.nameservers = [nameserver(each) for each in settings.RESONANCE_DNS_SERVERS]
        answer = asking.resolve(f"{name}.", "TXT", lifetime=SECONDS, raise_on_no_answer=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as trouble:
        raise CannotLook(type(trouble).__name__) from trouble
    return sorted(
        b"".join(each.strings).decode("utf-8", "replace")
        for each in answer.rrset or ()
        if isinstance(each, TXT)
    )


def verify_by_dns(
    *, domain: Domain, by: User | None, now: datetime, ask: AskTxt = txt_records
) -> None:
    """Look for the TXT record, for some seconds at most, and mark the domain verified.

    Not inside a transaction: DNS can be slow. Raises NotVerified, CannotLook, DomainTaken.
    """
    name, _ = verification_record(domain)
    try:
        found = ask(name)
    except CannotLook as trouble:
        raise CannotLook(
            f"The DNS servers of {domain.host} did not answer. Try again in a minute."
        ) from trouble
    if not holds(domain, (text.strip().removeprefix(PREFIX) for text in found)):
        raise NotVerified(
            f"{name} has {said(found)} instead. If you have changed it just now, wait until DNS "
            "has heard of it: some minutes, seldom an hour."
            if found
            else f"There is no TXT record at {name} yet. DNS can take some minutes, seldom an "
            "hour, to hear of a new one."
        )
    mark_domain_verified(domain=domain, by=by, now=now, way="dns")


def verify_by_file(
    *, domain: Domain, by: User | None, now: datetime, fetch: Fetch = outgoing.get
) -> None:
    """Fetch the file, for 15 s at most, and mark the domain verified.

    Not inside a transaction: the host can be slow. Raises NotVerified, CannotLook, DomainTaken.
    """
    url = verification_url(domain)
    if url is None:
        raise NotVerified("A file proves one host only. Verify this entry by DNS.")
    reply = fetch(url)
    if reply.failure is not None:
        why = reply.detail if reply.failure is outgoing.Failure.REFUSED else FAILED[reply.failure]
        raise CannotLook(f"The file could not be fetched: {why}")
    if reply.status != FOUND:
        where = reply.headers.get("location", "")
        raise NotVerified(
            f"{url} leads on to {shortened(where)}. The file must be at that very address."
            if where
            else f"{url} answers {reply.status} instead of the file."
        )
    lines = reply.body.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    if not holds(domain, (line.strip().removeprefix(PREFIX) for line in lines)):
        raise NotVerified(f"{url} is there, but the token is not in it.")
    mark_domain_verified(domain=domain, by=by, now=now, way="file")


FAILED = {
    outgoing.Failure.NAME: "DNS knows no address for the name.",
    outgoing.Failure.CONNECT: "nobody takes the connection on port 443.",
    outgoing.Failure.CERTIFICATE: "the certificate is not valid for the name.",
    outgoing.Failure.TIMEOUT: "the host took too long.",
    outgoing.Failure.BROKEN: "the answer broke off, or is not HTTP.",
}


def holds(domain: Domain, texts: Iterator[str]) -> bool:
    valid = set(tokens(domain))
    return any(text in valid for text in texts)


def said(texts: Sequence[str]) -> str:
    shown = ", ".join(
        f"\N{LEFT DOUBLE QUOTATION MARK}{shortened(each)}\N{RIGHT DOUBLE QUOTATION MARK}"
        for each in texts[:MOST_SHOWN]
    )
    more = len(texts) - MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def shortened(text: str) -> str:
    """A stranger's text, for a sentence: in one line, without what turns letters round."""
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"
