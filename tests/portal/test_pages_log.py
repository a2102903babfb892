"""The event log, its filters and pages, and one event explained."""

import csv
import json
import shlex
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from urllib.parse import quote

import pytest
from django.urls import reverse

from brands.models import AuditEntry, Role, Trust
from events import services as events
from events.models import Cooldown, Event, EventDetail, EventType
from tests.events.calls import report
from tests.portal.conftest import NOON
from wallets.services import public_wallet_id

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
    assert "what it pays once for was not sent" in page.text
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
    "query",
    ["?event_type=No%20name", "?status=%00", "?world=9", "?before=x", f"?before={'9' * 40}-1"],
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


def rows(page):
    return [row.public_id for row in page.context["page"].rows]


def test_every_filter_stands_in_the_url(as_ann, brand, order, review):
    first = report(brand, metadata={"order_id": "ORD-12345", "note": "to a friend"})
    report(brand, "review", "bob@example.com", trust=Trust.SIGNED, at=NOON + timedelta(days=1))
    wallet = public_wallet_id(brand_id=brand.pk, wallet=first.wallet)
    for query in (
        "?words=ord-123*+FRIEND",
        "?person=Ann@example.com",
        f"?person={wallet}",
        "?trust=key",
        "?source=api&event_type=order&status=rewarded&trust=key&words=friend",
        "?until=2026-03-19T00:00",
        "?since=2026-03-18T13:00&until=2026-03-18T13:01",
    ):
        assert rows(as_ann.get(log_of(brand, query))) == [first.event_id], query
    for query in (
        "?person=nobody@example.com",
        f"?person={wallet[:-1]}x",
        "?words=friends",
        "?source=shopify",
        "?event_type=gone",
        "?since=2026-03-18T13:00:01&until=2026-03-18T13:01",
        "?period=today",
    ):
        page = as_ann.get(log_of(brand, query))
        assert rows(page) == [], query
        assert "Nothing matches" in page.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?person=ann", "exactly one @"),
        ("?since=yesterday", "Write it as 2026-03-18T14:00"),
        ("?since=0001-01-01T00:00", "a year after 2000"),
        ("?since=2026-03-18T14:00&until=2026-03-18T14:00", "not after the beginning"),
        ("?words=%2A", "Write a word or a number"),
        (f"?words={'x' * 201}", "at most 200 characters"),
        ("?words=%00", "Null characters are not allowed"),
    ],
)
def test_what_was_typed_wrong_is_said_and_nothing_is_shown_instead(
    as_ann, brand, order, query, sentence
):
    report(brand, metadata={"order_id": 1})
    page = as_ann.get(log_of(brand, query))
    assert sentence in page.text
    assert rows(page) == []


def test_filters_in_use_are_taken_away_one_by_one(as_ann, brand, order):
    report(brand, metadata={"order_id": "ORD-1"})
    page = as_ann.get(log_of(brand, "?status=capped&words=ord-1&period=&trust="))
    chips = {chip.label: chip.without for chip in page.context["chips"]}
    assert chips == {"Decision": "words=ord-1", "Words in the metadata": "status=capped"}
    # What would help is said.
    assert [chip.label for chip in page.context["drops"]] == ["Decision"]


def test_htmx_gets_the_part_it_asks_for_at_an_address_without_what_is_empty(as_ann, brand, order):
    headers = {"HX-Request": "true", "HX-Target": "found"}
    part = as_ann.get(log_of(brand, "?status=capped&words=&trust=&world="), headers=headers)
    assert '<div id="found"' in part.text
    assert "<form id=" not in part.text
    assert part.headers["HX-Push-Url"].endswith("/log/?status=capped")
    assert as_ann.get(log_of(brand), headers=headers).headers["HX-Push-Url"].endswith("/log/")


def test_newer_and_older_pages_meet(as_ann, brand, order, monkeypatch):
    monkeypatch.setattr("portal.views.log.PAGE", 2)
    for n in range(5):
        report(brand, metadata={"order_id": n}, at=NOON + timedelta(seconds=n))
    first = as_ann.get(log_of(brand))
    assert "2 of many" in first.text
    second = as_ann.get(log_of(brand, f"?before={first.context['page'].next}"))
    third = as_ann.get(log_of(brand, f"?before={second.context['page'].next}"))
    assert len(rows(third)) == 1
    assert rows(as_ann.get(log_of(brand, f"?after={third.context['page'].newer}"))) == rows(second)
    assert rows(as_ann.get(log_of(brand, f"?after={second.context['page'].newer}"))) == rows(first)


