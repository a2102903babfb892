"""No page of the log reads a table, nor sorts what it does not show, with forty thousand events in it.

The counters of PostgreSQL say what was really read: see test_record_plans.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from events import services as events
from events.models import EventType
from events.queries import search
from events.queries.log import count_newer, log_page, newest_place
from events.queries.search import LogFilters, Place
from events.services import log
from events.words import asked
from tests.events.calls import NOON, another_connection, submission, today

EVENTS = 40_000
OURS = ("events_event", "events_eventdetail", "events_logentry", "events_logblock")
ANALYZE = "ANALYZE events_event, events_eventdetail, events_logentry"
# Ids in the order of time, as they are.
FILL = """
CREATE TEMPORARY TABLE numbers ON COMMIT DROP AS
SELECT n, (lpad(to_hex(%(events)s - n), 12, '0') || right(md5('' || n), 20))::uuid AS event, %(now)s - n * interval '1 minute' AS at
FROM generate_series(1, %(events)s) n;

INSERT INTO events_event (
    id, brand_id, test, event_type_id, wallet_id, name, trust, source, status, reason, amount,
    received_at, judged_at, wallet_created, request_id, decision)
SELECT event, %(brand)s, false, %(type)s, %(wallet)s, 'order', CASE WHEN n %% 3 = 0 THEN 'open' ELSE 'key' END,
       'api', CASE WHEN n %% 5000 = 0 THEN 'capped' WHEN n > 20000 THEN 'cooldown' ELSE 'no_reward' END, '', 0,
       at, at, false, 'req', '{}'
FROM numbers;

INSERT INTO events_eventdetail (event_id, address, metadata, observed, request)
SELECT event, 'ann@example.com', jsonb_build_object('order_id', 'ORD-' || n, 'platform', 'shopify'), '{}', '{}'
FROM numbers;
"""
MIDDLE = f"{Place(NOON - timedelta(minutes=EVENTS // 2), search.FIRST)}"
WAYS: dict[str, dict[str, Any]] = {
    "newest": {"cursor": None},
    "older": {"cursor": MIDDLE},
    "newer": {"cursor": None, "after": MIDDLE},
}
SEVERAL = {
    "all": LogFilters(),
    "frequent": LogFilters(trust="key"),
    "rare": LogFilters(status="capped"),
    "long ago": LogFilters(status="cooldown"),
    "never": LogFilters(event="nothing"),
    "by way and trust": LogFilters(source="api", trust="signed"),
    "a rare word": LogFilters(words=tuple(asked("ORD-31415"))),
    "a part of one": LogFilters(words=tuple(asked("31415"))),
    "a beginning": LogFilters(words=tuple(asked("ord-3141*"))),
    "a frequent word, rarely": LogFilters(words=tuple(asked("shopify")), status="capped"),
    "no such word": LogFilters(words=tuple(asked("nothing"))),
    "a day": LogFilters(since=NOON - timedelta(days=9), until=NOON - timedelta(days=8)),
    "a day, rare": LogFilters(
        since=NOON - timedelta(days=9), until=NOON - timedelta(days=8), status="capped"
    ),
}


@pytest.fixture
def long_log(brand, monkeypatch):
    # The fill is of this transaction, which has not ended.
    for query in ("NEXT", "BEHIND"):
        certain = getattr(log, query).replace("events_horizon()", f"{2**62}")
        monkeypatch.setattr(log, query, certain)
    monkeypatch.setattr(search, "PATIENCE", timedelta(seconds=20))
    terms = events.Terms(amount=1)
    events.create_event_type(brand=brand, key="order", name="O", terms=terms, by=None, now=NOON)
    outcome = events.receive(brand=today(brand), submission=submission(at=NOON))
    values = {
        "now": NOON,
        "events": EVENTS,
        "brand": brand.pk,
        "type": EventType.objects.get().pk,
        "wallet": outcome.wallet,
    }
    with connection.cursor() as cursor:
        for statement in FILL.split(";")[:-1]:
            cursor.execute(statement, values)
    # As when it happens by itself at a bad moment: it sees full tables of which nothing is committed, so empty ones.
    with another_connection() as another:
        another.autocommit = True
        another.execute(ANALYZE)
    scans, rows = read()
    assert events.index_log(chunks=EVENTS) == EVENTS + 1
    scans_after, rows_after = read()
    assert scans_after == scans
    assert rows_after - rows <= 4 * EVENTS
    return brand


def read() -> tuple[dict[str, int], int]:
    """Scans of whole tables, and rows fetched through indexes, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, coalesce(seq_scan, 0), coalesce(idx_tup_fetch, 0) "
            "FROM pg_stat_xact_user_tables WHERE relname = ANY (%s)",
            [[*OURS]],
        )
        found = cursor.fetchall()
    return {name: scans for name, scans, _ in found}, sum(rows for _, _, rows in found)


def test_no_page_reads_a_table_or_sorts_it(long_log):
    pages: dict[tuple[str, str], dict[str, Any]] = {
        (name, way): dict(brand_id=long_log.pk, filters=filters, limit=50, **places)
        for name, filters in SEVERAL.items()
        for way, places in WAYS.items()
    }
    # First with statistics of empty tables, then with true ones.
    for statistics in (False, True):
        if statistics:
            connection.cursor().execute(ANALYZE)
        for name, page in pages.items():
            scans, rows = read()
            log_page(**page)
            scans_after, rows_after = read()
            assert scans_after == scans, name
            # The longest way: the walk and where it ended, twice where what is newer makes no page, and a block.
            assert rows_after - rows <= 4 * search.WALK + log.BLOCK + 500, name
        scans, rows = read()
        seen = newest_place(brand_id=long_log.pk, test=False)
        count_newer(brand_id=long_log.pk, filters=SEVERAL["rare"], than=seen, most=50)
        assert read()[0] == scans
    # What would be found if it were there.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE request_id = 'no index'")
    assert read()[0] != scans
