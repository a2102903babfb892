"""Where a page of a list begins, as the URL says it."""

HIGHEST = 2**63 - 1


def position(cursor: str | None) -> int | None:
    """The row below which the page begins; a cursor that is none begins at the newest."""
    text = cursor or ""
    if not (text.isascii() and text.isdecimal() and len(text) < len(f"{HIGHEST}")):
        return None
    return int(text)
