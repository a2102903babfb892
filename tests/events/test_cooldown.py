"""When the same person earns again: to the second, at the changes of the clocks, after a new version."""

from datetime import UTC, datetime, timedelta

import pytest

from brands.models import Brand, Trust
from events import services
from events.models import Cooldown, EventType
from events.services import Terms
from tests.events.calls import CONSUMED, NOON, report, snapshot

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROLLING_DAY = Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=86_400)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def pays(brand: Brand, terms: Terms) -> EventType:
    return services.create_event_type(
        brand=brand, key="visit", name="Visit", terms=terms, by=None, now=NOON
    )


def publish(event_type: EventType, terms: Terms) -> None:
    services.publish(rule=event_type.rules.get(), terms=terms, by=None, now=NOON)


def visit(brand: Brand, at: datetime, **more):
    return report(brand, "visit", at=at, **more)


@pytest.mark.parametrize(
    ("wait", "status"),
    [
        (timedelta(0), "cooldown"),
        (DAY - SECOND, "cooldown"),
        (DAY - timedelta(microseconds=1), "cooldown"),
        (DAY, "rewarded"),
        (DAY + SECOND, "rewarded"),
    ],
    ids=["at once", "a second before", "a microsecond before", "at the end", "a second after"],
)
def test_a_rolling_cooldown_ends_to_the_second(brand, wait, status):
    pays(brand, ROLLING_DAY)
    first = visit(brand, NOON)
    assert (first.status, first.next_eligible_at) == ("rewarded", NOON + DAY)
    second = visit(brand, NOON + wait)
    assert (second.status, second.amount) == (status, 5_00 if status == "rewarded" else 0)
    assert second.next_eligible_at == NOON + DAY + (wait if status == "rewarded" else timedelta(0))


def test_a_refusal_does_not_prolong_the_cooldown(brand):
    pays(brand, ROLLING_DAY)
    visit(brand, NOON)
    before = snapshot(CONSUMED)
    assert visit(brand, NOON + 23 * HOUR).status == "cooldown"
    assert snapshot(CONSUMED) == before
    assert visit(brand, NOON + DAY).status == "rewarded"


def test_a_rolling_day_is_24_hours_when_clocks_change_too(brand):
    pays(brand, ROLLING_DAY)
    eve = utc("2026-03-28 12:00")
    assert visit(brand, eve).next_eligible_at == eve + DAY


def test_once_ever_is_once_ever(brand):
    pays(brand, Terms(amount=25_00, cooldown=Cooldown.EVER))
    assert visit(brand, NOON).next_eligible_at is None
    much_later = visit(brand, NOON + 4_000 * DAY)
    assert (much_later.status, much_later.next_eligible_at) == ("cooldown", None)


def test_without_a_cooldown_every_event_is_paid(brand):
    pays(brand, Terms(amount=1))
    told = [visit(brand, NOON) for _ in range(3)]
    assert [(each.status, each.next_eligible_at) for each in told] == [("rewarded", None)] * 3
    assert told[-1].balance == 3


@pytest.mark.parametrize(
    ("zone", "cooldown", "first", "end"),
    [
        # The days of 23 and of 25 hours.
        ("Europe/Berlin", Cooldown.DAY, "2026-03-28 23:00", "2026-03-29 22:00"),
        ("Europe/Berlin", Cooldown.DAY, "2026-10-24 22:00", "2026-10-25 23:00"),
        ("America/New_York", Cooldown.DAY, "2026-03-08 05:00", "2026-03-09 04:00"),
        ("America/New_York", Cooldown.DAY, "2026-11-01 04:00", "2026-11-02 05:00"),
        # The day before clocks skip midnight, and the day that begins at one o'clock.
        ("America/Santiago", Cooldown.DAY, "2026-09-05 12:00", "2026-09-06 04:00"),
        ("America/Santiago", Cooldown.DAY, "2026-09-06 04:00", "2026-09-07 03:00"),
        ("Africa/Cairo", Cooldown.DAY, "2026-04-23 12:00", "2026-04-23 22:00"),
        # The last hour of the day comes twice.
        ("America/Santiago", Cooldown.DAY, "2026-04-05 02:30", "2026-04-05 04:00"),
        # Weeks and months with a change in them.
        ("Europe/Berlin", Cooldown.WEEK, "2026-03-23 12:00", "2026-03-29 22:00"),
        ("Europe/Berlin", Cooldown.WEEK, "2026-10-19 12:00", "2026-10-25 23:00"),
        ("Europe/Berlin", Cooldown.MONTH, "2026-03-01 12:00", "2026-03-31 22:00"),
        ("Europe/Berlin", Cooldown.MONTH, "2026-10-01 12:00", "2026-10-31 23:00"),
        ("America/New_York", Cooldown.WEEK, "2026-10-27 12:00", "2026-11-02 05:00"),
        ("America/New_York", Cooldown.MONTH, "2026-03-02 12:00", "2026-04-01 04:00"),
    ],
)
def test_a_calendar_window_ends_at_local_midnight(brand, zone, cooldown, first, end):
    Brand.objects.filter(pk=brand.pk).update(time_zone=zone)
    pays(brand, Terms(amount=1_00, cooldown=cooldown))
    start, end = utc(first), utc(end)
    assert visit(brand, start).next_eligible_at == end
    refused = visit(brand, end - SECOND)
    assert (refused.status, refused.next_eligible_at) == ("cooldown", end)
    assert visit(brand, end).status == "rewarded"


