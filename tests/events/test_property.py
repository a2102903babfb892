"""Any sequence of events, in any order, compared with an independent model after every step.

The same examples every time, so that the time is too. `HYPOTHESIS_EXAMPLES=1000` looks at as many new ones,
and makes what it finds small.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from brands.models import Brand, Trust
from brands.queries import BrandFacts
from events import services
from events.models import Cooldown, EventType
from events.services import ConfigurationChanged, Outcome, Submission, Terms
from tests.events.calls import CONSUMED, NOON, WRITTEN, assert_books_in_order, snapshot, today
from tests.events.model import Answer, Model, ModelBrand, ModelType, Refused, first_moment

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "0"))
# A few hours before clocks change: Berlin, New York, and two zones in which they skip midnight.
BEGINNINGS = {
    "Europe/Berlin": [
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),
    ],
    "America/New_York": [
        datetime(2026, 3, 7, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 22, tzinfo=UTC),
    ],
    "America/Santiago": [
        datetime(2026, 4, 4, 22, tzinfo=UTC),
        datetime(2026, 9, 5, 22, tzinfo=UTC),
    ],
    "Africa/Cairo": [datetime(2026, 4, 23, 18, tzinfo=UTC), datetime(2026, 10, 29, 18, tzinfo=UTC)],
}
WAITS = [
    *[timedelta(0)] * 6,
    *(timedelta(seconds=n) for n in (1, 59, 3600, 25_000)),
    *(timedelta(days=n) for n in (1, 6, 29)),
    *("midnight", "before midnight"),
]
NAMES = ["order", "visit", "review"]
ADDRESSES = [f"{name}@example.com" for name in ("ann", "bob", "eve", "zoe", "max")]
ORDERS = [1, "1", "1", 2, "2", "3", " ", None, True, Decimal("1.50")]

terms_of = st.builds(
    lambda amount, cooldown, seconds, key, times: Terms(
        amount=amount,
        cooldown=cooldown,
        cooldown_seconds=seconds if cooldown == Cooldown.ROLLING else None,
        business_key=key,
        person_daily_cap=times and amount * times + 1,
    ),
    amount=st.sampled_from([1, 5_00, 10_00]),
    cooldown=st.sampled_from(Cooldown),
    seconds=st.sampled_from([1, 60, 3600, 86_400, 30 * 86_400]),
    key=st.sampled_from(["", "metadata.order_id"]),
    times=st.sampled_from([None, 1, 2]),
)
moments = st.sampled_from(WAITS)
sent_by = st.fixed_dictionaries(
    {
        "trust": st.sampled_from([Trust.OPEN, Trust.OPEN, Trust.KEY, Trust.SIGNED]),
        "client": st.sampled_from(["phone", "laptop"]),
    }
)
events = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "address": st.sampled_from(ADDRESSES),
        "metadata": st.sampled_from([{"order_id": value} for value in ORDERS]),
        "idempotency_key": st.sampled_from([None] * 14 + ["k1", "k2", "k3", "k4"]),
        "test": st.sampled_from([False, False, False, True]),
    },
    optional={
        "occurred": st.sampled_from([timedelta(minutes=m) for m in (2, -5, -600, -3_000, -50_000)]),
        "judge_at_occurred": st.booleans(),
    },
)


class Programme(RuleBasedStateMachine):
    """Two brands: one whose own bound for open calls is out of reach, one that soon comes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.model = Model()
        self.brands: list[Brand] = []
        self.facts: dict[int, BrandFacts] = {}
        self.sent: list[tuple[int, Submission]] = []
        self.event_ids: dict[str, str] = {}
        self.wallets: dict[tuple[bool, str], int] = {}
        self.told_when: tuple[int, Submission, datetime] | None = None
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        zone=st.sampled_from(list(BEGINNINGS)),
        autumn=st.booleans(),
        terms=st.lists(terms_of, min_size=6, max_size=6),
    )
    def begin(self, zone: str, autumn: bool, terms: list[Terms]) -> None:
        self.now = BEGINNINGS[zone][autumn]
        for slug, of_brand in (("northwind", 1_000_000_00), ("fjell", 20_00)):
            brand = Brand.objects.create(
                name=slug,
                slug=slug,
                time_zone=zone,
                open_person_daily=20_00,
                open_brand_daily=of_brand,
                open_new_wallets_hourly=1,
            )
            self.brands.append(brand)
            self.model.brands[brand.pk] = ModelBrand(brand.pk, ZoneInfo(zone), 20_00, of_brand, 1)
            for name in NAMES:
                pays = terms.pop()
                services.create_event_type(
                    brand=brand, key=name, name=name, terms=pays, by=None, now=self.now
                )
                self.model.types[brand.pk, name] = ModelType(pays)
            self.facts[brand.pk] = today(brand)

    # Events, each some time after the last

    @rule(
        when=moments,
        which=st.sampled_from([0, 1]),
        sender=sent_by,
        event=events,
        dry=st.sampled_from([False] * 4 + [True]),
    )
    def report(
        self, when: timedelta | str, which: int, sender: dict, event: dict, dry: bool
    ) -> None:
        self.wait(when)
        self.deliver(which, [self.submission(sender, event)], dry=dry)

    @rule(
        when=moments,
        sender=sent_by,
        batch=st.lists(events, min_size=4, max_size=12),
        dry=st.sampled_from([False] * 4 + [True]),
    )
    def report_batch(
        self, when: timedelta | str, sender: dict, batch: list[dict], dry: bool
    ) -> None:
        self.wait(when)
        self.deliver(0, [self.submission(sender, each) for each in batch], dry=dry)

    @rule(batch=st.lists(events, min_size=3, max_size=6))
    def rush(self, batch: list[dict]) -> None:
        """Strangers, one by one, at the brand that bounds them all together."""
        for each in batch:
            sender = {"trust": Trust.OPEN, "client": each["address"]}
            self.deliver(1, [self.submission(sender, each)], dry=False)

    @precondition(lambda self: self.sent)
    @rule(when=moments, data=st.data(), times=st.sampled_from([1, 2]))
    def retry(self, when: timedelta | str, data: st.DataObject, times: int) -> None:
        """What was sent with an idempotency key is sent again."""
        self.wait(when)
        which, first = data.draw(st.sampled_from(self.sent))
        again = [
            replace(first, received_at=self.now, request_id=self.next_id()) for _ in range(times)
        ]
        self.deliver(which, again, dry=False)

    @precondition(lambda self: self.told_when)
    @rule(early=st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(seconds=1)]))
    def come_back(self, early: timedelta) -> None:
        """Who was told a time comes then, or a moment before."""
        assert self.told_when is not None
        which, first, then = self.told_when
        self.now = max(self.now, then - early)
        again = replace(
            first,
            received_at=self.now,
            request_id=self.next_id(),
            idempotency_key=None,
            occurred_at=None,
        )
        self.deliver(which, [again], dry=False)

    # Changes, each followed by an event that they matter to

    @rule(which=st.sampled_from([0, 1]), terms=terms_of, event=events)
    def publish(self, which: int, terms: Terms, event: dict) -> None:
        with self.change(which):
            kind = EventType.objects.get(brand=self.brands[which], key=event["name"])
            services.publish(rule=kind.rules.get(), terms=terms, by=None, now=self.now)
            self.kind(which, event["name"]).terms = terms
        self.deliver(which, [self.submission({"trust": Trust.KEY}, event)], dry=False)

    @rule(
        name=st.sampled_from(NAMES),
        active=st.sampled_from([True, True, False]),
        trust=st.sampled_from([Trust.OPEN, Trust.OPEN, Trust.KEY]),
        bound=st.sampled_from([0, 15_00, 20_00]),
    )
    def configure(self, name: str, active: bool, trust: Trust, bound: int) -> None:
        with self.change(0):
            kind = EventType.objects.get(brand=self.brands[0], key=name)
            services.switch_event_type(event_type=kind, active=active, by=None, now=NOON)
            EventType.objects.filter(pk=kind.pk).update(least_trust=trust)
            Brand.objects.filter(pk=self.brands[0].pk).update(open_person_daily=bound)
            self.kind(0, name).active = active
            self.kind(0, name).least_trust = trust
            self.model.brands[self.brands[0].pk].open_person_daily = bound

    # What must hold after every step

    @invariant()
    def books_are_in_order(self) -> None:
        connection.check_constraints()
        assert_books_in_order()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.test, i.address, coalesce(sum(a.balance), 0)::bigint FROM wallets_identity i "
                "LEFT JOIN wallets_account a ON a.wallet_id = i.wallet_id GROUP BY i.id"
            )
            held = {(test, address): balance for test, address, balance in cursor.fetchall()}
            cursor.execute("SELECT count(*) FROM events_event")
            assert cursor.fetchone() == (self.model.recorded,)
        assert held == self.model.balances

    # How

    def wait(self, when: timedelta | str) -> None:
        """So long, or until midnight, or until a second before."""
        if isinstance(when, timedelta):
            self.now += when
            return
        zone = self.brands[0].zone
        tomorrow = self.now.astimezone(zone).date() + timedelta(days=1)
        moment = first_moment(tomorrow, zone) - timedelta(seconds="before" in when)
        self.now = max(self.now, moment)

    def kind(self, which: int, name: str) -> ModelType:
        return self.model.types[self.brands[which].pk, name]

    def next_id(self) -> str:
        self.count += 1
        return f"req_{self.count}"

    def submission(self, sender: dict, event: dict) -> Submission:
        event = dict(event)
        occurred = event.pop("occurred", None)
        return Submission(
            **sender,
            **event,
            source="api",
            request_id=self.next_id(),
            received_at=self.now,
            occurred_at=None if occurred is None else self.now + occurred,
        )

    def deliver(self, which: int, submissions: list[Submission], *, dry: bool) -> None:
        brand = self.brands[which]
        model = deepcopy(self.model) if dry else self.model
        said = [model.report(brand.pk, each) for each in submissions]
        keeps_all = dry or all(isinstance(each, Refused) or each.replayed for each in said)
        consumes = any(
            isinstance(each, Answer) and each.amount and not each.replayed for each in said
        )
        tables = (
            CONSUMED if not keeps_all else tuple(q for q in WRITTEN if dry or "unmatched" not in q)
        )
        before = None if consumes and not dry else snapshot(tables)
        told = services.receive_batch(
            brand=self.facts[brand.pk], submissions=submissions, dry_run=dry
        )
        if before is not None:
            assert snapshot(tables) == before
        for expected, found in zip(said, told, strict=True):
            self.compare(expected, found, dry=dry)
        for each, answer in zip(submissions, said, strict=True):
            if isinstance(answer, Answer) and answer.next_eligible_at and not answer.replayed:
                self.told_when = which, each, answer.next_eligible_at
        if not dry:
            self.sent += [(which, each) for each in submissions if each.idempotency_key]

    def compare(self, expected: Answer | Refused, found: object, *, dry: bool) -> None:
        if isinstance(expected, Refused):
            assert type(found).__name__ == expected.why
            return
        assert isinstance(found, Outcome), found
        assert expected == Answer(
            status=found.status,
            reason=found.reason,
            amount=found.amount,
            balance=found.balance,
            next_eligible_at=found.next_eligible_at,
            created=found.wallet_created,
            request_id=found.request_id,
            person=expected.person if found.wallet is not None else None,
            replayed=found.replayed,
        )
        if dry and not expected.replayed:
            assert found.event_id is None
            return
        assert found.event_id == self.event_ids.setdefault(expected.request_id, found.event_id)
        if expected.person is not None:
            assert found.wallet == self.wallets.setdefault(expected.person, found.wallet)

    @contextmanager
    def change(self, which: int) -> Iterator[None]:
        """A change that the next call notices: one that was decided before it is not recorded."""
        brand, before = self.brands[which], self.facts[self.brands[which].pk]
        yield
        self.facts[brand.pk] = today(brand)
        if self.facts[brand.pk].version != before.version:
            stale = self.submission(
                {"trust": Trust.KEY, "client": ""},
                {"name": NAMES[0], "address": ADDRESSES[0], "metadata": {}},
            )
            with pytest.raises(ConfigurationChanged):
                services.receive(brand=before, submission=stale)


# No transaction around them all: one that lasts is in the way of whoever reads the feed beside us.
@pytest.mark.django_db(transaction=True)
def test_any_sequence_of_events_is_answered_as_the_model_says_and_leaves_the_books_in_order():
    run_state_machine_as_test(
        Programme,
        settings=settings(
            max_examples=EXAMPLES or 15,
            stateful_step_count=30,
            deadline=None,
            derandomize=not EXAMPLES,
            database=None,
            # To make a failure small takes minutes: it is done for those who asked for more.
            phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
