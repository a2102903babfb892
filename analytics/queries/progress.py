"""How far figures are."""

from django.db import connection

from analytics.models import Fold


def events_of(brand_id: int) -> int:
    """How many events the brand has, by an index alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE brand_id = %s", [brand_id])
        return int(cursor.fetchone()[0])


def folded_of(fold_id: int) -> int:
    """How many events a fold holds."""
    return Fold.objects.filter(pk=fold_id).values_list("events", flat=True).first() or 0
