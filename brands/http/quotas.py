"""Which limits a call counts against, and what its caller may read of them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from brands.http.callers import Caller
from brands.http.limits import Left, Limit, headers
from brands.services import pseudonym


def of_call(caller: Caller, person: str) -> list[Limit]:
    """The limits that a reported event counts against, those that it shares with the fewest first.

    Open calls are counted apart from proved ones: whoever knows a brand's id could otherwise use up
    what its backend needs. And they are counted by address, which says nothing of a backend with a key.
    """
    limits = [of_person(caller, person), of_brand(caller)]
    return limits if caller.proved else [of_address(caller), *limits]


def of_batch(caller: Caller, persons: Iterable[str]) -> list[Limit]:
    """The same for many events of one proved call: it counts as many as it has items."""
    found = Counter(persons)
    limits = [of_person(caller, person, cost=items) for person, items in found.items()]
    return [*limits, of_brand(caller, cost=found.total())] if limits else []


def of_person(caller: Caller, person: str, *, cost: int = 1) -> Limit:
    brand = caller.brand
    who = (f"{brand.id}", how(caller), pseudonym("limit", brand.id, person))
    return Limit("person", who, brand.rate_person, cost)


def of_brand(caller: Caller, *, cost: int = 1) -> Limit:
    return Limit("brand", (f"{caller.brand.id}", how(caller)), caller.brand.rate_brand, cost)


def how(caller: Caller) -> str:
    return "proved" if caller.proved else "open"


def of_reading(caller: Caller) -> Limit:
    """The limit of a call that reports nothing."""
    if not caller.proved:
        return of_address(caller)
    return of_brand(caller)


def of_address(caller: Caller) -> Limit:
    who = (f"{caller.brand.id}", pseudonym("limit", caller.address))
    return Limit("address", who, caller.brand.rate_address)


def shown_to(caller: Caller, left: Sequence[Left]) -> dict[str, str]:
    """The headers of an answer. How busy the brand or the person is, is nothing for open callers."""
    return headers([each for each in left if caller.proved or each.limit.name == "address"])
