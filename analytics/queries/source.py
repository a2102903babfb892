"""Where reports are read: what is folded, and the tail of events that are not folded yet, in one snapshot.

A report is one statement, so that it sees the fold's place and the figures of the same moment: it is exact,
whatever is being recorded or folded meanwhile.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connections

# The fold that is read, or one of nothing.
LIVE_FOLD = """fold AS MATERIALIZED (
    SELECT f.id, f.zone, f.position, f.event, f.people FROM (
        SELECT id, zone, position, event, CASE WHEN %(test)s THEN test_people ELSE live_people END AS people, 1 AS turn
        FROM analytics_fold WHERE brand_id = %(brand)s AND state = 'live' {condition}
        UNION ALL SELECT NULL, '', -1, '00000000-0000-0000-0000-000000000000'::uuid, 0, 2) f
    ORDER BY f.turn LIMIT 1
)"""
# Events past the fold's place.
TAIL = """fold f JOIN events_event e
    ON e.brand_id = %(brand)s AND e.test = %(test)s AND (e.position, e.id) > (f.position, f.event)"""


def database() -> str:
    """The replica, where there is one."""
    return "replica" if "replica" in connections.databases else "default"


def rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connections[database()].cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
