"""Find what is far from usual, and say so once an episode."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from analytics.models import Alert, AlertLimits
from analytics.queries.unusual import Unusual, unusual
from analytics.services.alerts import close_alert, hold, open_alert, open_ones

Kind = Alert.Kind
# An episode is over once it has been below its limit for so long: one that comes back sooner is the same one.
QUIET = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Watched:
    """How many alerts one look opened and closed. `looked`: False where somebody else had a look meanwhile."""

    opened: int = 0
    closed: int = 0
    looked: bool = True


def watch(*, now: datetime) -> Watched:
    """Compare the last hour with the usual one, open alerts and close those that are over.

    May run twice at once: whoever comes second changes nothing.
    """
    found = unusual(now=now)
    with transaction.atomic():
        network = hold(wait=False)
        if network is None or (network.looked_at is not None and network.looked_at >= now):
            return Watched(looked=False)
        network.looked_at = now
        network.save(update_fields=["looked_at"])
        return change(found, network, now)


def change(found: Sequence[Unusual], network: AlertLimits, now: datetime) -> Watched:
    known = {
        (each.kind, each.brand_id, each.event_type_id): each
        for each in open_ones([Kind.PAY, Kind.REFUSALS])
    }
    opened = closed = 0
    for each in found:
        alert = known.pop((each.kind, each.brand, each.event_type), None)
        if alert is None:
            open_alert(alert=opened_by(each, now), network=network, now=now)
            opened += 1
        else:
            alert.over_at, alert.peak = now, max(alert.peak, each.measured)
            alert.save(update_fields=["over_at", "peak"])
    for alert in known.values():
        if now - alert.over_at >= QUIET:
            close_alert(alert=alert, now=now)
            closed += 1
    return Watched(opened, closed)


def opened_by(found: Unusual, now: datetime) -> Alert:
    return Alert(
        kind=found.kind,
        brand_id=found.brand,
        event_type_id=found.event_type,
        opened_at=now,
        over_at=now,
        measured=found.measured,
        peak=found.measured,
        usual=found.usual,
        days=found.days,
        limit=found.limit,
    )