def test_what_is_new_is_told_once(as_ann, brand, order):
    report(brand, metadata={"order_id": 1})
    page = as_ann.get(log_of(brand))
    news = reverse("portal:log-news", args=[brand.slug]) + f"?seen={page.context['seen']}"
    assert as_ann.get(news).status_code == 204
    report(brand, metadata={"order_id": 2}, at=NOON + timedelta(seconds=5))
    told = as_ann.get(news)
    assert "1 new event, show" in told.text
    assert as_ann.get(f"{news}&told=1").status_code == 204
    assert as_ann.get(f"{news}&status=capped").status_code == 204
    assert as_ann.get(f"{news}&person=x").status_code == 204


PERSONAL = {
    "order_id": "ORD-1",
    "customer": {"name": "Maximilian", "email": "max@example.com"},
    "note": "call +49 30 1234567",
}
SECRETS = ("Maximilian", "max@example.com", "1234567", "ann@example.com")


def act(client, brand, name, outcome, **more):
    return client.post(reverse(f"portal:{name}", args=[brand.slug, outcome.event_id]), **more)


def test_people_are_masked_until_somebody_asks_and_that_is_noted(as_ann, brand, order):
    outcome = report(brand, metadata=PERSONAL)
    page = event_page(as_ann, brand, outcome)
    assert [secret for secret in SECRETS if secret in page.text] == []
    assert "an•••@example.com" in page.text
    assert "ORD-1" in page.text
    whole = act(as_ann, brand, "reveal-event", outcome)
    assert [secret for secret in SECRETS if secret not in whole.text] == []
    entry = AuditEntry.objects.get(action="event.revealed")
    assert entry.subject == outcome.event_id
    # This once.
    assert "Maximilian" not in event_page(as_ann, brand, outcome).text


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.ANALYST])
def test_who_may_not_see_people_is_not_offered_to(as_role, brand, order, role):
    outcome = report(brand, metadata=PERSONAL)
    client = as_role(role)
    page = event_page(client, brand, outcome)
    assert "Show whole" not in page.text
    assert ("Send again as test" in page.text) == (role == Role.DEVELOPER)
    assert act(client, brand, "reveal-event", outcome).status_code == 403


def test_a_business_key_that_is_a_persons_is_masked_in_the_explanation(as_ann, brand):
    terms = events.Terms(amount=1, business_key="metadata.email")
    events.create_event_type(brand=brand, key="k", name="K", terms=terms, by=None, now=NOON)
    page = event_page(as_ann, brand, report(brand, "k", metadata={"email": "max@example.com"}))
    assert "max@example.com" not in page.text
    assert "ma•••@example.com" in page.text


def test_the_answer_is_the_one_that_a_retry_would_get(as_ann, brand, order, client):
    outcome = report(brand, metadata={"order_id": 1})
    said = json.loads(event_page(as_ann, brand, outcome).context["response"])
    assert said["event_id"] == outcome.event_id
    assert said["reward"] == {"amount": "10.00", "currency": "RSNC"}
    assert said["wallet"]["created"] is True
    quiet = report(brand, metadata={"order_id": 2}, trust=Trust.OPEN, client="c")
    assert "wallet" not in json.loads(event_page(as_ann, brand, quiet).context["response"])


def test_the_call_can_be_copied_and_harms_nobody(as_ann, brand, order):
    outcome = report(brand, metadata={"order_id": "it's $HOME `x`", "total": Decimal("89.990")})
    call = event_page(as_ann, brand, outcome).context["call"]
    assert "$RESONANCE_KEY" in call
    assert "an•••@example.com" in call
    body = json.loads(shlex.split(call.replace("\\\n", ""))[-1], parse_float=Decimal)
    assert body["metadata"] == {"order_id": "it's $HOME `x`", "total": Decimal("89.990")}
    assert "89.990" in call
    assert body["test"] is True


