"""Recording an event looks things up and reads no table, with 200,000 people in the books.

Asked twice: the counters of PostgreSQL say what was really read, on any server; EXPLAIN says how it was meant,
where the server has its module auto_explain (the embedded one has not).
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from psycopg.errors import UndefinedFile

from brands.models import Brand, Trust
from brands.queries import BrandFacts
from events import services
from events.models import Cooldown, RuleVersion
from events.services import Outcome, Submission, Terms
from tests.events.calls import NOON, assert_books_in_order, submission, today

PEOPLE = 200_000
# Rows that may be fetched by index for one event: its person's, its keys', its brand's, a few times over.
ROWS_AN_EVENT = 60
OURS = ("wallets_", "events_", "brands_")

FILL = """
INSERT INTO wallets_wallet (id, test, status, created_at)
SELECT n, false, 'PREGENERATED', %(now)s FROM numbers;

INSERT INTO wallets_identity (id, address, test, wallet_id, created_at)
SELECT n, 'p' || n || '@example.com', false, n, %(now)s FROM numbers;

INSERT INTO wallets_account (id, kind, test, wallet_id, brand_id, balance)
SELECT n, 'available', false, n, %(brand)s, 1000 FROM numbers
UNION ALL SELECT 9, 'issued', false, NULL, %(brand)s, NULL ON CONFLICT DO NOTHING;

INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, created_at)
SELECT 9, n, 1000, 'earn', false, event, %(now)s FROM numbers;

INSERT INTO events_event (
    id, brand_id, test, event_type_id, rule_version_id, wallet_id, name, trust, source, status, reason, amount,
    received_at, judged_at, balance_after, pending_after, wallet_created, request_id, decision)
SELECT event, %(brand)s, false, %(type)s, %(version)s, n, 'order', 'open', 'api', 'rewarded', '', 1000,
       %(now)s, %(now)s, 1000, 0, true, 'req', jsonb_build_object('cap_day', %(day)s::timestamptz,
                                                                  'open_day', %(day)s::timestamptz)
FROM numbers;

INSERT INTO events_eventdetail (event_id, address, metadata, observed, request)
SELECT event, 'p' || n || '@example.com', '{}', '{}', '{}' FROM numbers;

INSERT INTO events_claim (wallet_id, rule_id, last_at) SELECT n, %(rule)s, %(now)s FROM numbers;

INSERT INTO events_usage (wallet_id, brand_id, rule_id, window_start, amount)
SELECT n, %(brand)s, rule, %(day)s, 1000 FROM numbers, (VALUES (0), (%(rule)s)) rules(rule);

INSERT INTO events_opentotal (brand_id, test, day_start, slot, amount)
VALUES (%(brand)s, false, %(day)s, 0, 1000 * %(people)s) ON CONFLICT DO NOTHING;

INSERT INTO events_businesskey (event_type_id, value, test, holder, event_id)
SELECT %(type)s, 'o' || n, false, CASE WHEN n %% 2 = 0 THEN n ELSE 0 END, event FROM numbers;

INSERT INTO events_idempotencykey (brand_id, key, test, authenticated, event_id, fingerprint)
SELECT %(brand)s, 'k' || n, false, true, event, '' FROM numbers;

INSERT INTO events_newwallets (client, hour, made)
SELECT 'c' || n, %(now)s, 1 FROM numbers;
"""
NUMBERS = """
CREATE TEMPORARY TABLE numbers AS
SELECT 1000000 + i AS n, md5('event ' || i)::uuid AS event
FROM generate_series(%(chunk)s + 1, %(chunk)s + 50000) i
"""


@pytest.fixture
def unanalyzed(transactional_db) -> Iterator[None]:
    """No statistics but those that a test takes: taken by itself while rows are being written, they would say that
    the tables are empty, which no restore says."""
    tables = sorted(set(re.findall(r"INSERT INTO (\w+)", FILL)))
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    yield
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")


@pytest.fixture
def crowd(unanalyzed, brand) -> Brand:
    """200,000 people, each of whom has earned an order of the brand today."""
    Brand.objects.filter(pk=brand.pk).update(
        open_brand_daily=2**50, open_person_daily=2**40, open_new_wallets_hourly=1_000
    )
    kind = services.create_event_type(
        brand=brand,
        key="order",
        name="Order",
        terms=Terms(
            amount=10_00,
            cooldown=Cooldown.ROLLING,
            cooldown_seconds=60,
            business_key="metadata.order_id",
            person_daily_cap=50_00,
        ),
        by=None,
        now=NOON,
    )
    version = RuleVersion.objects.get(rule__event_type=kind)
    values = {
        "brand": brand.pk,
        "type": kind.pk,
        "rule": version.rule_id,
        "version": version.pk,
        "people": PEOPLE,
        "now": NOON,
        "day": NOON.replace(hour=23, day=17),
    }
    # Piece by piece: a transaction that lasts is in the way of whoever reads the feed beside us.
    with connection.cursor() as cursor:
        # No triggers, no foreign keys: the proof at the end looks at it all.
        cursor.execute("SET session_replication_role = replica")
        try:
            for chunk in range(0, PEOPLE, 50_000):
                cursor.execute(NUMBERS, {"chunk": chunk})
                for statement in FILL.split(";")[:-1]:
                    cursor.execute(statement, values)
                cursor.execute("DROP TABLE numbers")
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
    return brand


LATER = NOON.replace(hour=13)


def known(n: int, **more: Any) -> Submission:
    return submission(
        address=f"p{1_000_000 + n}@example.com",
        metadata={"order_id": f"new {n}"},
        at=LATER,
        **more,
    )


def stranger(n: int, **more: Any) -> Submission:
    return submission(
        address=f"new{n}@example.com", metadata={"order_id": f"newer {n}"}, at=LATER, **more
    )


OPEN: dict[str, Any] = {"trust": Trust.OPEN, "client": "c1000007"}
CALLS: dict[str, tuple[list[Submission], str]] = {
    "a person whom we know": ([known(1)], "rewarded"),
    "somebody new": ([stranger(1)], "rewarded"),
    "with a new idempotency key": ([known(1, idempotency_key="new")], "rewarded"),
    "with a used idempotency key": ([known(1, idempotency_key="k1000001")], "KeyReused"),
    "an order that was paid": (
        [submission(metadata={"order_id": "o1000001"}, at=LATER)],
        "duplicate",
    ),
    "inside the cooldown": (
        [submission(address="p1000001@example.com", metadata={"order_id": "x"}, at=NOON)],
        "cooldown",
    ),
    "without an order": ([submission(at=LATER)], "no_reward"),
    "open, known": ([known(1, **OPEN)], "rewarded"),
    "open, new, with a key": ([stranger(1, idempotency_key="new", **OPEN)], "rewarded"),
    "two hundred at once": (
        [known(n, idempotency_key=f"new {n}") for n in range(1, 101)]
        + [stranger(n) for n in range(50)]
        + [known(n) for n in range(1, 51)],
        "",
    ),
    "two hundred open ones": (
        [known(n, **OPEN) for n in range(1, 101)]
        + [stranger(n, idempotency_key=f"new {n}", **OPEN) for n in range(100)],
        "rewarded",
    ),
}


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        # Deferred checks are part of what a call costs.
        connection.check_constraints()
        transaction.set_rollback(True)


def counters() -> dict[str, tuple[int, int]]:
    """By table: sequential scans, rows fetched through indexes, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, coalesce(seq_scan, 0), coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
        )
        return {table: (scans, rows) for table, scans, rows in cursor.fetchall()}


