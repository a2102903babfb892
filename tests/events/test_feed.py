"""The feed under writers that commit when they like, and across a restore."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from brands.models import Brand
from events import services
from events.models import Event
from events.queries.feed import BEGINNING, Place, feed_page
from events.services.feed import raise_epoch
from events.services.verify import verify_ledger
from tests.events.calls import NOON, another_connection, report

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, SECONDS, LONG = 16, 6.0, 1.5
COPY = """
INSERT INTO events_event (
    id, brand_id, test, event_type_id, name, trust, source, status, reason, amount, received_at, judged_at,
    wallet_created, request_id, decision)
SELECT %s, brand_id, test, event_type_id, name, trust, source, 'no_reward', '', 0, received_at, judged_at,
       false, request_id, decision
FROM events_event WHERE id = %s
"""


@pytest.fixture
def first(brand) -> Event:
    """The event that the writers copy."""
    services.create_event_type(
        brand=brand, key="visit", name="Visit", terms=services.Terms(amount=1_00), by=None, now=NOON
    )
    report(brand, "visit")
    return Event.objects.get()


@pytest.fixture(autouse=True)
def own_epoch() -> Iterator[None]:
    """The epoch is the database's, which the tests share."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION events_epoch() RETURNS bigint LANGUAGE sql STABLE "
            "PARALLEL SAFE AS 'SELECT 0::bigint'"
        )


@dataclass
class Reader:
    """Polls, and notes when it saw each event first."""

    brand: Brand
    place: Place = BEGINNING
    order: list[UUID] = field(default_factory=list)
    seen_at: dict[UUID, float] = field(default_factory=dict)

    def poll(self, limit: int = 500) -> int:
        page = feed_page(brand_id=self.brand.pk, after=self.place, limit=limit)
        self.place = page.next
        for event in page.events:
            self.order.append(event.id)
            self.seen_at[event.id] = time.monotonic()
        return len(page.events)

    def read_all(self) -> None:
        while self.poll():
            pass

    def read_until_the_end(self) -> None:
        """Whoever writes in another database of the same server holds up our horizon as well."""
        last = Event.objects.latest("position").position
        deadline = time.monotonic() + 20
        while horizon() <= last and time.monotonic() < deadline:
            time.sleep(0.02)
        self.read_all()


def horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_horizon()")
        (found,) = cursor.fetchone()
        return int(found)


def written_elsewhere() -> bool:
    """Whether tests that run beside this one have a transaction under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity "
            "WHERE backend_xid IS NOT NULL AND datname <> current_database())"
        )
        return bool(cursor.fetchone()[0])


class Writers:
    """Many connections that write, wait as long as they like, and commit."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.committed_at: dict[UUID, float] = {}
        self.lock = threading.Lock()

    def write(self, seed: int, end: float) -> None:
        dice = random.Random(seed)
        with another_connection() as own:
            while time.monotonic() < end:
                # The first of them sits on what it has written for long.
                pause = LONG if seed == 0 else dice.choice([0, 0, 0.001, 0.01, 0.1, 0.3])
                written = [uuid4() for _ in range(dice.randint(1, 4))]
                for each in written:
                    own.execute(COPY, [each, self.event.id])
                    time.sleep(pause / len(written))
                if dice.random() < 0.1:
                    own.rollback()
                    continue
                own.commit()
                with self.lock:
                    self.committed_at |= dict.fromkeys(written, time.monotonic())


def test_a_poller_sees_every_event_once_in_order_and_soon(brand, first):
    writers, reader = Writers(first), Reader(brand)
    end = time.monotonic() + SECONDS
    with ThreadPoolExecutor(WRITERS) as threads:
        running = [threads.submit(writers.write, seed, end) for seed in range(WRITERS)]
        elsewhere = 0.0
        while not all(each.done() for each in running):
            began = time.monotonic()
            reader.poll(limit=7)
            elsewhere += (time.monotonic() - began) * written_elsewhere()
        wait(running)
        for each in running:
            each.result()
    reader.read_until_the_end()

    assert len(writers.committed_at) > 200
    assert len(reader.order) == len(set(reader.order))
    assert set(reader.order) == {first.id, *writers.committed_at}
    places = dict(Event.objects.values_list("id", "position"))
    assert reader.order == sorted(reader.order, key=lambda each: (places[each], each))
    lags = [reader.seen_at[each] - at for each, at in writers.committed_at.items()]
    assert max(lags) < LONG + 1 + elsewhere, "nobody waits for longer than the longest transaction"


def test_after_a_restore_what_comes_new_comes_after_what_was_there(brand, first):
    far = 2**40
    # The dump's server had come further than this one, which counts its transactions anew.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER append_only")
        cursor.execute("UPDATE events_event SET position = position + %s", [far])
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER append_only")
    assert [finding.check for finding in verify_ledger() if finding.count] == [
        "No event stands ahead of the feed, as after a restore without manage.py restored"
    ]
    reader = Reader(brand, place=Place(far, UUID(int=0)))
    reader.read_all()
    assert reader.order == [], "which is what must not stay so"

    call_command("restored")

    assert not [finding for finding in verify_ledger() if finding.count]
    reader.read_until_the_end()
    report(brand, "visit", "bob@example.com")
    report(brand, "visit", "eve@example.com")
    reader.read_until_the_end()
    ours = list(Event.objects.order_by("position", "id").values_list("id", flat=True))
    assert reader.order == ours
    assert ours[0] == first.id
    assert len(ours) == 3


def test_the_command_says_what_it_did(brand, capsys):
    call_command("restored")
    call_command("restored")
    said = capsys.readouterr().out.splitlines()
    assert "epoch 1" in said[0]
    assert "epoch 2" in said[1]


def test_the_epoch_waits_for_events_that_are_being_recorded(brand, first):
    """A plan that was cached before must not go on with the old one either."""
    reader = Reader(brand)
    reader.read_until_the_end()
    before, after = uuid4(), uuid4()
    with another_connection() as own:
        own.prepare_threshold = 0
        own.execute(COPY, [before, first.id])
        with ThreadPoolExecutor(1) as threads:
            raising = threads.submit(raised)
            time.sleep(0.3)
            assert not raising.done()
            own.commit()
            assert raising.result(timeout=10) == 1
        own.execute(COPY, [after, first.id])
    reader.read_until_the_end()
    assert reader.order == [first.id, before, after]


def raised() -> int:
    try:
        return raise_epoch()
    finally:
        connection.close()
