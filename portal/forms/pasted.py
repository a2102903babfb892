"""What people paste where a host is asked for."""

import re

# No user name, and nothing that could be meant as one host and read as another.
OF_BROWSER = re.compile(r"https?://([^/?#@\\\s]+)(?:[/?#]\S*)?", re.IGNORECASE)


def host_of(text: str) -> str:
    """The host of an address as a browser shows it; everything else as it was typed."""
    found = OF_BROWSER.fullmatch(text.strip())
    return found[1] if found else text
