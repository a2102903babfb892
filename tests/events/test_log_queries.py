"""The log finds what is there: every filter, both ways, with and without an index that is up to date."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from uuid import UUID

import pytest
from django.db import connection

from brands.models import Trust
from events import services as events
from events.models import Event, EventDetail, LogBlock, LogEntry
from events.queries import search
from events.queries.log import count_newer, log_page, newest_place
from events.queries.search import NOBODY, LogFilters
from events.services import log
from events.words import asked, words_of
from tests.events.calls import NOON, report

WORDS = ["ORD-12345", "shopify oslo", "woo bergen", "ann@example.com", "89.990", "Übergröße 12"]


@pytest.fixture(autouse=True)
def short_ways(monkeypatch):
    """Everything that is far takes two hundred events: it takes five."""
    monkeypatch.setattr(search, "WALK", 5)
    monkeypatch.setattr(search, "WALK_FOR_WORDS", 4)
    monkeypatch.setattr(search, "FAR", 12)
    monkeypatch.setattr(search, "FAR_FOR_WORDS", 8)
    monkeypatch.setattr(log, "BLOCK", 7)
    monkeypatch.setattr(log, "CHUNK", 10)
    # All in one transaction, as a test is, nothing would ever be certain.
    for query in ("NEXT", "BEHIND"):
        certain = getattr(log, query).replace("events_horizon()", f"{2**62}")
        monkeypatch.setattr(log, query, certain)


@pytest.fixture
def past(brand, other_brand):
    """Sixty events of two types in two worlds, some of the same moment, and another brand's."""
    terms = events.Terms(amount=1_00, person_daily_cap=3_00)
    for each in (brand, other_brand):
        for key in ("order", "visit"):
            events.create_event_type(brand=each, key=key, name=key, terms=terms, by=None, now=NOON)
    dice = random.Random(1)
    for n in range(60):
        report(
            other_brand if n % 15 == 14 else brand,
            dice.choice(["order", "order", "visit"]),
            f"p{dice.randrange(6)}@example.com",
            {"order_id": dice.choice(WORDS), "n": n},
            trust=dice.choice([Trust.KEY, Trust.KEY, Trust.SIGNED]),
            test=n % 9 == 0,
            at=NOON + timedelta(seconds=n // 2),
        )
    return brand


def brute(brand, filters: LogFilters) -> list[str]:
    """The same, by looking at everything."""
    found = Event.objects.filter(brand=brand, test=filters.test, **filters.facets)
    if filters.wallet is not None:
        found = found.filter(wallet_id=filters.wallet)
    if filters.since:
        found = found.filter(received_at__gte=filters.since)
    if filters.until:
        found = found.filter(received_at__lt=filters.until)
    return [
        each.public_id
        for each in found.select_related("detail").order_by("-received_at", "-id")
        if all(words_of(each.detail.metadata).have(word) for word in filters.words)
    ]


def pages(brand, filters: LogFilters, limit: int = 4) -> list[list[str]]:
    """All pages by their links, to the end and all the way back again."""
    found, back = [], []
    page = log_page(brand_id=brand.pk, filters=filters, cursor=None, limit=limit)
    while True:
        found.append([row.public_id for row in page.rows])
        if page.next is None:
            break
        page = log_page(brand_id=brand.pk, filters=filters, cursor=page.next, limit=limit)
        assert len(found) < 100
    while page.newer is not None:
        page = log_page(
            brand_id=brand.pk, filters=filters, cursor=None, after=page.newer, limit=limit
        )
        back.append([row.public_id for row in page.rows])
        assert len(back) < 100
    return [[*chain(*found)], [*chain(*reversed(back))]]


def known(public_id: str) -> Event:
    return Event.objects.get(pk=UUID(hex=public_id.removeprefix("evt_")))


SEVERAL = [
    LogFilters(),
    LogFilters(test=True),
    LogFilters(event="visit"),
    LogFilters(event="nothing"),
    LogFilters(status="capped"),
    LogFilters(status="rewarded", trust="signed"),
    LogFilters(source="api", event="order", trust="key", status="capped"),
    LogFilters(words=tuple(asked("ord-12345"))),
    LogFilters(words=tuple(asked("12*"))),
    LogFilters(words=tuple(asked("OSLO shop*"))),
    LogFilters(words=tuple(asked("89.99 übergröße"))),
    LogFilters(words=tuple(asked("89.99")), status="rewarded", test=True),
    LogFilters(since=NOON + timedelta(seconds=7), until=NOON + timedelta(seconds=22)),
    LogFilters(
        since=NOON + timedelta(seconds=7), until=NOON + timedelta(seconds=22), status="capped"
    ),
    LogFilters(until=NOON + timedelta(seconds=20), words=tuple(asked("bergen"))),
]


@pytest.mark.parametrize("chunks", [0, 4, 100], ids=["nothing", "half", "all"])
def test_every_filter_finds_what_looking_at_everything_finds(past, chunks, monkeypatch):
    # A busy machine must not end a search: what that does is another test's.
    monkeypatch.setattr(search, "PATIENCE", timedelta(minutes=1))
    indexed = events.index_log(chunks=chunks)
    assert indexed == {0: 0, 4: 34, 100: 60}[chunks]
    for filters in SEVERAL:
        expected = brute(past, filters)
        forth, back = pages(past, filters)
        assert forth == expected, filters
        # On the way back the last page is the newest one, whatever was on the one before.
        assert [*dict.fromkeys(back)] == expected[: len({*back})], filters


def test_what_others_may_still_come_between_is_not_indexed_yet(past, monkeypatch):
    monkeypatch.undo()
    # This test is one transaction, and it has not ended.
    assert events.index_log() == 0


def test_one_person_is_found_with_and_without_an_index(past):
    wallet = Event.objects.filter(brand=past, test=False).latest("received_at").wallet_id
    filters = LogFilters(wallet=wallet)
    assert pages(past, filters, limit=3)[0] == brute(past, filters)
    assert pages(past, replace(filters, status="capped"))[0] == brute(
        past, replace(filters, status="capped")
    )
    assert pages(past, LogFilters(wallet=NOBODY)) == [[], []]


def test_a_search_that_stops_says_how_far_it_came(past, monkeypatch):
    monkeypatch.setattr(search, "PATIENCE", timedelta(microseconds=-1))
    events.index_log()
    page = log_page(brand_id=past.pk, filters=LogFilters(event="nothing"), cursor=None, limit=4)
    assert page.rows == []
    assert page.stopped_at is not None
    assert page.next is not None
    # Unindexed, it is the walk that stops.
    LogEntry.objects.all().delete()
    connection.cursor().execute("DELETE FROM events_loghorizon")
    page = log_page(brand_id=past.pk, filters=LogFilters(status="gone"), cursor=None, limit=4)
    assert page.stopped_at is not None


def test_what_has_come_since_is_counted(past):
    seen = newest_place(brand_id=past.pk, test=False)
    assert count_newer(brand_id=past.pk, filters=LogFilters(), than=seen, most=9) == 0
    for n in range(3):
        report(past, ["order", "visit"][n % 2], at=NOON + timedelta(minutes=5, seconds=n))
    assert count_newer(brand_id=past.pk, filters=LogFilters(), than=seen, most=9) == 3
    assert count_newer(brand_id=past.pk, filters=LogFilters(), than=seen, most=2) == 2
    only = LogFilters(event="visit")
    assert count_newer(brand_id=past.pk, filters=only, than=seen, most=9) == 1
    assert count_newer(brand_id=past.pk, filters=only, than="nonsense", most=9) == 0


def test_what_is_indexed_once_is_not_indexed_again(past):
    assert events.index_log() == 60
    assert events.index_log() == 0
    assert max(LogBlock.objects.values_list("events", flat=True)) == 7
    assert sum(LogBlock.objects.values_list("events", flat=True)) == 60


def test_what_is_erased_is_not_found_by_its_words_any_more(past):
    events.index_log()
    filters = LogFilters(words=tuple(asked("bergen")), status="rewarded")
    gone, *others = brute(past, filters)
    EventDetail.objects.filter(event=known(gone)).delete()
    found = pages(past, filters)[0]
    assert found == others
    # Only the words went: what was decided is still found.
    whole = LogFilters(status="rewarded")
    assert gone in pages(past, whole)[0]
    EventDetail.objects.filter(event=known(others[0])).update(metadata={})
    assert pages(past, filters)[0] == others[1:]


def test_an_event_without_its_detail_is_indexed_too(past):
    EventDetail.objects.all().delete()
    assert events.index_log() == 60
    assert len(pages(past, LogFilters(event="visit"))[0]) > 5
