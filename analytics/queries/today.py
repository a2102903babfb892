"""What the overview says: the events of a day, and what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.queries.source import LIVE_FOLD, TAIL, rows_now
from events.models import Status

TODAY = f"""
WITH {LIVE_FOLD.format(condition="")}, part AS (
    SELECT q.event_type_id, q.status, q.reason, q.events, q.amount
    FROM fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND q.test = %(test)s
    WHERE q.quarter >= %(since)s
    UNION ALL
    SELECT e.event_type_id, e.status, e.reason, 1, e.amount FROM {TAIL} WHERE e.received_at >= %(since)s
)
SELECT t.key, p.status, p.reason, sum(p.events)::bigint, sum(p.amount)::bigint
FROM part p JOIN events_eventtype t ON t.id = p.event_type_id
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often one thing was refused, and why. `event` is the event type's key."""

    event: str
    status: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Today:
    """The live events of a day. `credited` in hundredths of RSNC."""

    events: int
    rewarded: int
    credited: int
    refusals: Sequence[Refusals]

    @property
    def refused(self) -> int:
        return self.events - self.rewarded


def today(*, brand_id: int, since: datetime, test: bool = False) -> Today:
    """Events since a moment, which begins a quarter of an hour, as each day does; refusals most frequent first.

    One query, exact at any moment: figures and the tail, in the snapshot of the transaction it is asked in.
    """
    found = rows_now(TODAY, {"brand": brand_id, "since": since, "test": test})
    rewarded = [row for row in found if row[1] == Status.REWARDED]
    return Today(
        events=sum(row[3] for row in found),
        rewarded=sum(row[3] for row in rewarded),
        credited=sum(row[4] for row in rewarded),
        refusals=[Refusals(*row[:4]) for row in found if row[1] != Status.REWARDED],
    )
