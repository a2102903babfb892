"""What is folded from events is what plain SQL finds in them, whenever they commit and whoever folds."""

import pytest
from django.db import connection

from analytics import services
from analytics.models import BLOCK, Fold
from analytics.services import folding
from brands.models import Brand
from tests.analytics.raw import Crowd, select, utc, write
from tests.events.calls import another_connection, at_once, until_certain

pytestmark = pytest.mark.django_db(transaction=True)

# Clocks change in between: 8 and 29 March, 25 October and 1 November 2026.
ZONES = ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
SPRING = utc(2026, 3, 5), utc(2026, 4, 2)
AUTUMN = utc(2026, 10, 20), utc(2026, 11, 5)
LATER = utc(2026, 11, 6)

BY_DAY = """
SELECT test, (received_at AT TIME ZONE %s)::date, event_type_id, status, reason, count(*), sum(amount)::bigint
FROM events_event WHERE brand_id = %s GROUP BY 1, 2, 3, 4, 5
"""
BY_UNIT = """
SELECT test, date_bin(%s, received_at, 'epoch') AS at, event_type_id, status, reason, count(*), sum(amount)::bigint
FROM events_event WHERE brand_id = %s AND received_at >= %s GROUP BY 1, 2, 3, 4, 5
"""
FIRST = """
SELECT test, wallet_id, min(received_at), sum(amount)::bigint
FROM events_event WHERE brand_id = %s AND wallet_id IS NOT NULL GROUP BY 1, 2
"""
PRESENT = """
SELECT DISTINCT test, (received_at AT TIME ZONE %s)::date, wallet_id
FROM events_event WHERE brand_id = %s AND wallet_id IS NOT NULL
"""
FOLDED = {
    "days": "SELECT test, day, event_type_id, status, reason, events, amount FROM analytics_dayfigures WHERE fold_id = %s",
    "quarters": "SELECT test, quarter, event_type_id, status, reason, events, amount "
    "FROM analytics_quarterfigures WHERE fold_id = %s",
    "minutes": "SELECT test, minute, event_type_id, status, reason, events, amount "
    "FROM analytics_minutefigures WHERE fold_id = %s",
    "people": "SELECT test, wallet_id, first_at, earned FROM analytics_person WHERE fold_id = %s",
    "presence": f"""
        SELECT p.test, f.day, p.wallet_id FROM analytics_person p
        JOIN analytics_presence f ON f.fold_id = p.fold_id AND f.test = p.test AND f.block = p.number / {BLOCK}
        WHERE p.fold_id = %s AND get_bit(f.bits, p.number %% {BLOCK}) = 1""",
}


def folded(brand: Brand) -> dict[str, list[tuple]]:
    fold = Fold.objects.get(brand=brand, state=Fold.State.LIVE)
    return {name: select(sql, fold.pk) for name, sql in FOLDED.items()}


def plain(brand: Brand, zone: str, now=LATER) -> dict[str, list[tuple]]:
    of = brand.pk
    return {
        "days": select(BY_DAY, zone, of),
        "quarters": select(BY_UNIT, "15 minutes", of, utc(2000, 1, 1)),
        "minutes": select(BY_UNIT, "1 minute", of, now - folding.MINUTES_KEPT),
        "people": select(FIRST, of),
        "presence": select(PRESENT, zone, of),
    }


def fold_all(now=LATER) -> None:
    until_certain()
    while services.fold_news(now=now):
        pass


