"""A brand with a long past, made by set-based SQL in the tables themselves."""

import time
from pathlib import Path

import psycopg

from tests.benchmarks.ground import Ground

STEP = 50_000
SQL = Path(__file__).with_suffix(".sql")

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

SETTLE = """
from django.utils import timezone
from analytics.services.folding import fold_news
from events.services import index_log
while index_log():
    pass
while fold_news(now=timezone.now()):
    pass
"""


def settle(ground: Ground) -> None:
    """Wait for what jobs make of a past: the index of the log, and the figures of reports."""
    began = time.monotonic()
    ground.manage("shell", "--no-imports", "-c", SETTLE, seconds=1_800)
    print(f"indexed and folded in {time.monotonic() - began:.0f} s", flush=True)


def make_history(ground: Ground, *, slug: str, events: int, days: int, people: int) -> None:
    """A brand with so many events, unless it is there already. `people` must be persons of the ground."""
    made = ground.manage("shell", "--no-imports", "-c", MAKE_BRAND.format(slug=slug))
    brand = int(made.split()[-1])
    with psycopg.connect(ground.database_url, autocommit=True) as connection:
        there = connection.execute(
            "SELECT EXISTS (SELECT FROM events_event WHERE brand_id = %s)", [brand]
        ).fetchone()
        if there and there[0]:
            return
        began = time.monotonic()
        text = SQL.read_text().format(
            brand=brand, events=events, days=days, people=people, step=STEP
        )
        for part in text.split("\n\\\n"):
            connection.execute(part.encode())
        connection.execute("VACUUM ANALYZE")
        print(f"{events:,} events of {slug} in {time.monotonic() - began:.0f} s", flush=True)
