"""Which limits a call counts against, and what its caller may read of them."""

from collections.abc import Sequence

from brands.http.callers import Caller
from brands.http.limits import Left, Limit, headers
from brands.services import pseudonym


def of_call(caller: Caller, person: str) -> list[Limit]:
    """The limits that a reported event counts against, those that it shares with the fewest first.

    Open calls are counted apart from proved ones: whoever knows a brand's id could otherwise use up
    what its backend needs. And they are counted by address, which says nothing of a backend with a key.
    """
    brand, how = caller.brand, "proved" if caller.proved else "open"
    limits = [
        Limit(
            "person", (f"{brand.id}", how, pseudonym("limit", brand.id, person)), brand.rate_person
        ),
        Limit("brand", (f"{brand.id}", how), brand.rate_brand),
    ]
    return limits if caller.proved else [of_address(caller), *limits]


def of_reading(caller: Caller) -> Limit:
    """The limit of a call that reports nothing."""
    if not caller.proved:
        return of_address(caller)
    return Limit("brand", (f"{caller.brand.id}", "proved"), caller.brand.rate_brand)


def of_address(caller: Caller) -> Limit:
    who = (f"{caller.brand.id}", pseudonym("limit", caller.address))
    return Limit("address", who, caller.brand.rate_address)


def shown_to(caller: Caller, left: Sequence[Left]) -> dict[str, str]:
    """The headers of an answer. How busy the brand or the person is, is nothing for open callers."""
    return headers([each for each in left if caller.proved or each.limit.name == "address"])