def test_an_event_is_sent_again_as_a_test(as_role, brand, order):
    outcome = report(brand, metadata=PERSONAL)
    # A developer sees the address masked; what is sent is the whole one.
    client = as_role(Role.DEVELOPER)
    answer = act(client, brand, "send-event-again", outcome, follow=True)
    assert "Sent again as a test" in answer.text
    again = Event.objects.get(test=True)
    assert again.detail.address == "ann@example.com"
    assert again.detail.metadata == PERSONAL
    assert (again.status, again.source, again.trust) == ("rewarded", "portal", "key")
    assert answer.redirect_chain[-1][0].endswith(f"/{again.public_id}/")
    assert AuditEntry.objects.get(action="event.sent_again").after == {"event": again.public_id}
    # In the drawer the new event takes the place of the old one.
    part = act(client, brand, "send-event-again", outcome, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert '<span class="chip test">' in part.text


def test_what_cannot_be_sent_again_says_why(as_ann, brand, order):
    outcome = report(brand, metadata=PERSONAL)
    EventType.objects.update(least_trust=Trust.SIGNED)
    page = act(as_ann, brand, "send-event-again", outcome, follow=True)
    assert "It would be refused today. This event needs at least the trust" in page.text
    EventDetail.objects.all().delete()
    page = act(as_ann, brand, "send-event-again", outcome, follow=True)
    assert "has been erased" in page.text
    assert not Event.objects.filter(test=True).exists()


def test_the_drawer_is_the_page_without_its_frame(as_ann, brand, order):
    outcome = report(brand, metadata={"order_id": 1})
    address = reverse("portal:event", args=[brand.slug, outcome.event_id])
    part = as_ann.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert f'data-address="{address}"' in part.text
    assert "Why it was decided so" in part.text


def csv_of(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_what_is_filtered_is_taken_away_masked_and_without_formulas(as_ann, brand, order):
    report(brand, metadata={"order_id": "=1+1"})
    later = NOON + timedelta(seconds=1)
    report(brand, metadata=PERSONAL, address="=max@example.com", at=later)
    report(brand, test=True)
    export = reverse("portal:export-log", args=[brand.slug])
    first, second = csv_of(as_ann.get(export))
    assert (first["person"], second["person"]) == ("'=m•••@example.com", "an•••@example.com")
    assert second["metadata"] == '{"order_id": "=1+1"}'
    assert (second["rsnc"], second["decision"], second["world"]) == ("10.00", "rewarded", "live")
    assert second["received_at"] == "2026-03-18T13:00:00+01:00"
    assert not any(secret in f"{first}" for secret in SECRETS)
    assert [row["person"] for row in csv_of(as_ann.get(f"{export}?words=ord-1"))] == [
        "'=m•••@example.com"
    ]
    wrong = as_ann.get(f"{export}?person=x")
    assert wrong.status_code == 302


def test_whole_addresses_are_taken_away_and_that_is_noted(as_ann, brand, order):
    report(brand, metadata=PERSONAL)
    export = reverse("portal:export-people", args=[brand.slug])
    (row,) = csv_of(as_ann.post(export, {"person": "ann@example.com", "status": "rewarded"}))
    assert row["person"] == "ann@example.com"
    assert "Maximilian" in row["metadata"]
    noted = AuditEntry.objects.get(action="log.exported").after
    assert noted == {"person": "an•••@example.com", "status": "rewarded"}


def test_an_export_has_an_end_and_says_so(as_ann, brand, order, monkeypatch):
    monkeypatch.setattr("portal.export.MOST", 5)
    monkeypatch.setattr("portal.export.CHUNK", 2)
    for n in range(7):
        report(brand, metadata={"order_id": n}, at=NOON + timedelta(seconds=n))
    found = csv_of(as_ann.get(reverse("portal:export-log", args=[brand.slug])))
    assert len({row["received_at"] for row in found[:-1]}) == 5
    assert found[-1]["event_id"].startswith("These are the newest 5 events.")


def test_hostile_metadata_breaks_nothing(as_ann, brand, order):
    deep: dict[str, object] = {"x": HOSTILE}
    for _ in range(6):
        deep = {HOSTILE: deep}
    metadata = {f"k{n}{HOSTILE}": "W" * 1_000 for n in range(90)} | {"deep": deep, "order_id": 1}
    outcome = report(brand, metadata=metadata)
    page = event_page(as_ann, brand, outcome)
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    found = as_ann.get(log_of(brand, "?words=" + quote(HOSTILE + " www*")))
    assert rows(found) == [outcome.event_id]
    assert "<script>alert" not in found.text
