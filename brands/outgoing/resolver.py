"""From a name to its addresses, within seconds and without the machine's own hosts file."""

from collections.abc import Callable, Sequence

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings

SECONDS = 4.0

# (name, seconds) to every address that it has.
Resolve = Callable[[str, float], Sequence[str]]


class CannotResolve(Exception):
    """The name has no address, or nobody could say."""


def resolve(name: str, seconds: float = SECONDS) -> list[str]:
    """Every address of the name, IPv4 first. Raises CannotResolve.

    Asks DNS itself: the system's resolver cannot be given a deadline, and follows search domains
    and /etc/hosts into the inside of the installation.
    """
    try:
        asking = dns.resolver.Resolver(configure=not settings.RESONANCE_DNS_SERVERS)
        if settings.RESONANCE_DNS_SERVERS:
            asking.nameservers = [nameserver(each) for each in settings.RESONANCE_DNS_SERVERS]
        found = asking.resolve_name(f"{name}.", lifetime=min(seconds, SECONDS))
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise CannotResolve(type(error).__name__) from error
    addresses = list(found.addresses())
    return sorted(addresses, key=lambda address: ":" in address)


def nameserver(entry: str) -> dns.nameserver.Nameserver:
    """An address, or address:port (IPv6 in brackets)."""
    host, _, port = entry.rpartition(":")
    if not port.isdigit() or (":" in host and not host.endswith("]")):
        host, port = entry, "53"
    return dns.nameserver.Do53Nameserver(host.strip("[]"), int(port))
