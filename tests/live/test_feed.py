"""The feed over HTTP, while sixteen connections report events and somebody sits on a transaction."""

import time

import requests

from tests.live.calls import Load, count, database, new_person, with_key
from tests.live_server import LiveServer, until

SECONDS = 5.0


class Reader:
    def __init__(self, server: LiveServer, after: str | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.after = after
        self.found: list[str] = []

    def poll(self) -> int:
        answer = self.session.get(
            self.server.url("/resonance-api/events"),
            params={"limit": "500"} | ({"after": self.after} if self.after else {}),
            headers=with_key(self.server),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        self.after = page["next"]
        self.found += [event["event_id"] for event in page["events"]]
        return len(page["events"])

    def read_all(self) -> "Reader":
        while self.poll():
            pass
        return self


def a_visit(_: int) -> dict:
    return {"event": "daily_visit", "email": new_person()}


def test_a_poller_misses_nothing_of_a_busy_brand(running_server):
    history = Reader(running_server)
    every = "SELECT count(*) FROM events_event e JOIN brands_brand b ON b.id = e.brand_id WHERE slug = %s"
    # What others write on the same database server holds the horizon back for a moment.
    until(
        lambda: (
            len(history.read_all().found) == count(running_server, every, running_server["slug"])
        ),
        seconds=20,
        what="the feed to have all of the past",
    )

    reader = Reader(running_server, history.after)
    end = time.monotonic() + SECONDS
    with Load(running_server, a_visit) as load, database(running_server) as connection:
        while time.monotonic() < end:
            with connection.transaction():
                connection.execute("SELECT pg_current_xact_id()")
                while reader.poll() and time.monotonic() < end:
                    pass
                time.sleep(0.2)
            reader.poll()
    answered = {sent.answer["event_id"] for sent in load.answered}
    until(
        lambda: answered <= set(reader.read_all().found),
        seconds=20,
        what="the feed to have every event",
    )
    assert len(answered) > 100
    assert len(reader.found) == len(set(reader.found))
    assert not set(reader.found) & set(history.found)
    again = Reader(running_server, history.after).read_all()
    assert again.found == reader.found
