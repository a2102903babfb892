"""Unmatched events by page: seen masked, made an event type of, replayed, dismissed."""

import pytest
from django.urls import reverse

from brands.models import Role, Trust
from events import services as events
from events.models import EventType, Replay, UnmatchedEvent, UnmatchedName
from events.tasks import replay_missed, resume_replays
from tests.events.calls import NOON, report

HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 900


def page_of(name, brand, *args):
    return reverse(f"portal:{name}", args=[brand.slug, *args])


def miss(brand, name="friend_invited", **more):
    with pytest.raises(events.UnknownEvent):
        report(brand, name, **more)


def make_type(brand, key="friend_invited", amount=2_00):
    return events.create_event_type(
        brand=brand,
        key=key,
        name="Friend invited",
        terms=events.Terms(amount=amount),
        by=None,
        now=NOON,
    )


def test_nothing_missed_says_so(as_ann, brand):
    assert "Nothing was missed" in as_ann.get(page_of("unmatched", brand)).text


def test_a_name_is_shown_with_a_sample_and_people_masked(as_ann, brand):
    miss(brand, metadata={"friend": "carla@example.com", "note": HOSTILE})
    miss(brand, trust=Trust.OPEN, address="bernhard@example.com", test=True)
    page = as_ann.get(page_of("unmatched", brand))
    assert "friend_invited" in page.text
    assert "2 times; 2 kept, of them 1 test" in page.text
    assert "be•••@example.com" in page.text
    for shown in ("carla@", "bernhard@", "<script>alert", "\u202e"):
        assert shown not in page.text
    assert "?key=friend_invited" in page.text
    assert "1<span" in as_ann.get(page_of("event-types", brand)).text


def test_the_sample_is_the_last_one_masked(as_ann, brand):
    miss(brand, metadata={"friend": "carla@example.com", "note": HOSTILE})
    page = as_ann.get(page_of("unmatched", brand))
    assert "ca•••@example.com" in page.text
    assert "carla@" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "\\u202e" in page.text


def test_who_may_only_look_sees_no_buttons(as_role, brand):
    miss(brand)
    page = as_role(Role.ANALYST).get(page_of("unmatched", brand))
    assert "friend_invited" in page.text
    assert "Dismiss" not in page.text
    assert "Make an event type" not in page.text


def test_a_name_is_dismissed_after_a_question(as_ann, brand):
    miss(brand)
    name = UnmatchedName.objects.get()
    address = page_of("dismiss-unmatched", brand, name.pk)
    assert "1 kept event will be deleted" in as_ann.get(address).text
    page = as_ann.post(address, follow=True)
    assert "friend_invited is dismissed." in page.text
    assert not UnmatchedEvent.objects.exists()
    assert as_ann.post(address).status_code == 404


def test_the_replay_is_said_before_it_is_done(as_ann, brand):
    miss(brand)
    miss(brand, test=True)
    miss(brand, trust=Trust.OPEN)
    event_type = make_type(brand)
    events.require_trust(event_type=event_type, least_trust=Trust.KEY, by=None, now=NOON)
    page = as_ann.get(page_of("replay-event-type", brand, event_type.pk))
    assert "3 events can be made good" in page.text
    assert "2.00 RSNC" in page.text
    assert page.context["most"] == 2_00
    assert "1 of them was sent by callers who proved too little" in page.text
    assert not Replay.objects.exists()


def test_a_replay_is_begun_followed_and_done(
    as_ann, ann, brand, django_capture_on_commit_callbacks
):
    for n in range(3):
        miss(brand, metadata={"n": n}, address=f"p{n}@example.com")
    event_type = make_type(brand)
    with django_capture_on_commit_callbacks() as sent:
        answer = as_ann.post(page_of("replay-event-type", brand, event_type.pk))
    assert len(sent) == 1
    run = Replay.objects.get()
    assert answer["Location"] == page_of("replay", brand, run.pk)
    waiting = as_ann.get(answer["Location"])
    assert "Under way" in waiting.text
    assert "every 1s" in waiting.text
    replay_missed(replay_id=run.pk)
    done = as_ann.get(answer["Location"], headers={"HX-Request": "true"})
    assert "<html" not in done.text
    assert "every 1s" not in done.text
    assert "3 of 3 events" in done.text
    assert "6.00 RSNC" in done.text
    assert "source=replay&amp;status=rewarded" in done.text
    assert run.by == ann
    log = as_ann.get(page_of("log", brand), {"source": "replay"})
    assert log.text.count("p•••@example.com") == 3
    assert "Nothing was missed" in as_ann.get(page_of("unmatched", brand)).text


def test_a_run_whose_message_was_lost_is_taken_up(as_ann, brand):
    miss(brand)
    event_type = make_type(brand)
    as_ann.post(page_of("replay-event-type", brand, event_type.pk))
    resume_replays()
    assert Replay.objects.get().finished_at is None
    Replay.objects.update(touched_at=NOON)
    resume_replays()
    assert Replay.objects.get().finished_at is not None


def test_begun_twice_it_is_one_run(as_ann, brand):
    miss(brand)
    address = page_of("replay-event-type", brand, make_type(brand).pk)
    first, second = as_ann.post(address), as_ann.post(address)
    assert first["Location"] == second["Location"]
    assert "See how far it is" in as_ann.get(address).text


def test_a_type_that_is_off_is_switched_on_first(as_ann, brand):
    miss(brand)
    event_type = make_type(brand)
    EventType.objects.update(active=False)
    address = page_of("replay-event-type", brand, event_type.pk)
    page = as_ann.post(address, follow=True)
    assert "Switch the event type on first" in page.text
    assert not Replay.objects.exists()


def test_with_nothing_left_the_page_says_so(as_ann, brand):
    address = page_of("replay-event-type", brand, make_type(brand).pk)
    assert "Nothing is left to replay" in as_ann.get(address).text
    assert "There is nothing to replay." in as_ann.post(address, follow=True).text
