"""Events by the hundred, written as rows, and what slow and plain SQL finds in them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from brands.models import Brand
from events.models import EventType
from wallets.models import Wallet

STATUSES = [
    ("rewarded", ""),
    ("rewarded", ""),
    ("rewarded", ""),
    ("cooldown", ""),
    ("duplicate", ""),
    ("no_reward", "event_type_off"),
    ("no_reward", "business_key_missing"),
    ("capped", "rule_daily_cap"),
]
EVENT = """
INSERT INTO events_event (id, brand_id, test, event_type_id, wallet_id, name, trust, source, status, reason, amount,
                          received_at, judged_at, wallet_created, request_id, decision)
VALUES (%s, %s, %s, %s, %s, 'visit', 'key', 'api', %s, %s, %s, %s, %s, false, 'req_test', '{}')
"""


class Crowd:
    """People and event types of a brand, and random events of theirs between two moments."""

    def __init__(self, brand: Brand, since: datetime, until: datetime, *, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.brand = brand
        self.since, self.span = since, (until - since).total_seconds()
        self.types = [
            EventType.objects.create(brand=brand, key=f"type-{n}", name=f"Type {n}", position=n).pk
            for n in range(3)
        ]
        self.people = {
            test: [Wallet.objects.create(test=test).pk for _ in range(40)] for test in (False, True)
        }
        # Their accounts are there, so that nobody waits for who makes one.
        for test, wallets in self.people.items():
            for wallet in wallets:
                select("SELECT wallets_meet(%s, %s, %s)::text", wallet, brand.pk, test)

    def rows(self, count: int) -> list[tuple[Any, ...]]:
        return [self.row() for _ in range(count)]

    def row(self, at: datetime | None = None) -> tuple[Any, ...]:
        dice = self.random
        at = at or self.since + timedelta(seconds=round(dice.uniform(0, self.span), 6))
        test = dice.random() < 0.25
        status, reason = dice.choice(STATUSES)
        # An anonymous caller may have been refused a wallet.
        wallet = None if reason == "rule_daily_cap" else dice.choice(self.people[test])
        amount = dice.randrange(1, 5_000) if status == "rewarded" else 0
        kind = dice.choice(self.types)
        event = UUID(int=dice.getrandbits(128))
        return (event, self.brand.pk, test, kind, wallet, status, reason, amount, at, at)


def write(rows: Sequence[tuple[Any, ...]], over: Any = connection) -> None:
    with over.cursor() as cursor:
        cursor.executemany(EVENT, rows)


def select(sql: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return sorted(cursor.fetchall(), key=repr)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
