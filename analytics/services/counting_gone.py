"""Count what left people by the month in which it was issued, behind the books: no transfer waits for it.

A departure is counted in the transaction that deletes it from those that wait, so that it is counted once,
whatever crashes when, whoever works beside, and in whatever order transactions commit.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg.errors import SerializationFailure, UniqueViolation

from analytics.models import GoneCount
from analytics.queries.gone import AGED, EVERY, Months, months_said, months_to_count
from analytics.queries.source import BY_INDEX, rows_now
from brands.models import Brand

log = logging.getLogger(__name__)
CHUNK = 2_000
WAITING = """
SELECT b.id, coalesce(c.zone = b.time_zone, false) FROM brands_brand b
LEFT JOIN analytics_gonecount c ON c.brand_id = b.id
WHERE EXISTS (SELECT FROM analytics_departure d WHERE d.brand_id = b.id) OR c.zone <> b.time_zone
ORDER BY b.id
"""
# Who is at a brand, the other leaves it alone.
TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended('analytics.gone', %s))"
SUMS = """SELECT kind, (%(days)s::date[])[greatest(issued, 1)] AS issued, (%(days)s::date[])[greatest(gone, 1)] AS gone,
       sum(amount)::bigint AS amount
FROM aged GROUP BY 1, 2, 3"""
COUNT = f"""
WITH leaving AS MATERIALIZED (
    DELETE FROM analytics_departure WHERE transfer_id = ANY (ARRAY(
        SELECT d.transfer_id FROM analytics_departure d WHERE d.brand_id = %(brand)s AND d.test = %(test)s
        ORDER BY d.transfer_id LIMIT %(limit)s))
    RETURNING transfer_id AS transfer
), {AGED}, counted AS (
    INSERT INTO analytics_gonefigures AS f (brand_id, test, kind, issued, gone, amount)
    SELECT %(brand)s, %(test)s, s.* FROM ({SUMS}) s
    ON CONFLICT (brand_id, test, kind, issued, gone) DO UPDATE SET amount = f.amount + EXCLUDED.amount
)
SELECT count(*) FROM leaving
"""  # noqa: S608 - our own words
ALL = f"WITH leaving AS MATERIALIZED ({EVERY}), {AGED} {SUMS}"
INSERT = """
INSERT INTO analytics_gonefigures (brand_id, test, kind, issued, gone, amount) VALUES (%s, %s, %s, %s, %s, %s)
"""


def count_gone(*, now: datetime, chunks: int = 20, size: int = CHUNK) -> int:
    """Count what waits, in so many transactions at most, of so many departures each. Returns how many.

    A brand whose time zone has changed, or that has never been counted, is counted from nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = cursor.fetchall()
    done = 0
    for brand_id, counted in waiting:
        brand = Brand.objects.get(pk=brand_id)
        try:
            if not counted:
                count_gone_anew(brand=brand, now=now)
                continue
            for test in (False, True):
                while chunks > 0:
                    found = count_chunk(brand=brand, test=test, now=now, size=size)
                    done, chunks = done + found, chunks - 1
                    if found < size:
                        break
        except DatabaseError:
            # The others need not wait for this one.
            log.exception("what is gone is not counted", extra={"brand": brand.public_id})
    return done


def count_chunk(*, brand: Brand, test: bool, now: datetime, size: int = CHUNK) -> int:
    """Count some of what waits, as one transaction. Nothing where somebody else is at this brand."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not tried(cursor, brand):
            return 0
        # It may have been counted by another zone meanwhile.
        if not GoneCount.objects.filter(brand=brand, zone=brand.time_zone).exists():
            return 0
        months = months_of(brand, now, test=test)
        if months is None:
            return 0
        cursor.execute(BY_INDEX)
        values = {"brand": brand.pk, "test": test, "limit": size, **months_said(months)}
        cursor.execute(COUNT, values)
        return int(cursor.fetchone()[0])


def count_gone_anew(*, brand: Brand, now: datetime) -> bool:
    """Count all that ever left people, in place of what was counted. False where somebody else was at it.

    All is read as of one moment before the first row is written: until then the transaction keeps nobody waiting.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if not tried(cursor, brand):
                return False
            found = [
                (test, *row)
                for test in (False, True)
                for row in all_gone(cursor, brand, now, test=test)
            ]
            cursor.execute("DELETE FROM analytics_gonefigures WHERE brand_id = %s", [brand.pk])
            cursor.execute("DELETE FROM analytics_departure WHERE brand_id = %s", [brand.pk])
            cursor.executemany(INSERT, [(brand.pk, *row) for row in found])
            GoneCount.objects.update_or_create(
                brand=brand, defaults={"zone": brand.time_zone, "counted_at": now}
            )
    except (OperationalError, IntegrityError) as error:
        if not isinstance(error.__cause__, SerializationFailure | UniqueViolation):
            raise
        # What it saw was counted by another one at the same moment.
        log.info("somebody else counted what is gone", extra={"brand": brand.public_id})
        return False
    return True


def all_gone(cursor: Any, brand: Brand, now: datetime, *, test: bool) -> list[tuple[Any, ...]]:
    months = months_of(brand, now, test=test)
    if months is None:
        return []
    cursor.execute(BY_INDEX)
    cursor.execute(ALL, {"brand": brand.pk, "test": test, **months_said(months)})
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def months_of(brand: Brand, now: datetime, *, test: bool) -> Months | None:
    """By the primary, and within the transaction."""
    return months_to_count(brand_id=brand.pk, zone=brand.zone, now=now, test=test, ask=rows_now)


def tried(cursor: Any, brand: Brand) -> bool:
    cursor.execute(TRY, [brand.pk])
    return bool(cursor.fetchone()[0])
