"""Which addresses a partner's name may lead to: those of the public internet and no others. Pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Python's is_private misses 100.64/10, and its is_global is true for multicast and for NAT64 and
# 6to4 forms of loopback, so the table is our own.
REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local: the clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
# All that is assigned to hosts of the internet. Loopback, private, link-local, multicast, discard
# and NAT64 networks are outside.
PUBLIC_V6 = IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: any IPv4 address in disguise
            "3fff::/20",  # documentation
        ),
    )
)


def unmapped(address: str) -> IPv4Address | IPv6Address:
    """The address; an IPv4 one that is written as IPv6 is what it is. Raises ValueError."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def is_public(address: str) -> bool:
    """Whether we may connect to it. What is no address is not public."""
    try:
        parsed = unmapped(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in REFUSED_V4)
    return parsed in PUBLIC_V6 and not any(parsed in network for network in REFUSED_V6)


def is_loopback(address: str) -> bool:
    """127/8 or ::1."""
    try:
        parsed = unmapped(address)
    except ValueError:
        return False
    return parsed.is_loopback
