"""How much comes from callers who prove nothing, for those who set their bounds."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from brands.models import Trust
from events.models import Event, OpenTotal

MOST = 10_000


@dataclass(frozen=True, slots=True)
class ByTrust:
    """Live events by the trust they came with. `whole`: these are all; else the newest ones only."""

    counted: int
    open: int
    key: int
    whole: bool

    def below(self, least: Trust) -> int:
        """How many would be refused with this as the least trust."""
        return {Trust.OPEN: 0, Trust.KEY: self.open, Trust.SIGNED: self.open + self.key}[least]


def events_by_trust(*, brand_id: int, since: datetime, most: int = MOST) -> ByTrust:
    """The newest live events since a moment, at most so many of them: as quick for a busy brand."""
    live = Event.objects.filter(brand_id=brand_id, test=False, received_at__gte=since)
    found = live.order_by("-received_at", "-id")[:most].aggregate(
        counted=Count("pk"),
        open=Count("pk", filter=Q(trust=Trust.OPEN)),
        key=Count("pk", filter=Q(trust=Trust.KEY)),
    )
    return ByTrust(**found, whole=found["counted"] < most)


def earned_openly(*, brand_id: int, day_start: datetime) -> int:
    """Hundredths of RSNC that open calls have earned in the brand's day so far, live."""
    slots = OpenTotal.objects.filter(brand_id=brand_id, test=False, day_start=day_start)
    return int(slots.aggregate(sum=Sum("amount"))["sum"] or 0)
