"""Every figure of the reports is what slow and plain SQL over the raw rows says, at any moment of the folding."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from analytics import services
from analytics.models import Fold
from analytics.queries.figures import Total, events_by_hour, events_report
from analytics.queries.people import people_report, retention
from analytics.queries.period import Period, Scope
from brands.models import Brand
from tests.analytics.raw import Crowd, select, utc, write
from tests.analytics.test_folding import LATER, fold_all
from tests.events.calls import another_connection

pytestmark = pytest.mark.django_db(transaction=True)

SPRING = date(2026, 3, 20), date(2026, 4, 2)
AUTUMN = date(2026, 10, 22), date(2026, 11, 5)
RAW = """
SELECT (received_at AT TIME ZONE %s)::date, event_type_id, status, reason, amount, wallet_id, received_at
FROM events_event WHERE brand_id = %s AND test = %s
"""
DAY = timedelta(days=1)


def raw(scope: Scope):
    return select(RAW, scope.period.zone.key, scope.brand_id, scope.test)


def total(rows) -> Total:
    paid = [row for row in rows if row[2] == "rewarded"]
    return Total(len(rows), len(paid), sum(row[4] for row in paid))


def assert_events(scope: Scope) -> None:
    period, before = scope.period, scope.period.before()
    of_type = [row for row in raw(scope) if scope.event_type in {None, row[1]}]
    now = [row for row in of_type if period.first <= row[0] <= period.last]
    earlier = [row for row in of_type if before.first <= row[0] <= before.last]
    found = events_report(scope)
    assert (found.total, found.before) == (total(now), total(earlier))
    assert list(found.parts) == [total([r for r in now if r[0] == day]) for day in period.days]
    assert {each.event_type for each in found.event_types} == {row[1] for row in now + earlier}
    for each in found.event_types:
        mine = [row for row in now if row[1] == each.event_type]
        assert each.total == total(mine)
        assert each.before == total([row for row in earlier if row[1] == each.event_type])
        assert list(each.parts) == [total([r for r in mine if r[0] == d]) for d in period.days]
    refused = Counter((row[2], row[3]) for row in now if row[2] != "rewarded")
    refused_before = Counter((row[2], row[3]) for row in earlier if row[2] != "rewarded")
    assert {(r.status, r.reason): (r.events, r.before) for r in found.refusals} == {
        answer: (refused[answer], refused_before[answer]) for answer in refused | refused_before
    }
    hours = events_by_hour(scope)
    assert hours.total == found.total
    for place, start in enumerate(hours.labels):
        end = hours.labels[place + 1] if place + 1 < len(hours.labels) else period.until
        assert hours.parts[place] == total([row for row in now if start <= row[6] < end])


def assert_people(scope: Scope) -> None:
    period, before = scope.period, scope.period.before()
    first: dict[int, date] = {}
    days: dict[date, set[int]] = defaultdict(set)
    for row in raw(scope):
        if row[5] is not None:
            first[row[5]] = min(first.get(row[5], row[0]), row[0])
            days[row[0]].add(row[5])

    def came(some: list[date]) -> tuple[int, int]:
        present = set().union(*(days[day] for day in some))
        return len(present), sum(first[person] in some for person in present)

    found = people_report(scope)
    assert [(day.people, day.new) for day in found.by_day] == [came([d]) for d in period.days]
    assert (found.total.people, found.total.new) == came(period.days)
    assert (found.before.people, found.before.new) == came(before.days)
    cohorts = retention(scope)
    for n, cohort in enumerate(cohorts):
        weeks = [[each.week + DAY * d for d in range(7)] for each in cohorts[n:]]
        people = {person for person, day in first.items() if day in weeks[0]}
        assert cohort.people == len(people)
        assert list(cohort.came) == [
            len(people & set().union(*(days[day] for day in week))) for week in weeks
        ]


def assert_reports(brand: Brand, days: tuple[date, date]) -> None:
    kind = select("SELECT max(event_type_id) FROM events_event WHERE brand_id = %s", brand.pk)
    for test in (False, True):
        scope = Scope(brand.pk, Period(*days, ZoneInfo(brand.time_zone)), test=test)
        assert_events(scope)
        assert_events(Scope(brand.pk, scope.period, test=test, event_type=kind[0][0]))
        assert_people(scope)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", SPRING),
        ("America/St_Johns", AUTUMN),
        ("Asia/Kathmandu", AUTUMN),
        ("Australia/Lord_Howe", SPRING),
    ],
)
def test_reports_are_exact_before_while_and_after_events_are_folded(brand, zone, days):
    Brand.objects.filter(pk=brand.pk).update(time_zone=zone)
    brand.refresh_from_db()
    since, until = days[0] - 20 * DAY, days[1] + 2 * DAY
    crowd = Crowd(brand, utc(*since.timetuple()[:3]), utc(*until.timetuple()[:3]))
    write(crowd.rows(150))
    assert_reports(brand, days)
    fold_all()
    with another_connection() as late:
        write(crowd.rows(40), late)
        write(crowd.rows(60))
        fold_all()
        assert_reports(brand, days)
    assert_reports(brand, days)
    fold_all()
    assert Fold.objects.get().events == 250
    assert_reports(brand, days)


def test_reports_are_exact_while_another_zones_figures_are_built(brand):
    crowd = Crowd(brand, utc(2026, 10, 1), utc(2026, 11, 6))
    write(crowd.rows(150))
    fold_all()
    Brand.objects.filter(pk=brand.pk).update(time_zone="America/St_Johns")
    brand.refresh_from_db()
    write(crowd.rows(50))
    assert_reports(brand, AUTUMN)
    build = services.start_build(brand=brand, now=LATER)
    services.advance(fold_id=build.pk, limit=90, now=LATER)
    assert_reports(brand, AUTUMN)
    fold_all()
    assert_reports(brand, AUTUMN)


def test_a_rate_and_a_cost_are_none_where_nothing_came():
    assert (Total().rate, Total().per_reward, Total().per_event) == (None, None, None)
    some = Total(events=8, rewarded=3, credited=1000)
    assert (some.rate, some.per_reward, some.per_event) == (Fraction(3, 8), 333, 125)


def test_a_brand_without_events_has_reports_of_nothing(brand):
    scope = Scope(brand.pk, Period(*AUTUMN, brand.zone))
    assert events_report(scope).total == Total()
    assert people_report(scope).total.people == 0
    assert sum(cohort.people for cohort in retention(scope)) == 0
