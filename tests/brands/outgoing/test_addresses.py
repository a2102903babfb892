"""The whole table of where a partner's name may not lead, and some of where it may."""

import pytest

from brands.outgoing.addresses import is_public

REFUSED = {
    "this network": ["0.0.0.0", "0.255.255.255"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.255"],
    "link-local": ["169.254.0.1", "169.254.169.254"],
    "protocols": ["192.0.0.1", "192.0.0.255"],
    "documentation": ["192.0.2.1", "198.51.100.255", "203.0.113.7"],
    "6to4 relays": ["192.88.99.1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255"],
    "reserved": ["240.0.0.1", "255.255.255.255"],
    "unspecified 6": ["::", "0:0:0:0:0:0:0:0"],
    "loopback 6": ["::1"],
    "unique local": ["fc00::1", "fdff:ffff::1"],
    "link-local 6": ["fe80::1", "febf::1", "fe80::1%eth0"],
    "site-local": ["fec0::1"],
    "multicast 6": ["ff00::1", "ff02::1", "ff0e::1"],
    "documentation 6": ["2001:db8::1", "2001:db8:ffff::1", "3fff::1"],
    "discard": ["100::1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::", "2002:808:808::1"],
    "Teredo": ["2001::1", "2001:0:ffff::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1"],
    "compatible": ["::127.0.0.1", "::7f00:1"],
    "no address": ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "1.2.3.4:80"],
}  # fmt: skip
ALLOWED = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1"),
    *("126.255.255.255", "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1"),
    *("192.0.1.1", "192.0.3.1", "192.167.255.255", "198.17.255.255", "198.20.0.1", "223.255.255.255"),
    *("2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8"),
]  # fmt: skip


@pytest.mark.parametrize("address", [each for group in REFUSED.values() for each in group])
def test_what_is_not_of_the_public_internet_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_the_neighbours_of_what_is_refused_are_allowed(address):
    assert is_public(address)
