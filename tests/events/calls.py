"""Short ways to report events to the services, and to look at what they left."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from django.db import connection

from brands import queries as brand_queries
from brands.models import Brand, Trust
from events import services
from events.services import Outcome, Submission
from events.services.verify import verify_ledger

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
T = TypeVar("T")
# What a refused event must leave alone: balances, claims, usage, keys, counts.
CONSUMED = (
    "SELECT id, balance FROM wallets_account WHERE balance <> 0",
    "SELECT id FROM wallets_transfer",
    "SELECT wallet_id, rule_id, last_at FROM events_claim",
    "SELECT wallet_id, brand_id, rule_id, window_start, amount FROM events_usage",
    "SELECT event_type_id, value, test, holder, event_id FROM events_businesskey",
    "SELECT brand_id, test, day_start, sum(amount) FROM events_opentotal GROUP BY 1, 2, 3",
)
# What a rehearsal must leave alone as well.
WRITTEN = (
    *CONSUMED,
    "SELECT id FROM wallets_account",
    "SELECT id FROM events_event",
    "SELECT event_id FROM events_eventdetail",
    "SELECT brand_id, key, test, authenticated, event_id FROM events_idempotencykey",
    "SELECT client, hour, made FROM events_newwallets",
    "SELECT id FROM wallets_wallet",
    "SELECT id, wallet_id FROM wallets_identity",
    "SELECT id FROM events_unmatchedevent",
)


def submission(
    name: str = "order",
    address: str = "ann@example.com",
    metadata: dict[str, Any] | None = None,
    *,
    trust: Trust = Trust.KEY,
    at: datetime = NOON,
    **more: Any,
) -> Submission:
    return Submission(
        name=name,
        address=address,
        metadata=metadata or {},
        trust=trust,
        source="api",
        request_id="req_test",
        received_at=at,
        **more,
    )


def report(brand: Brand, *args: Any, dry_run: bool = False, **more: Any) -> Outcome:
    """One event, under the configuration of this moment."""
    return services.receive(
        brand=today(brand), submission=submission(*args, **more), dry_run=dry_run
    )


def today(brand: Brand) -> brand_queries.BrandFacts:
    facts = brand_queries.brand_facts(brand_id=brand.pk)
    assert facts is not None
    return facts


def snapshot(queries: Sequence[str] = CONSUMED) -> list[list[tuple[Any, ...]]]:
    """The tables' content, in no order that matters."""
    found = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query)
            found.append(sorted(cursor.fetchall(), key=repr))
    return found


def assert_books_in_order() -> None:
    wrong = [finding for finding in verify_ledger() if finding.count]
    assert not wrong, wrong


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """All of them in threads of their own, begun together; their results in the order of the calls."""
    # Ours goes back to the pool: as many threads as it has connections may run.
    connection.close()
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            ready.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [done.result() for done in [threads.submit(run, call) for call in calls]]


def another_connection() -> psycopg.Connection:
    """To the tests' database, beside Django's own. In a `with` it is one transaction."""
    names = ("dbname", "host", "port", "user", "password")
    known = connection.get_connection_params()
    return psycopg.connect(**{name: known[name] for name in names if name in known})


CERTAIN = "SELECT coalesce(max(position), 0) < events_horizon() FROM events_event"
WRITING_ELSEWHERE = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname <> current_database() AND backend_xid IS NOT NULL)
"""


def until_certain(seconds: float = 2, longest: float = 60) -> None:
    """Wait until what is written stands below the feed's horizon, which is the whole server's.

    Other tests write on the same server, some of them in one long transaction. Where a test holds the horizon back by
    itself, go on after a while.
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < longest:
        with connection.cursor() as cursor:
            cursor.execute(CERTAIN)
            if cursor.fetchone() == (True,):
                return
            cursor.execute(WRITING_ELSEWHERE)
            if waited > seconds and cursor.fetchone() == (False,):
                return
        time.sleep(0.01)