def assert_whole(brand: Brand, now=LATER) -> None:
    fold = Fold.objects.get(brand=brand, state=Fold.State.LIVE)
    found, expected = folded(brand), plain(brand, fold.zone, now)
    for name, rows in expected.items():
        assert found[name] == rows, name
    numbers = select("SELECT test, number FROM analytics_person WHERE fold_id = %s", fold.pk)
    assert sorted(numbers) == [(False, n) for n in range(fold.live_people)] + [
        (True, n) for n in range(fold.test_people)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_the_days_of_the_brand_when_its_clocks_change(brand, zone):
    Brand.objects.filter(pk=brand.pk).update(time_zone=zone)
    write(Crowd(brand, *SPRING).rows(300))
    brand.refresh_from_db()
    fold_all()
    autumn = Crowd(Brand.objects.create(name="B", slug="b", time_zone=zone), *AUTUMN, seed=2)
    write(autumn.rows(300))
    fold_all()
    assert_whole(brand)
    assert_whole(autumn.brand)


def test_an_event_that_commits_late_is_folded_once(brand):
    crowd = Crowd(brand, *SPRING)
    with another_connection() as late:
        # It was there first, so its people and days may turn out to have begun earlier.
        write(crowd.rows(80), late)
        write(crowd.rows(80))
        fold_all()
        fold = Fold.objects.get() if Fold.objects.exists() else None
        assert fold is None or fold.events == 0
    write(crowd.rows(40))
    fold_all()
    assert Fold.objects.get().events == 200
    assert_whole(brand)


def test_a_person_who_turns_out_to_have_come_earlier_did(brand):
    crowd = Crowd(brand, *SPRING)
    crowd.people = {test: people[:1] for test, people in crowd.people.items()}
    for day in (30, 20, 25, 10):
        write([crowd.row(utc(2026, 3, day)) for _ in range(20)])
        fold_all()
    assert_whole(brand)


def test_small_chunks_of_two_workers_at_once_are_each_folded_once(brand, other_brand, monkeypatch):
    monkeypatch.setattr(folding, "LEAST", 7)
    monkeypatch.setattr(folding, "MOST", 7)
    for each in (brand, other_brand):
        write(Crowd(each, *AUTUMN, seed=each.pk).rows(250))
    at_once([fold_all] * 4)
    fold_all()
    assert_whole(brand)
    assert_whole(other_brand)


def test_a_crash_inside_a_chunk_leaves_it_to_the_next_one(brand, monkeypatch):
    write(Crowd(brand, *AUTUMN).rows(100))
    monkeypatch.setattr(folding, "LEAST", 30)
    monkeypatch.setattr(folding, "MOST", 30)
    save = Fold.save

    def crash(self, *args, **more):
        if self.events > 60:
            raise KeyboardInterrupt
        save(self, *args, **more)

    monkeypatch.setattr(Fold, "save", crash)
    with pytest.raises(KeyboardInterrupt):
        fold_all()
    assert Fold.objects.get().events == 60
    monkeypatch.setattr(Fold, "save", save)
    fold_all()
    assert_whole(brand)


def test_another_zone_gets_figures_of_its_own_and_the_old_ones_go(brand):
    crowd = Crowd(brand, *AUTUMN)
    write(crowd.rows(200))
    fold_all()
    Brand.objects.filter(pk=brand.pk).update(time_zone="Asia/Kathmandu")
    write(crowd.rows(20))
    fold_all()
    live = Fold.objects.get(brand=brand, state=Fold.State.LIVE)
    assert (live.zone, live.events) == ("Asia/Kathmandu", 220)
    assert_whole(brand)
    services.sweep()
    assert Fold.objects.get() == live
    assert_whole(brand)
    for table in folding.TABLES:
        assert not select(f"SELECT FROM {table} WHERE fold_id <> %s", live.pk)


def test_what_is_built_from_nothing_is_what_was_folded(brand):
    crowd = Crowd(brand, *AUTUMN)
    for _ in range(5):
        write(crowd.rows(60))
        fold_all()
    before = folded(brand)
    build = services.start_build(brand=brand, now=LATER)
    assert services.start_build(brand=brand, now=LATER) == build
    services.advance(fold_id=build.pk, limit=100, now=LATER)
    # What comes meanwhile goes into both.
    write(crowd.rows(60))
    fold_all()
    while not services.advance(fold_id=build.pk, limit=100, now=LATER, wait=True).caught_up:
        if Fold.objects.get(pk=build.pk).state == Fold.State.LIVE:
            break
    assert Fold.objects.get(brand=brand, state=Fold.State.LIVE) == build
    assert_whole(brand)
    assert before != folded(brand)


def test_minutes_are_forgotten_after_some_days(brand):
    write(Crowd(brand, *AUTUMN).rows(100))
    now = utc(2026, 11, 4)
    fold_all(now)
    assert_whole(brand, now)
    services.forget_minutes(now=LATER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(minute) FROM analytics_minutefigures")
        assert cursor.fetchone()[0] >= LATER - folding.MINUTES_KEPT
