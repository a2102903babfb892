"""`manage.py rebuild_rollups`: from nothing, again and again, and from where it was stopped."""

import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import services
from analytics.models import Fold
from tests.analytics.raw import Crowd, utc, write
from tests.analytics.test_folding import assert_whole, fold_all
from tests.events.calls import another_connection, at_once, until_certain

pytestmark = pytest.mark.django_db(transaction=True)


def rebuild(**options) -> str:
    until_certain()
    out = StringIO()
    call_command("rebuild_rollups", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_figures_are_made_again_from_nothing_for_every_brand(brand, other_brand):
    now = timezone.now()
    for each in (brand, other_brand):
        write(Crowd(each, utc(2026, 10, 20), utc(2026, 11, 5), seed=each.pk).rows(60))
    fold_all(now)
    before = set(Fold.objects.values_list("pk", flat=True))
    said = rebuild()
    assert "northwind: 60 events" in said
    assert "fjell: 60 events" in said
    # Those of before are gone, and what is there is whole.
    assert not before & set(Fold.objects.values_list("pk", flat=True))
    for each in (brand, other_brand):
        assert_whole(each, now)
    other = Fold.objects.get(brand=other_brand)
    rebuild(brand="northwind")
    assert Fold.objects.get(brand=other_brand) == other


def test_what_was_stopped_goes_on_where_it_was(brand):
    write(Crowd(brand, utc(2026, 10, 20), utc(2026, 11, 5)).rows(60))
    until_certain()
    build = services.start_build(brand=brand, now=timezone.now())
    services.advance(fold_id=build.pk, limit=25, now=timezone.now())
    assert "goes on after 25 events" in rebuild(brand="northwind")
    assert Fold.objects.get() == build
    assert_whole(brand, timezone.now())


def test_who_waits_for_another_chunk_does_not_take_its_own_for_slow(brand):
    write(Crowd(brand, utc(2026, 10, 20), utc(2026, 11, 5)).rows(10))
    until_certain()
    build = services.start_build(brand=brand, now=timezone.now())
    with another_connection() as busy:
        busy.execute("SELECT FROM analytics_fold WHERE id = %s FOR UPDATE", [build.pk])

        def end_soon() -> None:
            time.sleep(1)
            busy.rollback()

        progress, _ = at_once(
            [
                lambda: services.advance(
                    fold_id=build.pk, limit=100, now=timezone.now(), wait=True
                ),
                end_soon,
            ]
        )
    assert progress.caught_up
    assert progress.seconds < 1


def test_a_brand_that_is_not_there_is_said(db):
    with pytest.raises(CommandError, match="no brand nobody"):
        rebuild(brand="nobody")
