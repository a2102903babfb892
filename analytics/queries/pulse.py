"""The rates of the live page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.queries.source import LIVE_FOLD, TAIL, rows_now


@dataclass(frozen=True, slots=True)
class Pulse:
    """How many live events came, by moment: the last five minutes by second, the last hour by minute.

    Keys are whole seconds since 1970, of where the second or the minute begins; what had none is left out.
    """

    seconds: dict[int, int]
    minutes: dict[int, int]


FIVE_MINUTES, HOUR = timedelta(minutes=5), timedelta(hours=1)
MINUTES = f"""
WITH {LIVE_FOLD.format(condition="")}, part AS (
    SELECT m.minute, m.events
    FROM fold f JOIN analytics_minutefigures m ON m.fold_id = f.id AND m.test = %(test)s
    WHERE m.minute >= %(since)s
    UNION ALL
    SELECT date_bin('1 minute', e.received_at, 'epoch'), 1 FROM {TAIL} WHERE e.received_at >= %(since)s
)
SELECT minute, sum(events)::bigint FROM part GROUP BY 1
"""  # noqa: S608 - our own words
# Nothing is folded by the second: few enough to be counted in an index.
SECONDS = """
SELECT date_trunc('second', e.received_at), count(*) FROM events_event e
WHERE e.brand_id = %(brand)s AND e.test = %(test)s AND e.received_at > %(since)s GROUP BY 1
"""


def pulse(*, brand_id: int, now: datetime, test: bool = False) -> Pulse:
    """The rates of the live page, in two queries, exact at any moment."""

    def counts(sql: str, since: datetime) -> dict[int, int]:
        found = rows_now(sql, {"brand": brand_id, "test": test, "since": since})
        return {int(moment.timestamp()): count for moment, count in found}

    # A whole first minute, so that it does not look slow.
    minute = (now - HOUR).replace(second=0, microsecond=0)
    return Pulse(counts(SECONDS, now - FIVE_MINUTES), counts(MINUTES, minute))
