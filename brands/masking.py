"""An e-mail address for people who may know that it exists, but not whose it is."""


def masked(address: str) -> str:
    """ann@example.com is an•••@example.com."""
    local, _, domain = address.rpartition("@")
    return f"{local[:2] if len(local) > 2 else local[:1]}•••@{domain}"  # noqa: PLR2004