@pytest.mark.parametrize("cooldown", [Cooldown.DAY, Cooldown.WEEK, Cooldown.MONTH])
def test_the_first_moment_of_a_window_belongs_to_it(brand, cooldown):
    Brand.objects.filter(pk=brand.pk).update(time_zone="UTC")
    pays(brand, Terms(amount=1_00, cooldown=cooldown))
    # A Monday and the first of its month.
    first = utc("2026-06-01 00:00")
    assert visit(brand, first).status == "rewarded"
    assert visit(brand, first + SECOND).status == "cooldown"


def test_a_shortened_cooldown_holds_from_the_next_event(brand):
    event_type = pays(brand, ROLLING_DAY)
    visit(brand, NOON)
    assert visit(brand, NOON + HOUR).status == "cooldown"
    publish(event_type, Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=3600))
    refused = visit(brand, NOON + HOUR - SECOND)
    assert (refused.status, refused.next_eligible_at) == ("cooldown", NOON + HOUR)
    assert visit(brand, NOON + HOUR).status == "rewarded"


def test_a_prolonged_cooldown_holds_from_the_next_event(brand):
    event_type = pays(brand, ROLLING_DAY)
    visit(brand, NOON)
    publish(event_type, Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=172_800))
    refused = visit(brand, NOON + DAY)
    assert (refused.status, refused.next_eligible_at) == ("cooldown", NOON + 2 * DAY)


@pytest.mark.parametrize("cooldown", [Cooldown.DAY, Cooldown.WEEK, Cooldown.MONTH, Cooldown.EVER])
def test_publishing_another_kind_of_cooldown_resets_nothing(brand, cooldown):
    event_type = pays(brand, Terms(amount=5_00))
    visit(brand, NOON)
    publish(event_type, Terms(amount=7_00, cooldown=cooldown))
    assert visit(brand, NOON + SECOND).status == "cooldown"


def test_publishing_resets_neither_limits_nor_business_keys(brand):
    terms = Terms(amount=5_00, business_key="metadata.id", person_daily_cap=10_00)
    event_type = pays(brand, terms)
    visit(brand, NOON, metadata={"id": 1})
    publish(event_type, Terms(amount=6_00, business_key="metadata.id", person_daily_cap=10_00))
    assert visit(brand, NOON, metadata={"id": 1}).status == "duplicate"
    capped = visit(brand, NOON, metadata={"id": 2})
    assert (capped.status, capped.reason) == ("capped", "rule_daily_cap")
    # Midnight in Berlin.
    assert capped.next_eligible_at == utc("2026-03-18 23:00")
    assert visit(brand, capped.next_eligible_at, metadata={"id": 2}).amount == 6_00


def test_a_limit_that_comes_later_counts_what_was_earned_before_it_that_day(brand):
    event_type = pays(brand, Terms(amount=5_00))
    visit(brand, NOON)
    publish(event_type, Terms(amount=5_00, person_daily_cap=10_00))
    assert visit(brand, NOON).status == "rewarded"
    publish(event_type, Terms(amount=5_00))
    publish(event_type, Terms(amount=5_00, person_daily_cap=10_00))
    assert visit(brand, NOON).reason == "rule_daily_cap"


def test_an_event_type_that_was_off_for_a_while_goes_on_where_it_was(brand):
    event_type = pays(brand, ROLLING_DAY)
    visit(brand, NOON)
    services.switch_event_type(event_type=event_type, active=False, by=None, now=NOON)
    off = visit(brand, NOON + 2 * DAY)
    assert (off.status, off.reason) == ("no_reward", "event_type_off")
    services.switch_event_type(event_type=event_type, active=True, by=None, now=NOON)
    assert visit(brand, NOON + DAY - SECOND).status == "cooldown"
    assert visit(brand, NOON + 2 * DAY).status == "rewarded"


