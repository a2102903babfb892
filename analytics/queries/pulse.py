"""The rates of the live page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncMinute, TruncSecond

from events.models import Event


@dataclass(frozen=True, slots=True)
class Pulse:
    """How many live events came, by moment: the last five minutes by second, the last hour by minute.

    Keys are whole seconds since 1970, of where the second or the minute begins; what had none is left out.
    """

    seconds: dict[int, int]
    minutes: dict[int, int]


FIVE_MINUTES, HOUR = 300, 3_600


def pulse(*, brand_id: int, now: datetime, test: bool = False) -> Pulse:
    """The rates of the live page, in two queries of an index."""

    def counts(unit: type[TruncSecond | TruncMinute], length: int) -> dict[int, int]:
        recent = Event.objects.filter(
            brand_id=brand_id, test=test, received_at__gt=now - timedelta(seconds=length)
        )
        rows = recent.annotate(of=unit("received_at")).values_list("of").annotate(Count("pk"))
        return {int(moment.timestamp()): count for moment, count in rows}

    # A whole first minute, so that it does not look slow.
    return Pulse(counts(TruncSecond, FIVE_MINUTES), counts(TruncMinute, HOUR + now.second))
