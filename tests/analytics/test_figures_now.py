"""What the live page, the overview and the list of event types say is what plain SQL says over the raw rows: before,
while and after events are folded, and as of the moment that is asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import services
from analytics.queries import Period, event_type_rows, pulse, today, version_figures
from brands.calendar import day_start, monday_of, today_start
from brands.models import Brand
from events.models import Rule, RuleVersion
from events.queries.live import one_moment
from tests.analytics.raw import Crowd, select, write
from tests.analytics.test_folding import fold_all
from tests.events.calls import another_connection, until_certain

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
TODAY = """
SELECT t.key, e.status, e.reason, count(*), sum(e.amount)::bigint
FROM events_event e JOIN events_eventtype t ON t.id = e.event_type_id
WHERE e.brand_id = %s AND e.test = %s AND e.received_at >= %s GROUP BY 1, 2, 3
"""
RATES = """
SELECT extract(epoch FROM date_trunc(%s, received_at))::bigint, count(*)
FROM events_event WHERE brand_id = %s AND test = %s AND received_at >= %s GROUP BY 1
"""
BY_TYPE = """
SELECT event_type_id, count(*), sum(amount)::bigint FROM events_event
WHERE brand_id = %s AND NOT test AND received_at >= %s GROUP BY 1
"""


def assert_now(brand: Brand, now: datetime) -> None:
    since = today_start(now, brand.zone)
    for test in (False, True):
        rows = select(TODAY, brand.pk, test, since)
        paid = [row for row in rows if row[1] == "rewarded"]
        found = today(brand_id=brand.pk, since=since, test=test)
        assert found.events == sum(row[3] for row in rows)
        assert found.rewarded == sum(row[3] for row in paid)
        assert found.credited == sum(row[4] for row in paid)
        refused = [(each.event, each.status, each.reason, each.count) for each in found.refusals]
        assert sorted(refused) == sorted(row[:4] for row in rows if row[1] != "rewarded")
        assert refused == sorted(refused, key=lambda each: (-each[3], *each[:3]))
        rates = pulse(brand_id=brand.pk, now=now, test=test)
        minute = (now - timedelta(hours=1)).replace(second=0, microsecond=0)
        assert rates.minutes == dict(select(RATES, "minute", brand.pk, test, minute))
        recently = now - timedelta(minutes=5)
        assert rates.seconds == dict(select(RATES, "second", brand.pk, test, recently))
    day = now.astimezone(brand.zone).date()
    week = Period(monday_of(day), day, brand.zone)
    done = {kind: (events, paid) for kind, events, paid in select(BY_TYPE, brand.pk, week.since)}
    for row in event_type_rows(brand_id=brand.pk, period=week):
        assert (row.events, row.paid) == done.get(row.event_type.pk, (0, 0))


# The days on which clocks change there, and one on which they do not.
@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 14, 7, 31, 5, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 9, 59, 59, 999_999, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 3, 18, 12, 0, tzinfo=UTC)),
    ],
)
def test_figures_of_this_moment_are_exact_before_while_and_after_folding(brand, zone, now):
    Brand.objects.filter(pk=brand.pk).update(time_zone=zone)
    brand.refresh_from_db()
    since = day_start(monday_of(now.astimezone(brand.zone).date()), brand.zone) - DAY
    crowd = Crowd(brand, since, now)
    lately = Crowd.row
    write(crowd.rows(120))
    write([lately(crowd, now - timedelta(seconds=7 * n)) for n in range(120)])
    assert_now(brand, now)
    fold_all(now)
    with another_connection() as late:
        write(crowd.rows(30), late)
        write([lately(crowd, now - timedelta(seconds=n)) for n in range(0, 300, 7)], late)
        write(crowd.rows(30))
        services.fold_news(now=now)
        assert_now(brand, now)
    assert_now(brand, now)
    fold_all(now)
    assert_now(brand, now)
    # By the days of another zone than the fold's.
    Brand.objects.filter(pk=brand.pk).update(time_zone="America/St_Johns")
    brand.refresh_from_db()
    assert_now(brand, now)


def test_what_is_told_is_of_the_moment_that_the_page_names(brand):
    now = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
    crowd = Crowd(brand, now - timedelta(hours=2), now)
    write(crowd.rows(40))
    fold_all(now)
    since = today_start(now, brand.zone)
    before = today(brand_id=brand.pk, since=since), pulse(brand_id=brand.pk, now=now)
    with one_moment():
        with another_connection() as other:
            write(crowd.rows(20), other)
        with another_connection() as other:
            # Somebody folds them meanwhile: figures and place move at once, or not at all.
            other.execute("UPDATE analytics_quarterfigures SET events = events + 1000")
            other.execute("UPDATE analytics_minutefigures SET events = events + 1000")
        assert today(brand_id=brand.pk, since=since) == before[0]
        assert pulse(brand_id=brand.pk, now=now) == before[1]
    assert today(brand_id=brand.pk, since=since) != before[0]


VERSION = """
SELECT count(*), count(*) FILTER (WHERE status = 'rewarded'), coalesce(sum(amount), 0)::bigint
FROM events_event WHERE rule_version_id = %s AND NOT test
"""
JUDGED = """
UPDATE events_event e SET rule_version_id = (
    SELECT v.id FROM events_ruleversion v JOIN events_rule r ON r.id = v.rule_id
    WHERE r.event_type_id = e.event_type_id
      AND v.published_at <= e.received_at + (e.amount %% 5 - 2) * interval '20 minutes'
    ORDER BY v.number DESC LIMIT 1)
WHERE status <> 'no_reward'
"""


@pytest.mark.parametrize("folded", [True, False])
def test_a_version_s_figures_are_those_of_the_events_that_it_judged(brand, folded):
    now = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
    crowd = Crowd(brand, now - 30 * DAY, now)
    write(crowd.rows(400))
    for kind in crowd.types:
        rule = Rule.objects.create(event_type_id=kind)
        for number, days in enumerate((31, 20, 19.9, 3), start=1):
            RuleVersion.objects.create(
                rule=rule, number=number, amount=100, published_at=now - days * DAY
            )
    # Some of them by the version that followed, or was followed, within the hour.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER USER")
        cursor.execute(JUDGED.replace("%%", "%"))
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER USER")
    if folded:
        fold_all(now)
    # A second rule of a type: figures cannot tell which of them judged.
    Rule.objects.create(event_type_id=crowd.types[0]).versions.create(
        number=1, amount=100, published_at=now
    )
    judged = 0
    for version in RuleVersion.objects.all():
        found = version_figures(brand_id=brand.pk, version=version, zone=brand.zone, now=now)
        expected = select(VERSION, version.pk)[0]
        assert (found.judged, found.rewarded, found.paid) == expected
        judged += found.judged
    assert judged > 200


def test_each_is_asked_in_one_round_trip(brand):
    now = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
    until_certain()
    week = Period(now.date() - DAY, now.date(), brand.zone)
    for ask, queries in (
        (lambda: today(brand_id=brand.pk, since=today_start(now, brand.zone)), 1),
        (lambda: pulse(brand_id=brand.pk, now=now), 2),
        (lambda: event_type_rows(brand_id=brand.pk, period=week), 3),
    ):
        with CaptureQueriesContext(connection) as captured:
            ask()
        assert len(captured) == queries
