"""A brand with a long past, made by set-based SQL in the tables themselves."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.benchmarks.ground import Ground

STEP = 50_000
SQL = Path(__file__).with_suffix(".sql")
SPENDING = Path(__file__).with_name("spending.sql")
SCATTERED = ["event_by_wallet", "transfer_by_credit", "transfer_by_debit", "transfer_captured"]
SEARCHED = """
INSERT INTO events_loghorizon (brand_id, position, event)
VALUES (%s, 9223372036854775807, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ON CONFLICT (brand_id) DO UPDATE SET position = EXCLUDED.position, event = EXCLUDED.event
"""

MAKE_BRAND = """
from django.utils import timezone
from brands import services as brands
from brands.models import Brand, User
from events import services as events
from portal.demo import GENEROUS
now, slug = timezone.now(), "{slug}"
brand = Brand.objects.filter(slug=slug).first()
if brand is None:
    brand = brands.create_brand(owner=User.objects.get(email="demo@demo.example"), now=now,
                                **{{**GENEROUS, "name": slug.title(), "slug": slug, "time_zone": "Europe/Berlin"}})
    for key, template in events.TEMPLATES.items():
        events.create_event_type(brand=brand, key=key, name=template.name, terms=template.terms, by=None, now=now)
print(brand.pk)
"""

INDEX = """
from events.services import index_log
while index_log():
    pass
"""
# What the job is at just now is left to it.
FOLD = """
import time
from django.db import connection
from django.utils import timezone
from analytics.services import fold_news
from analytics.services.chunk import BEHIND
while connection.cursor().execute(BEHIND).fetchone():
    fold_news(now=timezone.now()) or time.sleep(0.2)
"""


def settle(ground: Ground) -> None:
    """Wait for what jobs make of a past: the index of the log, and the figures of reports."""
    began = time.monotonic()
    ground.manage("shell", "--no-imports", "-c", INDEX, seconds=1_800)
    print(f"indexed in {time.monotonic() - began:.0f} s", flush=True)
    fold(ground)


def fold(ground: Ground) -> None:
    """Until nothing is left, together with the job."""
    began = time.monotonic()
    ground.manage("shell", "--no-imports", "-c", FOLD, seconds=1_800)
    print(f"folded in {time.monotonic() - began:.0f} s", flush=True)


def make_history(
    ground: Ground, *, slug: str, events: int, days: int, people: int, searchable: bool = True
) -> None:
    """A brand with so many events, unless it is there already. `people` must be persons of the ground.

    Where it need not be searchable, the job that indexes the log is told that it has done so: it would be at ten
    million events for a quarter of an hour. Raises RuntimeError where making it was broken off.
    """
    made = ground.manage("shell", "--no-imports", "-c", MAKE_BRAND.format(slug=slug))
    brand = int(made.split()[-1])
    whole = ground.data / f"{slug}.whole"
    with psycopg.connect(ground.database_url, autocommit=True) as connection:
        there = connection.execute(
            "SELECT EXISTS (SELECT FROM events_event WHERE brand_id = %s)", [brand]
        ).fetchone()
        if there and there[0]:
            if not whole.exists():
                raise RuntimeError(f"{slug} is there in part only: remove {ground.data}.")
            return
        clock = time.monotonic()
        if not searchable:
            connection.execute(SEARCHED, [brand])
        began = connection.execute("SELECT now() - %s * interval '1 day'", [days]).fetchone()
        values = {"brand": brand, "began": began[0] if began else None}
        text = SQL.read_text().format(**values, events=events, days=days, people=people, step=STEP)
        accounts, part, balances = text.split("\n\\\n")
        connection.execute(accounts.encode())
        with without_indexes(connection), ThreadPoolExecutor(2) as sessions:
            for done in [
                sessions.submit(write, ground, part, of_events=each) for each in (True, False)
            ]:
                done.result()
            connection.execute(balances.encode())
            connection.execute("SET session_replication_role = replica")
            connection.execute(SPENDING.read_text().format(**values).encode())
            connection.execute("RESET session_replication_role")
        connection.execute("VACUUM ANALYZE")
        whole.touch()
        print(f"{events:,} events of {slug} in {time.monotonic() - clock:.0f} s", flush=True)


def write(ground: Ground, part: str, *, of_events: bool) -> None:
    with psycopg.connect(ground.database_url, autocommit=True) as connection:
        # What the rows refer to is there by construction: looking again would take longer than writing them.
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        connection.execute(part.encode())
        connection.execute("CALL pg_temp.history(%s)", [of_events])


@contextmanager
def without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Without those that are filled all over, which are made in a fraction of the time at the end."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY (%s)", [SCATTERED]
    ).fetchall()
    try:
        for name, _ in found:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield
    finally:
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in found:
            connection.execute(definition.encode())
