"""Which addresses (URLs) a partner may give us to call."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna
from django.conf import settings

from brands.outgoing.addresses import is_loopback, is_public
from brands.outgoing.resolver import CannotResolve, Resolve

LONGEST = 2_000
LONGEST_NAME = 253
PORTS = {443, 8443}
DEFAULT_PORTS = {"https": 443, "http": 80}
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# What parsers read as a number makes the whole name an IPv4 address (127.1, 0x7f.1).
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
WHOLE = "Write a whole address, such as https://shop.example.com/hooks."
INSIDE = {"local", "internal", "localhost"}
# Printable ASCII without what parsers disagree about; other characters have to be percent-encoded.
SOUND = re.compile(r"""[!-~]*""")
UNSOUND = frozenset('\\"<>^`{|}')


class RefusedTarget(Exception):
    """We do not call this; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `insecure`: this installation allows it as a receiver on its own machine."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    insecure: bool

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Whether the URL may be called at all, wherever its name leads. Raises RefusedTarget."""
    parts, host, port = split(url)
    if "@" in parts.netloc:
        raise RefusedTarget(
            "Leave user name and password out of the address: we sign what we send."
        )
    if "#" in url:
        raise RefusedTarget("Leave out what follows the #: it never reaches a server.")
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if not SOUND.fullmatch(path) or UNSOUND & set(path):
        raise RefusedTarget("After the name, write spaces and special characters percent-encoded.")
    if allowed_here(host, port):
        return Target(url, parts.scheme, host, port, path, insecure=True)
    if parts.scheme != "https":
        raise RefusedTarget("The address must begin with https://: what we send is about people.")
    if port not in PORTS:
        raise RefusedTarget("Only the ports 443 and 8443 are called.")
    return Target(url, parts.scheme, public_name(host), port, path, insecure=False)


def split(url: str) -> tuple[SplitResult, str, int]:
    """The URL in parts, its host and its port. Raises RefusedTarget."""
    if len(url) > LONGEST:
        raise RefusedTarget(f"An address has at most {LONGEST} characters.")
    # Python drops line ends and tabs, and leading spaces, without a word.
    if any(char.isspace() or not char.isprintable() for char in url):
        raise RefusedTarget("After the name, write spaces and special characters percent-encoded.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedTarget(WHOLE) from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise RefusedTarget(WHOLE)
    return parts, parts.hostname, DEFAULT_PORTS[parts.scheme] if port is None else port


def allowed_here(host: str, port: int) -> bool:
    """Whether the operator has named it in RESONANCE_OUTGOING_INSECURE_HOSTS."""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" in settings.RESONANCE_OUTGOING_INSECURE_HOSTS


def public_name(host: str) -> str:
    """The name as DNS has it, in A-labels. Raises RefusedTarget."""
    try:
        mapped = idna.uts46_remap(host, std3_rules=False).removesuffix(".")
        labels = [a_label(label) for label in mapped.split(".")]
    except (idna.IDNAError, UnicodeError):
        raise RefusedTarget("The name in the address is not one that can exist.") from None
    name = ".".join(labels)
    if len(name) > LONGEST_NAME:
        raise RefusedTarget(f"A name has at most {LONGEST_NAME} characters.")
    if ":" in name or NUMBER.fullmatch(labels[-1]):
        raise RefusedTarget("Write a name such as shop.example.com, not an IP address.")
    if labels[-1] in INSIDE or len(labels) == 1:
        raise RefusedTarget(f"{name} is not a name of the public internet.")
    if name in our_hosts():
        raise RefusedTarget(f"{name} is Resonance itself.")
    return name


def a_label(label: str) -> str:
    """One label as DNS has it. Raises IDNAError, UnicodeError."""
    if LABEL.fullmatch(label) and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode("ascii")


def our_hosts() -> set[str]:
    ours = {urlsplit(settings.RESONANCE_URL).hostname or "", *settings.ALLOWED_HOSTS}
    return {host.strip("[].").lower() for host in ours}


def reachable(target: Target, resolve: Resolve, seconds: float) -> Sequence[str]:
    """The addresses that the target's name leads to now, every one of them checked.

    Raises CannotResolve, RefusedTarget.
    """
    addresses = addresses_of(target, resolve, seconds)
    if not addresses:
        raise CannotResolve("no address")
    fits = is_loopback if target.insecure else is_public
    for address in addresses:
        if not fits(address):
            raise RefusedTarget(f"{target.host} leads to {address}, which is not a public address.")
    return addresses


def addresses_of(target: Target, resolve: Resolve, seconds: float) -> Sequence[str]:
    if target.insecure and target.host == "localhost":
        return ["127.0.0.1"]
    if target.insecure and is_loopback(target.host):
        return [target.host]
    return resolve(target.host, seconds)
