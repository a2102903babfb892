"""Sessions and people as `live` and Redis know them: by pseudonyms that say nothing elsewhere."""

from brands import services as brands


def of_session(key: str | None) -> str:
    return brands.pseudonym("live session", key or "")


def of_person(user: int) -> str:
    return brands.pseudonym("live person", user)


def of_member(brand: int, user: int) -> str:
    """The person as somebody who works for the brand."""
    return brands.pseudonym("live member", brand, user)
