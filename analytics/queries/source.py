"""Where reports are read: what is folded, and the tail of events that are not folded yet, in one snapshot.

A report is one statement, so that it sees the fold's place and the figures of the same moment: it is exact,
whatever is being recorded or folded meanwhile.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, connections, transaction

# The fold that is read, or one of nothing.
LIVE_FOLD = """fold AS MATERIALIZED (
    SELECT f.id, f.zone, f.position, f.event, f.people FROM (
        SELECT id, zone, position, event, CASE WHEN %(test)s THEN test_people ELSE live_people END AS people, 1 AS turn
        FROM analytics_fold WHERE brand_id = %(brand)s AND state = 'live' {condition}
        UNION ALL SELECT NULL, '', -1, '00000000-0000-0000-0000-000000000000'::uuid, 0, 2) f
    ORDER BY f.turn LIMIT 1
)"""
# Events past the fold's place, in the order of the feed's index: `OFFSET 0` keeps the planner, which knows nothing of
# the place, from looking through all events of the period instead.
TAIL = """fold f JOIN LATERAL (
    SELECT e.test, e.event_type_id, e.wallet_id, e.status, e.reason, e.amount, e.received_at FROM events_event e
    WHERE e.brand_id = %(brand)s AND (e.position, e.id) > (f.position, f.event) OFFSET 0) e ON e.test = %(test)s"""
# One person, by the key: from bad estimates, or none, all people of the brand would be looked through for each.
PERSON = """LEFT JOIN LATERAL (
    SELECT p.number, p.first_at, p.earned FROM analytics_person p
    WHERE p.fold_id = f.id AND p.test = %(test)s AND p.wallet_id = {wallet} LIMIT 1) p ON true"""
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off"


def database() -> str:
    """The replica, where there is one."""
    return "replica" if "replica" in connections.databases else "default"


def rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    using = database()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(BY_INDEX)
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def rows_now(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a page shows that is never a moment behind: from the primary, in one round trip, and within a transaction
    as of its snapshot."""
    with connection.cursor() as cursor:
        # In one message they are one transaction, so that SET LOCAL holds for both.
        cursor.execute(f"{BY_INDEX}; {sql}", values)
        while cursor.description is None:
            cursor.nextset()
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
