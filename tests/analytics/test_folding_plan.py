"""What the planner knows nothing of: a fold that has just begun, and that a brand's place is at the end of its events."""

import re

import pytest
from django.db import connection, transaction

from analytics import services
from analytics.models import Fold
from analytics.services import chunk, folding
from events.queries.planner import by_index
from events.services import log
from tests.analytics.raw import Crowd, select, utc, write
from tests.analytics.test_folding import LATER, fold_all
from tests.events.calls import until_certain

pytestmark = pytest.mark.django_db(transaction=True)


class Explaining:
    """A cursor that says how a statement would be answered, instead of what it answers."""

    def __init__(self, cursor) -> None:
        self.cursor = cursor
        self.plan = ""

    def execute(self, sql, values) -> None:
        self.cursor.execute("SET LOCAL enable_seqscan = off")
        self.cursor.execute(f"EXPLAIN {sql}", values)
        self.plan = "\n".join(line for (line,) in self.cursor.fetchall())

    def fetchone(self):
        return None


def test_a_new_folds_people_are_found_by_key_whatever_the_statistics_say(brand, other_brand):
    write(Crowd(other_brand, utc(2026, 10, 20), utc(2026, 11, 5)).rows(200))
    fold_all()
    with connection.cursor() as cursor:
        # Of all that they say, nothing is about the fold that begins now.
        cursor.execute("ANALYZE analytics_person")
    write(Crowd(brand, utc(2026, 10, 20), utc(2026, 11, 5), seed=2).rows(200))
    until_certain()
    build = services.start_build(brand=brand, now=LATER)
    services.advance(fold_id=build.pk, limit=100, now=LATER)
    assert select("SELECT count(*) FROM analytics_person WHERE fold_id = %s", build.pk) != [(0,)]
    with transaction.atomic(), connection.cursor() as cursor:
        explaining = Explaining(cursor)
        fold = Fold.objects.get(pk=build.pk)
        folding.fold_chunk(explaining, fold, limit=100, now=LATER)
    assert "Index Scan using analytics_person_pkey" in explaining.plan
    assert "person_by_first_seen" not in explaining.plan


@pytest.mark.parametrize("behind", [chunk.BEHIND, log.BEHIND])
def test_whether_a_brand_has_news_is_one_probe_of_the_feeds_index(brand, behind):
    write(Crowd(brand, utc(2026, 10, 20), utc(2026, 11, 5)).rows(200))
    with by_index() as cursor:
        cursor.execute(f"EXPLAIN {behind}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search(r"event_feed on events_event e .*\n +Index Cond: \(\(brand_id = b.id\)", plan)
    assert "on events_event" not in plan.replace("event_feed on events_event", "")
