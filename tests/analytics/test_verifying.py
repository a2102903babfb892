"""Figures are held against the events: what is whole passes, what was changed by hand is found and made again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from analytics import services
from analytics.models import BLOCK, Fold
from brands.models import Brand
from tests.analytics.raw import Crowd, utc, write
from tests.analytics.test_folding import assert_whole, fold_all
from tests.events.calls import another_connection

pytestmark = pytest.mark.django_db(transaction=True)

AUTUMN = utc(2026, 10, 20), utc(2026, 11, 5, 12)
NOON = utc(2026, 11, 5, 12)
BITS = f"B'{'1' * BLOCK}'::bit({BLOCK})"
# What is changed, and where it is found.
CHANGES = {
    "UPDATE analytics_dayfigures SET amount = amount + 1 WHERE status = 'rewarded'": {
        "days",
        "earned",
    },
    "UPDATE analytics_dayfigures SET status = 'lost' WHERE status = 'cooldown'": {"days"},
    "DELETE FROM analytics_dayfigures WHERE NOT test": {"days", "events", "earned"},
    "UPDATE analytics_quarterfigures SET events = events + 1": {"quarters"},
    "DELETE FROM analytics_minutefigures WHERE test": {"minutes"},
    f"UPDATE analytics_presence SET bits = {BITS}": {"present"},
    "DELETE FROM analytics_presence WHERE test": {"present"},
    "UPDATE analytics_person SET first_at = first_at + interval '1 second'": {"people"},
    "UPDATE analytics_person SET earned = earned + 1": {"earned"},
    "DELETE FROM analytics_person WHERE number = 3": {"people", "present", "earned"},
    "UPDATE analytics_person SET number = number + 1": {"people", "present"},
    "UPDATE analytics_fold SET events = events - 1": {"events"},
}


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def kinds(brand: Brand) -> set[str]:
    return {each.kind for each in services.verify_brand(brand=brand, now=NOON)}


@pytest.fixture
def crowd(brand) -> Crowd:
    Brand.objects.filter(pk=brand.pk).update(time_zone="America/St_Johns")
    brand.refresh_from_db()
    return Crowd(brand, *AUTUMN)


@pytest.fixture
def folded(crowd) -> Brand:
    write(crowd.rows(300))
    fold_all(NOON)
    return crowd.brand


def test_figures_are_those_of_the_events_while_others_commit_and_are_not_folded_yet(folded, crowd):
    assert services.verify_brand(brand=folded, now=NOON) == []
    with another_connection() as late:
        write(crowd.rows(20), late)
        write(crowd.rows(20))
        fold_all(NOON)
        write(crowd.rows(20))
        assert services.verify_brand(brand=folded, now=NOON) == []
    assert services.verify_brand(brand=folded, now=NOON) == []


def test_what_was_changed_by_hand_is_found(folded):
    for change, expected in CHANGES.items():
        with transaction.atomic():
            execute(change)
            assert kinds(folded) == expected, change
            transaction.set_rollback(True)


def test_what_differs_at_night_is_made_again(folded, other_brand, caplog):
    write(Crowd(other_brand, *AUTUMN, seed=2).rows(50))
    fold_all(NOON)
    execute("UPDATE analytics_dayfigures SET events = events + 1 WHERE day = '2026-11-04'")
    execute(
        f"DELETE FROM analytics_quarterfigures WHERE fold_id IN (SELECT id FROM analytics_fold WHERE brand_id = {other_brand.pk})"
    )
    assert {each.kind for each in services.verify_some(now=NOON)} == {"days", "events", "quarters"}
    assert "figures differ from the events" in caplog.text
    fold_all(NOON)
    assert_whole(folded, NOON)
    assert_whole(other_brand, NOON)
    assert services.verify_some(now=NOON) == []


def test_every_day_has_its_turn_within_four_weeks(folded):
    execute("UPDATE analytics_quarterfigures SET events = events + 1")
    nights = [
        {each.day for each in services.verify_brand(brand=folded, now=NOON, tonight=night)}
        for night in range(28)
    ]
    last = {NOON.date() - timedelta(days=n) for n in range(3)}
    assert all(last <= night for night in nights)
    assert max(len(night) for night in nights) <= 4
    assert len(set().union(*nights)) >= 16


def test_a_brand_of_no_events_and_a_night_of_no_time_find_nothing(folded, other_brand):
    assert services.verify_brand(brand=other_brand, now=NOON) == []
    execute("UPDATE analytics_quarterfigures SET events = events + 1")
    assert services.verify_some(now=NOON, seconds=-1) == []
    assert not Fold.objects.filter(state=Fold.State.BUILDING)


def test_the_command_says_what_differs_and_how_to_mend_it(folded):
    out = StringIO()
    call_command("verify_rollups", stdout=out)
    assert out.getvalue() == "The figures are those of the events.\n"
    execute("UPDATE analytics_dayfigures SET events = events + 1 WHERE day = '2026-11-04'")
    out, errors = StringIO(), StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_rollups", brand=folded.slug, stdout=out, stderr=errors)
    assert f"{folded.slug}: events and amounts by day on 2026-11-04\n" in out.getvalue()
    call_command("rebuild_rollups", brand=folded.slug, stdout=out, stderr=errors)
    call_command("verify_rollups", brand=folded.slug, stdout=out)
    with pytest.raises(CommandError, match="no brand nobody"):
        call_command("verify_rollups", brand="nobody")
