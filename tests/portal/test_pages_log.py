"""The event log, its filters and pages, and one event explained."""

from datetime import timedelta

import pytest
from django.urls import reverse

from brands.models import Trust
from events import services as events
from events.models import Cooldown, Event, EventDetail
from tests.events.calls import report
from tests.portal.conftest import NOON

HOSTILE = "<script>alert(1)</script>\u202e<img src=x onerror=alert(2)>"


@pytest.fixture
def review(brand):
    """5.00 RSNC once every 24 hours, at most 5.00 a day."""
    terms = events.Terms(
        amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=86_400, person_daily_cap=5_00
    )
    return events.create_event_type(
        brand=brand, key="review", name="Review", terms=terms, by=None, now=NOON
    )


def log_of(brand, query=""):
    return reverse("portal:log", args=[brand.slug]) + query


def event_page(client, brand, outcome):
    return client.get(reverse("portal:event", args=[brand.slug, outcome.event_id]))


def sentences(page):
    return [(line.ok, line.sentence) for line in page.context["explanation"]]


def names(page):
    return [row.person for row in page.context["page"].rows]


def test_an_empty_log_says_what_to_do_next(as_ann, brand):
    assert "No event yet" in as_ann.get(log_of(brand)).text


def test_a_line_says_what_was_decided(as_ann, brand, order):
    report(brand, metadata={"order_id": 1})
    report(brand, metadata={"order_id": 1}, at=NOON + timedelta(seconds=1))
    report(brand, at=NOON + timedelta(seconds=2))
    page = as_ann.get(log_of(brand))
    assert "an•••@example.com" in page.text
    assert "ann@example.com" not in page.text
    assert [row.status for row in page.context["page"].rows] == [
        "no_reward",
        "duplicate",
        "rewarded",
    ]
    assert "+10.00" in page.text
    assert "the value that it earns once for was not sent" in page.text
    # 12:00 UTC in Berlin, to the millisecond.
    assert ">13:00:00.000</time>" in page.text
    assert "Wednesday 18 March 2026" in page.text


def test_the_log_is_narrowed_by_the_url(as_ann, brand, order, review):
    report(brand, metadata={"order_id": 1})
    report(brand, "review", "bob@example.com")
    report(brand, "review", "bob@example.com", at=NOON + timedelta(seconds=1))
    assert names(as_ann.get(log_of(brand, "?event_type=order"))) == ["an•••@example.com"]
    assert len(names(as_ann.get(log_of(brand, "?event_type=review")))) == 2
    both = as_ann.get(log_of(brand, "?event_type=review&status=cooldown"))
    assert names(both) == ["bo•••@example.com"]
    assert "Show everything" in both.text
    assert "Nothing matches" in as_ann.get(log_of(brand, "?status=capped")).text


def test_test_events_are_apart_and_marked(as_ann, brand, order):
    report(brand, address="live@example.com", metadata={"order_id": 1})
    report(brand, address="test@example.com", metadata={"order_id": 1}, test=True)
    assert names(as_ann.get(log_of(brand))) == ["li•••@example.com"]
    page = as_ann.get(log_of(brand, "?world=test"))
    assert names(page) == ["te•••@example.com"]
    assert '<span class="chip test">test</span>' in page.text


@pytest.mark.parametrize(
    "query", ["?event_type=No%20name", "?status=%00", "?world=9", "?before=x", f"?before={'9' * 40}-1"]
)
def test_a_filter_that_makes_no_sense_is_left_out(as_ann, brand, order, query):
    report(brand, metadata={"order_id": 1})
    assert len(names(as_ann.get(log_of(brand, query)))) == 1


def test_older_events_are_pages_on(as_ann, brand, order, monkeypatch):
    monkeypatch.setattr("portal.views.log.PAGE", 2)
    # Two of the same instant, so that a cursor of the time alone would lose or repeat one.
    moments = [0, 1, 1, 2, 3]
    for n, second in enumerate(moments):
        report(
            brand,
            address=f"p{n}x@example.com",
            metadata={"order_id": n},
            at=NOON + timedelta(seconds=second),
        )
    seen, query = [], ""
    for _ in range(3):
        page = as_ann.get(log_of(brand, query))
        seen += [row.public_id for row in page.context["page"].rows]
        query = f"?before={page.context['page'].next}"
    assert len(seen) == len(set(seen)) == 5
    assert page.context["page"].next is None
    kept = as_ann.get(log_of(brand, "?status=rewarded"))
    assert "?status=rewarded&amp;before=" in kept.text


