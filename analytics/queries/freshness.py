"""How old what reports say may be."""

from datetime import datetime

from analytics.queries.source import rows

# A replica that has replayed all that it was sent is as fresh as this moment, however quiet the primary is.
REPLAYED = """
SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN %(now)s
            ELSE pg_last_xact_replay_timestamp() END
"""


def fresh_at(*, now: datetime) -> datetime | None:
    """Up to when reports know everything that they have been sent: now, or the last transaction that the replica
    has replayed. None where it has replayed nothing yet."""
    found: datetime | None = rows(REPLAYED, {"now": now})[0][0]
    return found
