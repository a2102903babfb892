"""How far figures are."""

from datetime import datetime

from django.db import connection

from analytics.models import Fold

# From the two ends of an index.
SPAN = """
SELECT min(s.first), max(s.last) FROM (VALUES (false), (true)) w(test), LATERAL (
    SELECT (SELECT e.received_at FROM events_event e WHERE e.brand_id = %(brand)s AND e.test = w.test
            ORDER BY e.received_at LIMIT 1) AS first,
           (SELECT e.received_at FROM events_event e WHERE e.brand_id = %(brand)s AND e.test = w.test
            ORDER BY e.received_at DESC LIMIT 1) AS last) s
"""


def events_span(brand_id: int) -> tuple[datetime, datetime] | None:
    """When the first and the last of the brand's events came, of both worlds. None where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"brand": brand_id})
        first, last = cursor.fetchone()
        return None if first is None else (first, last)


def events_of(brand_id: int) -> int:
    """How many events the brand has, by an index alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE brand_id = %s", [brand_id])
        return int(cursor.fetchone()[0])


def folded_of(fold_id: int) -> int:
    """How many events a fold holds."""
    return Fold.objects.filter(pk=fold_id).values_list("events", flat=True).first() or 0
