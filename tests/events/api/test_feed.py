"""The feed gives every event of the brand once, in order, page by page, and to nobody else."""

import string
from base64 import urlsafe_b64decode

import pytest

from brands import services as brands
from brands.models import Scope
from events.models import Event, EventDetail
from events.queries.feed import MOST_POSITION, Place, parse_cursor
from tests.api_client import EVENT, refusal
from tests.events.api.test_round_trips import forget, round_trips
from tests.events.calls import another_connection
from tests.events.test_feed import horizon
from tests.live_server import until

__all__ = ["round_trips"]

PATH = "/resonance-api/events"
REVIEW = {"event": "post_review", "email": "bob@example.com"}

# Nothing is below the horizon before it has been committed.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("place_order", "post_review"),
]


@pytest.fixture
def read(api, bearer):
    """One page: its events and the next cursor."""

    def read(after: str | None = None, *, wait: bool = True, **query: int):
        if wait:
            until_certain()
        found = {**({} if after is None else {"after": after}), **query}
        text = "&".join(f"{name}={value}" for name, value in found.items())
        response = api.get(f"{PATH}?{text}", **bearer)
        assert response.status_code == 200, response.content
        page = response.json()
        assert list(page) == ["events", "next"]
        return page["events"], page["next"]

    return read


def until_certain() -> None:
    """Tests beside this one write in other databases of the same server, which has one horizon."""
    last = max(Event.objects.values_list("position", flat=True), default=0)
    until(lambda: horizon() > last, seconds=20, what="the transactions of others to end")


def test_the_events_come_in_their_order_page_by_page(api, bearer, read):
    sent = [api.post(REVIEW, **bearer).json()["event_id"] for _ in range(7)]
    found, cursor = [], None
    for size in (3, 3, 1, 0, 0):
        page, cursor = read(cursor, limit=3)
        assert len(page) == size
        found += [event["event_id"] for event in page]
    assert found == sent
    late = api.post(EVENT, **bearer).json()["event_id"]
    assert [event["event_id"] for event in read(cursor)[0]] == [late]


def test_an_event_is_told_as_it_is_by_itself(api, bearer, read):
    answer = api.post(EVENT, **bearer).json()
    whole = api.get(f"{PATH}/{answer['event_id']}", **bearer).json()
    (event,), _ = read()
    assert event == {name: value for name, value in whole.items() if name != "transfers"}
    assert event["wallet"]["id"] == answer["wallet"]["id"]


def test_a_batch_is_read_in_the_order_of_its_items(api, bearer, read):
    items = [REVIEW | {"email": f"p{n}@example.com"} for n in range(60)]
    answer = api.post({"events": items}, f"{PATH}/batch", **bearer).json()
    found, cursor = read(limit=40)
    found += read(cursor)[0]
    assert [e["event_id"] for e in found] == [r["event_id"] for r in answer["results"]]


def test_before_the_first_event_there_is_a_cursor_already(api, bearer, read):
    found, cursor = read()
    assert found == []
    event = api.post(EVENT, **bearer).json()["event_id"]
    assert [each["event_id"] for each in read(cursor)[0]] == [event]


def test_test_events_say_that_they_are(api, bearer, read):
    api.post({**EVENT, "test": True}, **bearer)
    api.post(EVENT, **bearer)
    assert [event["test"] for event in read()[0]] == [True, False]


def test_what_has_been_erased_is_null_and_the_event_stays(api, bearer, read):
    api.post(EVENT, **bearer)
    EventDetail.objects.all().delete()
    (event,), _ = read()
    assert (event["email"], event["metadata"], event["decision"]["observed"]) == (None, None, None)
    assert event["status"] == "rewarded"


def test_another_brand_reads_nothing_of_it(api, bearer, other_brand, now, read):
    api.post(EVENT, **bearer)
    _, cursor = read()
    new = brands.create_key(brand=other_brand, name="K", scopes=Scope.values, by=None, now=now)
    for query in ("", f"?after={cursor}"):
        theirs = api.get(f"{PATH}{query}", authorization=f"Bearer {new.secret}").json()
        assert theirs["events"] == []


def test_a_key_must_be_allowed_to_read(api, brand, of_brand, now):
    scopes = [Scope.EVENTS_WRITE, Scope.WALLETS_READ]
    new = brands.create_key(brand=brand, name="W", scopes=scopes, by=None, now=now)
    refusal(api.get(PATH, authorization=f"Bearer {new.secret}"), "scope_missing")
    refusal(api.get(PATH, **of_brand), "trust_too_low")
    refusal(api.get(PATH), "brand_required")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "", "ten", "1e2", "٣", "9" * 5_000])
def test_a_page_has_1_to_500_events(api, bearer, limit):
    problem = refusal(api.get(f"{PATH}?limit={limit}", **bearer), "invalid_parameter")
    assert problem["errors"][0]["param"] == "limit"


def test_a_cursor_that_no_page_gave_is_refused(api, bearer, read):
    api.post(EVENT, **bearer)
    _, cursor = read()
    letters = string.ascii_letters + string.digits + "-_"
    wrong = {
        cursor[:n] + letters[letters.index(c) ^ 1] + cursor[n + 1 :] for n, c in enumerate(cursor)
    }
    wrong |= {"", "0", cursor[:-1], cursor + "A", cursor + "==", "ü" * 38, "!" * 38, "%00" * 13}
    wrong.add(str(Place(MOST_POSITION + 1, parse_cursor(cursor).event)))
    for text in wrong:
        problem = refusal(api.get(f"{PATH}?after={text}", **bearer), "invalid_parameter")
        assert problem["errors"][0]["param"] == "after"
    assert urlsafe_b64decode(cursor + "==")


def test_an_event_that_is_not_committed_hides_those_after_it(api, bearer, read):
    """Whoever read past it would never see it."""
    with another_connection() as other:
        other.execute("SELECT pg_current_xact_id()")
        event = api.post(EVENT, **bearer).json()["event_id"]
        found, cursor = read(wait=False)
        assert found == []
    assert [each["event_id"] for each in read(cursor)[0]] == [event]


def test_a_page_is_one_query(api, bearer, round_trips):
    for number in range(5):
        api.post(REVIEW | {"email": f"p{number}@example.com"}, **bearer)
    until_certain()
    forget(round_trips)
    assert len(api.get(PATH, **bearer).json()["events"]) == 5
    assert len(round_trips["postgresql"]) == 2
    assert "config_version" in round_trips["postgresql"][0]
