"""Begin figures from nothing, beside those that are read."""

from datetime import datetime

from django.db import transaction

from analytics.models import Fold
from brands.models import Brand


def begin(*, brand_id: int, zone: str, state: str, now: datetime) -> Fold:
    """A fold of the brand in this state: the one that is there, or a new and empty one."""
    fold, _ = Fold.objects.get_or_create(
        brand_id=brand_id, state=state, defaults={"zone": zone, "started_at": now, "folded_at": now}
    )
    return fold


def start_build(*, brand: Brand, now: datetime) -> Fold:
    """Figures from nothing in the brand's zone: those under way, where there are some of this zone."""
    with transaction.atomic():
        others = Fold.objects.filter(brand=brand, state=Fold.State.BUILDING)
        others.exclude(zone=brand.time_zone).update(state=Fold.State.OLD)
        return begin(brand_id=brand.pk, zone=brand.time_zone, state=Fold.State.BUILDING, now=now)