def read_too_much(work: Callable[[], object], *, events: int) -> list[str]:
    """Tables that were read from one end to the other, or nearly so."""
    with taken_back():
        # The planner looks at tables for itself, once.
        work()
    with taken_back():
        before = counters()
        work()
        connection.check_constraints()
        after = counters()
    found = []
    for table, (scans, rows) in after.items():
        scans_before, rows_before = before.get(table, (0, 0))
        if table.startswith(OURS) and scans > scans_before:
            found.append(f"{table}: scanned")
        elif table.startswith(OURS) and rows - rows_before > ROWS_AN_EVENT * events:
            found.append(f"{table}: {rows - rows_before} rows")
    return found


def explained(work: Callable[[], object]) -> list[dict[str, Any]]:
    """The plan of every statement that ran, those inside functions and triggers included."""
    plans: list[dict[str, Any]] = []

    def notice(diagnostic: Any) -> None:
        _, found, plan = (diagnostic.message_primary or "").partition(" plan:\n")
        if found:
            plans.append(json.loads(plan)["Plan"])

    server = connection.connection
    server.add_notice_handler(notice)
    try:
        with taken_back(), connection.cursor() as cursor:
            cursor.execute(
                "DISCARD PLANS; SET LOCAL auto_explain.log_min_duration = 0; "
                "SET LOCAL auto_explain.log_nested_statements = on; "
                "SET LOCAL auto_explain.log_format = json; SET LOCAL auto_explain.log_level = notice"
            )
            work()
    finally:
        server.remove_notice_handler(notice)
    return plans


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def whole_tables(plans: list[dict[str, Any]]) -> list[str]:
    """Sequential scans of our tables, and scans of a whole index, which are no better."""
    found = []
    for plan in plans:
        for node in nodes(plan):
            kind = node["Node Type"]
            table = node.get("Relation Name") or node.get("Index Name") or ""
            whole = kind == "Seq Scan" or ("Index" in kind and "Index Cond" not in node)
            if whole and not table.startswith("pg_"):
                found.append(f"{kind} of {table}")
    return found


def has_auto_explain() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOAD 'auto_explain'")
    except Exception as missing:
        if isinstance(missing.__cause__, UndefinedFile):
            return False
        raise
    return True


def unindexed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE request_id = 'no index'")


def whole_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "SELECT max(balance) FROM (SELECT balance FROM wallets_account ORDER BY id OFFSET 0) every"
        )


def record(brand: BrandFacts, submissions: list[Submission], status: str) -> None:
    answers = services.receive_batch(brand=brand, submissions=submissions)
    told = {each.status if isinstance(each, Outcome) else type(each).__name__ for each in answers}
    assert told == {status} if status else told == {"rewarded", "duplicate"}


@pytest.mark.django_db(transaction=True)
def test_no_event_reads_a_table_when_there_are_two_hundred_thousand_people(crowd):
    explains = has_auto_explain()
    # First without statistics, as after a restore; then with them.
    for statistics in (False, True):
        with connection.cursor() as cursor:
            if statistics:
                cursor.execute("ANALYZE")
            cursor.execute("DISCARD PLANS")
        # Warm, as a process is that has seen the brand.
        facts = today(crowd)
        services.programme_of(facts)
        for name, (submissions, status) in CALLS.items():
            work = partial(record, facts, submissions, status)
            assert read_too_much(work, events=len(submissions)) == [], name
            if explains:
                plans = explained(work)
                assert len(plans) > 10
                assert whole_tables(plans) == [], name
    # What would be found if it were there.
    assert read_too_much(unindexed, events=1) == ["events_event: scanned"]
    assert read_too_much(whole_index, events=1) == [f"wallets_account: {PEOPLE + 1} rows"]
    if explains:
        assert whole_tables(explained(unindexed)) == ["Seq Scan of events_event"]
        assert whole_tables(explained(whole_index)) == ["Index Scan of wallets_account"]
    assert_books_in_order()
