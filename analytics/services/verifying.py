"""Hold the figures against the events, a few days of every brand each night, and make them again where they differ.

Nothing is known that would make them differ. It is looked because what people are paid by is worth a second look,
and because a table that was changed by hand, or restored in part, says nothing of it.
"""

import logging
import random
import time
from collections.abc import Iterable
from datetime import date, datetime

from analytics.models import Fold
from analytics.queries.gone import gone_apart
from analytics.queries.verification import (
    Difference,
    day_differences,
    days_of,
    live_fold,
    whole_differences,
)
from analytics.services.counting_gone import count_gone_anew
from analytics.services.folding import MINUTES_KEPT
from analytics.services.rebuilding import start_build
from brands.models import Brand

logger = logging.getLogger(__name__)
# The last days every night, and each of the others once in so many nights.
LAST_DAYS = 3
ROUND = 28
# The kind of difference between what left people and what is counted of it.
GONE = "gone"


def verify_some(*, now: datetime, seconds: float = 600.0) -> list[Difference]:
    """Verify tonight's days of every brand, for so many seconds, brands in another order each night.

    Where something differs, it is logged, and figures are built from nothing by the job that folds.
    """
    deadline = time.monotonic() + seconds
    tonight = now.date().toordinal()
    brands = [*Brand.objects.order_by("pk")]
    random.Random(tonight).shuffle(brands)  # noqa: S311 - an order, no secret
    found: list[Difference] = []
    for brand in brands:
        differences = verify_brand(brand=brand, now=now, tonight=tonight, until=deadline)
        if any(each.kind == GONE for each in differences):
            count_gone_anew(brand=brand, now=now)
        if any(each.kind != GONE for each in differences):
            start_build(brand=brand, now=now)
        found.extend(differences)
        if time.monotonic() > deadline:
            break
    return found


def verify_brand(
    *, brand: Brand, now: datetime, tonight: int | None = None, until: float | None = None
) -> list[Difference]:
    """Hold figures against events: every day, or those whose turn it is tonight (the ordinal of a day), until a
    moment of the monotonic clock. Each day is one query of some milliseconds to seconds."""
    apart = gone_apart(brand_id=brand.pk, zone=brand.zone, now=now)
    found = [Difference(None, GONE, apart)] if apart else []
    fold = live_fold(brand_id=brand.pk)
    if fold is not None:
        found += fold_differences(fold, now=now, tonight=tonight, until=until)
    for each in found:
        logger.error(
            "figures differ from the events",
            extra={
                "brand": brand.public_id,
                "day": f"{each.day or ''}",
                "kind": each.kind,
                "places": each.places,
            },
        )
    return found


def fold_differences(
    fold: Fold, *, now: datetime, tonight: int | None, until: float | None
) -> list[Difference]:
    days: Iterable[date] = days_of(fold)
    if tonight is not None:
        days = [
            day
            for place, day in enumerate(reversed([*days]))
            if place < LAST_DAYS or (day.toordinal() - tonight) % ROUND == 0
        ]
    found = whole_differences(fold)
    for day in days:
        if until is not None and time.monotonic() > until:
            break
        found.extend(day_differences(fold, day, minutes_since=now - MINUTES_KEPT))
    return found
