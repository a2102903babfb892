"""Brands' programmes in this process, each under the version that it was read at."""

import threading

from brands.queries import BrandFacts
from events.queries.programme import ProgrammeFacts, programme_facts
from events.services.submission import ConfigurationChanged

MOST = 10_000

_lock = threading.Lock()
_programmes: dict[int, ProgrammeFacts] = {}


def programme_of(brand: BrandFacts) -> ProgrammeFacts:
    """The programme at the brand's version, without a query where it is known already.

    Raises ConfigurationChanged where the database has gone on to a later version.
    """
    known = _programmes.get(brand.id)
    if known is None or known.version < brand.version:
        known = programme_facts(brand_id=brand.id)
        with _lock:
            if len(_programmes) >= MOST:
                _programmes.pop(next(iter(_programmes)))
            _programmes[brand.id] = known
    if known.version != brand.version:
        raise ConfigurationChanged
    return known


def forget_programmes() -> None:
    """For tests, whose databases begin anew with the same ids."""
    _programmes.clear()