def test_the_list_comes_alone_for_htmx(as_ann, brand, order):
    part = as_ann.get(log_of(brand), headers={"HX-Request": "true"})
    assert '<section id="log"' in part.text
    assert "<html" not in part.text
    assert "HX-Request" in part.headers["Vary"]


def test_a_reward_is_explained(as_ann, brand, review):
    page = event_page(as_ann, brand, report(brand, "review"))
    assert sentences(page) == [
        (True, "The rule of review matches, version 1."),
        (True, "Once every 24 hours per person. The person had not earned it before."),
        (True, "At most 5.00 RSNC a day per person, and 0.00 had been earned."),
        (True, "5.00 RSNC credited."),
    ]
    assert "from issued to available" in page.text
    assert "This person can earn <b>review</b> again from" in page.text


def test_a_cooldown_is_explained(as_ann, brand, review):
    report(brand, "review")
    page = event_page(as_ann, brand, report(brand, "review", at=NOON + timedelta(hours=1)))
    assert sentences(page)[-1] == (
        False,
        "Once every 24 hours per person. The last reward was on 18 March 2026 at 13:00:00.",
    )
    assert "No credit moved." in page.text


def test_a_daily_limit_is_explained(as_ann, brand, review):
    rule = review.rules.get()
    report(brand, "review")
    terms = events.Terms(amount=3_00, person_daily_cap=5_00)
    events.publish(rule=rule, terms=terms, by=None, now=NOON)
    page = event_page(as_ann, brand, report(brand, "review", at=NOON + timedelta(hours=1)))
    assert sentences(page)[-1] == (
        False,
        "At most 5.00 RSNC a day per person, and 5.00 had been earned, too much for 3.00 more.",
    )


def test_a_duplicate_leads_to_the_event_that_earned(as_ann, brand, order):
    first = report(brand, metadata={"order_id": "ORD-1"})
    page = event_page(as_ann, brand, report(brand, metadata={"order_id": "ORD-1"}))
    ok, sentence = sentences(page)[-1]
    assert not ok
    assert "ORD-1" in sentence
    assert reverse("portal:event", args=[brand.slug, first.event_id]) in page.text


def test_a_missing_value_is_explained(as_ann, brand, order):
    page = event_page(as_ann, brand, report(brand))
    assert sentences(page)[0][1].startswith("It pays once per metadata.order_id, and that was not")


def test_a_switched_off_event_type_is_explained(as_ann, brand, order):
    events.switch_event_type(event_type=order, active=False, by=None, now=NOON)
    page = event_page(as_ann, brand, report(brand, metadata={"order_id": 1}))
    assert sentences(page) == [(False, "Nothing to pay: the event type is switched off.")]


def test_the_bounds_of_open_calls_are_explained(as_ann, brand, order):
    within = report(brand, metadata={"order_id": 1}, trust=Trust.OPEN, client="c")
    assert (True, "Within the limits for open calls.") in sentences(
        event_page(as_ann, brand, within)
    )
    brand.open_person_daily = 15_00
    brand.save()
    beyond = report(brand, metadata={"order_id": 2}, trust=Trust.OPEN, client="c")
    assert sentences(event_page(as_ann, brand, beyond))[-1] == (
        False,
        "Beyond the person's daily limit for open calls.",
    )


def test_hostile_text_stays_text(as_ann, brand, order):
    outcome = report(
        brand,
        metadata={"order_id": HOSTILE, HOSTILE: {"deep": ["x" * 1_000]}},
        request={"headers": {"User-Agent": HOSTILE}, "method": "POST"},
    )
    for page in (event_page(as_ann, brand, outcome), as_ann.get(log_of(brand))):
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "\u202e" not in page.text
    assert "headers: User-Agent" in event_page(as_ann, brand, outcome).text


def test_an_erased_event_still_has_its_page(as_ann, brand, order):
    outcome = report(brand, metadata={"order_id": 1})
    EventDetail.objects.all().delete()
    page = event_page(as_ann, brand, outcome)
    assert "has been erased" in page.text
    assert "erased" in as_ann.get(log_of(brand)).text
    assert Event.objects.count() == 1


def test_another_brands_event_is_not_there(as_ann, brand, other_brand):
    terms = events.Terms(amount=1)
    events.create_event_type(brand=other_brand, key="k", name="K", terms=terms, by=None, now=NOON)
    theirs = report(other_brand, "k")
    assert event_page(as_ann, brand, theirs).status_code == 404


@pytest.mark.parametrize("name", ["evt_", "evt_" + "0" * 32, "nonsense", "evt_" + "g" * 32])
def test_an_event_that_never_was_is_not_there(as_ann, brand, name):
    assert as_ann.get(reverse("portal:event", args=[brand.slug, name])).status_code == 404