def test_a_test_event_changes_nothing_live_and_the_live_one_after_it_is_paid(brand):
    pays(
        brand,
        Terms(
            amount=5_00,
            cooldown=Cooldown.EVER,
            business_key="metadata.id",
            person_daily_cap=5_00,
        ),
    )
    Brand.objects.filter(pk=brand.pk).update(open_person_daily=5_00, open_brand_daily=5_00)
    more = {"metadata": {"id": 1}, "idempotency_key": "k", "trust": Trust.OPEN}
    tried = visit(brand, NOON, test=True, **more)
    live = visit(brand, NOON, **more)
    assert [tried.status, live.status] == ["rewarded", "rewarded"]
    assert [tried.balance, live.balance] == [5_00, 5_00]
    assert tried.wallet != live.wallet
    assert not live.replayed
    # Both worlds have rules.
    assert visit(brand, NOON, metadata={"id": 1}, test=True).status == "duplicate"


# Judged as of when it happened, for callers that ask and prove who they are.


def late(brand: Brand, days: int, **more):
    return visit(brand, NOON, occurred_at=NOON - days * DAY, judge_at_occurred=True, **more)


def test_late_events_are_judged_by_the_day_on_which_they_happened(brand):
    pays(brand, Terms(amount=1_00, cooldown=Cooldown.DAY))
    assert [late(brand, days).status for days in (3, 3, 2)] == ["rewarded", "cooldown", "rewarded"]
    assert visit(brand, NOON).status == "rewarded"


def test_an_event_older_than_the_last_claim_is_in_its_cooldown(brand):
    pays(brand, ROLLING_DAY)
    assert visit(brand, NOON).status == "rewarded"
    refused = late(brand, 300)
    assert (refused.status, refused.next_eligible_at) == ("cooldown", NOON + DAY)


def test_an_older_event_of_a_rule_without_cooldown_does_not_take_the_claim_back(brand):
    event_type = pays(brand, Terms(amount=1))
    visit(brand, NOON)
    assert late(brand, 2).status == "rewarded"
    publish(event_type, ROLLING_DAY)
    assert visit(brand, NOON + DAY - SECOND).status == "cooldown"
    assert visit(brand, NOON + DAY).status == "rewarded"


def test_a_late_event_counts_towards_the_limit_of_its_own_day(brand):
    pays(brand, Terms(amount=5_00, person_daily_cap=5_00))
    assert [late(brand, days).status for days in (1, 1, 0)] == ["rewarded", "capped", "rewarded"]
    assert late(brand, 1).next_eligible_at is None


def test_what_happened_is_stored_and_not_judged_by_unless_asked(brand):
    pays(brand, ROLLING_DAY)
    visit(brand, NOON)
    assert visit(brand, NOON, occurred_at=NOON - 3 * DAY).status == "cooldown"


# What is said of the next time where several things limit it.


def test_who_has_reached_a_limit_is_told_the_later_of_its_end_and_the_cooldowns(brand):
    pays(
        brand,
        Terms(
            amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=3600, person_daily_cap=10_00
        ),
    )
    assert visit(brand, NOON).next_eligible_at == NOON + HOUR
    assert visit(brand, NOON + HOUR).next_eligible_at == utc("2026-03-18 23:00")
    late_evening = utc("2026-03-19 22:30")
    visit(brand, late_evening - HOUR)
    assert visit(brand, late_evening).next_eligible_at == late_evening + HOUR


def test_an_open_caller_is_told_when_the_day_ends(brand):
    Brand.objects.filter(pk=brand.pk).update(open_person_daily=10_00)
    pays(brand, Terms(amount=5_00))
    told = [visit(brand, NOON, trust=Trust.OPEN) for _ in range(3)]
    midnight = utc("2026-03-18 23:00")
    assert [each.status for each in told] == ["rewarded", "rewarded", "capped"]
    assert [each.next_eligible_at for each in told] == [None, midnight, midnight]
    assert told[2].reason == "open_person_daily"
    # What was proved is neither bounded nor counted.
    assert visit(brand, NOON).status == "rewarded"
    assert visit(brand, midnight, trust=Trust.OPEN).status == "rewarded"


def test_a_brand_bounds_what_open_callers_earn_together(brand):
    Brand.objects.filter(pk=brand.pk).update(open_person_daily=5_00, open_brand_daily=10_00)
    pays(brand, Terms(amount=5_00))
    told = [
        visit(brand, NOON, address=f"p{n}@example.com", trust=Trust.OPEN, client=f"c{n}")
        for n in range(3)
    ]
    assert [each.status for each in told] == ["rewarded", "rewarded", "capped"]
    assert told[2].reason == "open_brand_daily"
