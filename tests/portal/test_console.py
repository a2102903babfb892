"""The test console answers as the API does, says why, and never sends anything live."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from brands import services as brands
from brands.models import Brand, Role, Trust
from events import services as events
from events.models import Event, UnmatchedEvent
from portal.console import Composed
from tests.api_client import Api, empty_limits  # noqa: F401
from tests.events.calls import WRITTEN, report, snapshot
from tests.portal.conftest import NOON

pytestmark = pytest.mark.usefixtures("order", "empty_limits")
HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 50


@pytest.fixture
def dan(as_role):
    """A developer, who may send tests and sees people masked."""
    return as_role(Role.DEVELOPER)


def console(brand):
    return reverse("portal:test-console", args=[brand.slug])


def typed(**changes):
    return {
        "event": "order",
        "email": "ann@example.com",
        "metadata": '{"order_id": "T-1"}',
        "idempotency_key": "",
        "trust": "key",
        "mode": "dry_run",
    } | changes


def answered(page):
    return json.loads(page.context["played"].response.content)


def sentences(page):
    return [line.sentence for line in page.context["lines"]]


def test_the_form_begins_with_something_that_works(dan, brand):
    page = dan.get(console(brand))
    assert page.context["form"]["event"].value() == "order"
    assert "The answer appears here" in page.text
    assert '<option value="order">' in page.text


@pytest.mark.parametrize("wanted", ["\0", "no_such", "9" * 5_000])
def test_an_event_type_that_nobody_has_begins_with_the_first(dan, brand, wanted):
    page = dan.get(console(brand), {"type": wanted})
    assert page.context["form"]["event"].value() == "order"


def test_a_dry_run_is_explained_and_records_nothing(dan, brand):
    before = snapshot(WRITTEN)
    page = dan.post(console(brand), typed())
    assert snapshot(WRITTEN) == before
    said = answered(page)
    assert (said["status"], said["event_id"], said["message"]) == (
        "rewarded",
        None,
        "10.00 RSNC would be credited.",
    )
    assert sentences(page) == [
        "The rule of order matches, version 1.",
        "metadata.order_id is \u2068T-1\u2069, and that had not earned before.",
        "10.00 RSNC would be credited.",
    ]
    assert "nothing was recorded" in page.text
    assert [name for name, _ in page.context["timing"]] == [
        "auth",
        "limits",
        "decide",
        "record",
        "whole",
    ]


def test_a_dry_run_sees_what_is_live(dan, brand):
    earned = report(brand, metadata={"order_id": "T-1"})
    page = dan.post(console(brand), typed())
    assert answered(page)["status"] == "duplicate"
    assert page.context["lines"][-1].see == earned.event_id


def test_a_dry_run_of_what_lacks_its_key_says_which(dan, brand):
    page = dan.post(console(brand), typed(metadata=""))
    assert "It pays once per metadata.order_id" in sentences(page)[0]


def test_a_test_is_recorded_apart(dan, brand):
    page = dan.post(console(brand), typed(mode="test", trust="signed"))
    event = Event.objects.get()
    assert (event.test, event.trust, event.source) == (True, "signed", "console")
    assert answered(page)["event_id"] == event.public_id
    assert event.public_id in page.text
    assert sentences(page)[-1] == "10.00 RSNC credited."


def test_an_open_caller_is_told_no_more_than_ever(dan, brand):
    page = dan.post(console(brand), typed(mode="test", trust="open"))
    assert "wallet" not in answered(page)
    assert sentences(page)[-2] == "Within the limits for open calls."
    assert f"X-Resonance-Brand: {brand.public_id}" in page.context["call"]


@pytest.mark.parametrize("mode", ["dry_run", "test"])
def test_what_it_answers_is_what_the_api_answers(dan, brand, mode):
    now = timezone.now()
    new = brands.create_key(brand=brand, name="K", scopes=["events:write"], by=None, now=now)
    page = dan.post(console(brand), typed(mode=mode))
    body: dict[str, Any] = {
        "event": "order",
        "email": "ann2@example.com",
        "metadata": {"order_id": "T-2"},
    }
    body[mode] = True
    real = Api().post(body, authorization=f"Bearer {new.secret}")
    ours, theirs = answered(page), real.json()
    assert ours.keys() == theirs.keys()
    for own in ("event_id", "request_id", "wallet"):
        ours.pop(own), theirs.pop(own)
    assert ours == theirs


@pytest.mark.parametrize(
    ("change", "field", "code", "sentence"),
    [
        ({"event": ""}, "event", "invalid_event", "Send event."),
        ({"event": "No Such"}, "event", "invalid_event", "Use a-z"),
        ({"event": "unheard_of"}, "event", "unknown_event", "There is no event type"),
        ({"email": "ann"}, "email", "invalid_event", "ann@example.com"),
        ({"email": "\ud7ff\u200b" * 300}, "email", "invalid_event", ""),
        ({"metadata": "{"}, "metadata", "invalid_json", "line 1, column 2"),
        ({"metadata": '{"a": 1, "a": 2}'}, "metadata", "invalid_json", "a is there twice"),
        ({"metadata": '{"a": NaN}'}, "metadata", "invalid_json", "NaN is not JSON"),
        ({"metadata": "[1]"}, "metadata", "invalid_event", "Send a JSON object"),
        ({"metadata": '{"a": "' + "x" * 1001 + '"}'}, "metadata", "invalid_event", "metadata.a"),
        ({"metadata": '{"a": "\\u0000"}'}, "metadata", "invalid_event", "NUL"),
        ({"metadata": '{"a": "\\ud800"}'}, "metadata", "invalid_event", "surrogate"),
        ({"metadata": '{"a": 1e99}'}, "metadata", "invalid_event", "exponent"),
        ({"metadata": "[" * 5000}, "metadata", "invalid_event", "levels"),
        ({"idempotency_key": "two words"}, "idempotency_key", "invalid_event", "without spaces"),
    ],
)
def test_what_is_wrong_is_said_as_the_api_says_it_at_the_field(
    dan, brand, change, field, code, sentence
):
    page = dan.post(console(brand), typed(**change))
    assert page.status_code == 200
    assert answered(page)["code"] == code
    assert sentence in " ".join(page.context["form"].errors[field])
    assert page.context["form"][field].value() == change[field]
    assert f'id="id_{field}_error"' in page.text


def test_too_much_is_refused_before_it_is_read(dan, brand):
    page = dan.post(console(brand), typed(metadata='{"a": "' + "x" * 40_000 + '"}'))
    assert answered(page)["code"] == "too_large"
    assert page.context["played"].response.status_code == 413


def test_a_nul_is_refused_at_its_field(dan, brand):
    page = dan.post(console(brand), typed(event="a\0b"))
    assert "Null characters" in page.context["form"].errors["event"][0]
    assert "played" not in page.context


@pytest.mark.parametrize(
    "metadata",
    [
        '{}, "test": false',
        '{}, "dry_run": false, "email": "x@example.com"',
        '{}} {"event": "order"',
        '{"order_id": "T-1"}, "occurred_at": "2026-01-01T00:00:00Z"',
    ],
)
@pytest.mark.parametrize("mode", ["dry_run", "test"])
def test_metadata_cannot_break_out_of_their_place(dan, brand, metadata, mode):
    page = dan.post(console(brand), typed(metadata=metadata, mode=mode))
    assert answered(page)["code"] == "invalid_json"
    assert not Event.objects.exists()


def test_nothing_live_is_sent_whatever_is_posted(dan, brand):
    for mode in ("live", "", "test\0"):
        dan.post(console(brand), typed(mode=mode, test="false"))
    assert not Event.objects.filter(test=False).exists()
    live = Composed(
        event="order",
        email="a@example.com",
        metadata="",
        idempotency_key="",
        trust=Trust.KEY,
        dry_run=False,
    )
    assert json.loads(live.raw())["test"] is True


def test_the_least_trust_and_the_state_of_the_brand_are_checked(dan, brand):
    Brand.objects.filter(pk=brand.pk).update(least_trust="signed")
    assert answered(dan.post(console(brand), typed()))["code"] == "trust_too_low"
    assert answered(dan.post(console(brand), typed(trust="signed")))["status"] == "rewarded"
    Brand.objects.filter(pk=brand.pk).update(status="SUSPENDED", least_trust="open")
    assert answered(dan.post(console(brand), typed()))["code"] == "brand_unknown"


def test_an_open_dry_run_is_refused_as_the_api_refuses_it(dan, brand):
    assert answered(dan.post(console(brand), typed(trust="open")))["code"] == "trust_too_low"


def test_the_same_key_again_is_the_first_answer_again(dan, brand):
    form = typed(mode="test", idempotency_key="k-1")
    dan.post(console(brand), form)
    page = dan.post(console(brand), form)
    assert "the first answer again" in page.text
    assert "Idempotent-Replayed: true" in page.context["response_said"]
    other = dan.post(console(brand), form | {"metadata": '{"order_id": "T-9"}'})
    assert answered(other)["code"] == "idempotency_key_reused"
    assert Event.objects.count() == 1


def test_an_unknown_event_is_kept_from_a_test_and_not_from_a_dry_run(dan, brand):
    dan.post(console(brand), typed(event="unheard_of"))
    assert not UnmatchedEvent.objects.exists()
    dan.post(console(brand), typed(event="unheard_of", mode="test"))
    assert UnmatchedEvent.objects.get().test


def test_an_event_is_sent_again_without_showing_whose_it_was(dan, brand):
    metadata = {"order_id": "ORD-7", "email": "secret.person@example.com", "total": 10}
    outcome = report(brand, address="secret.person@example.com", metadata=metadata)
    page = dan.get(console(brand), {"event": outcome.event_id})
    assert "secret.person" not in page.text
    assert "se•••@example.com" in page.text
    form = page.context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    assert (values["mode"], values["trust"], values["email"]) == ("test", "key", "")
    page = dan.post(console(brand), values)
    assert "secret.person" not in page.text
    assert answered(page)["status"] == "rewarded"
    again = Event.objects.get(test=True)
    assert again.detail.address == "secret.person@example.com"
    assert again.detail.metadata == metadata


@pytest.mark.parametrize("mode", ["dry_run", "test"])
def test_why_it_was_decided_so_does_not_say_either_whose_it_was(dan, brand, mode):
    terms = events.Terms(amount=1, business_key="metadata.customer_email")
    events.create_event_type(
        brand=brand, key="joined", name="Joined", terms=terms, by=None, now=NOON
    )
    metadata = {"customer_email": "secret.person@example.com"}
    outcome = report(brand, name="joined", address="secret.person@example.com", metadata=metadata)
    form = dan.get(console(brand), {"event": outcome.event_id}).context["form"]
    values = {name: form[name].value() or "" for name in form.fields} | {"mode": mode}
    page = dan.post(console(brand), values)
    assert "metadata.customer_email is" in " ".join(sentences(page))
    assert "secret.person" not in page.text


def test_what_was_changed_in_it_is_sent_as_changed(dan, brand):
    outcome = report(brand, address="secret.person@example.com", metadata={"order_id": "O-1"})
    form = typed(mode="test", source=outcome.event_id, email="eve@example.com")
    dan.post(console(brand), form)
    again = Event.objects.get(test=True)
    assert (again.detail.address, again.detail.metadata) == (
        "eve@example.com",
        {"order_id": "T-1"},
    )


def test_another_brands_event_is_not_there(dan, brand, other_brand):
    terms = events.Terms(amount=1)
    events.create_event_type(
        brand=other_brand, key="order", name="N", terms=terms, by=None, now=NOON
    )
    theirs = report(other_brand, metadata={"order_id": 1})
    for event in (theirs.event_id, "evt_" + "0" * 32, "nonsense", "evt_\0"):
        assert dan.get(console(brand), {"event": event}).status_code == 404
        assert dan.post(console(brand), typed(source=event)).status_code in {404, 200}
    assert not Event.objects.filter(test=True).exists()


def test_a_sample_is_filled_in_and_all_else_stays(dan, brand):
    page = dan.post(console(brand), typed(event="place_order", action="sample", email="x y"))
    assert json.loads(page.context["form"]["metadata"].value())["order_id"] == "ORD-12345"
    assert page.context["form"]["email"].value() == "x y"
    assert "played" not in page.context
    report(brand, metadata={"order_id": "O-5", "phone": "+49 30 1234567"})
    page = dan.post(console(brand), typed(action="sample"))
    sample = json.loads(page.context["form"]["metadata"].value())
    assert sample["order_id"] == "O-5"
    assert "1234567" not in sample["phone"]


def test_numbers_go_out_as_they_were_typed(dan, brand):
    metadata = '{"order_id": 820982911946154508, "total": 89.990, "x": 0.10}'
    page = dan.post(console(brand), typed(metadata=metadata))
    assert metadata in page.context["request_said"]
    assert "820982911946154508" in page.context["call"]


def test_hostile_text_is_only_text(dan, brand):
    metadata = json.dumps({"order_id": HOSTILE}, ensure_ascii=False)
    page = dan.post(console(brand), typed(metadata=metadata, mode="test"))
    assert "<script>alert" not in page.text
    assert answered(page)["status"] == "rewarded"
    page = dan.post(console(brand), typed(event=HOSTILE, email=HOSTILE, metadata=HOSTILE))
    assert "<script>alert" not in page.text


def test_the_answer_comes_alone_where_the_page_is_there(dan, brand):
    page = dan.post(console(brand), typed(), headers={"HX-Request": "true"})
    assert "<html" not in page.text
    assert "would be credited" in page.text


def test_an_analyst_sends_nothing(as_role, brand):
    assert as_role(Role.ANALYST).post(console(brand), typed()).status_code == 403


def connection(dan, brand, **chosen):
    page = dan.get(reverse("portal:test-connection", args=[brand.slug]), chosen)
    assert page.status_code == 200
    return {step.name: step for step in page.context["steps"]}, page


def test_the_connection_says_what_is_missing_and_where_to_mend_it(dan, brand):
    found, page = connection(dan, brand)
    assert [name for name, step in found.items() if not step.ok] == ["keys", "last_event"]
    assert reverse("portal:keys", args=[brand.slug]) in page.text
    assert "2 things are missing" in page.text
    now = timezone.now()
    brands.create_key(brand=brand, name="K", scopes=["events:write"], by=None, now=now)
    report(brand, metadata={"order_id": 1})
    found, page = connection(dan, brand)
    assert all(step.ok for step in found.values())
    assert "Everything stands" in page.text
    assert "Active: order." in found["event_types"].detail


def test_the_connection_from_a_page_is_checked_by_its_origin(dan, brand):
    row = brands.add_domain(
        brand=brand, entry="shop.northwind.example", by=None, now=timezone.now()
    )
    found, _ = connection(dan, brand, trust="open", origin=f"https://{row.host}")
    assert found["domain"].ok
    found, _ = connection(dan, brand, trust="open", origin="https://elsewhere.example")
    assert not found["domain"].ok
    assert "elsewhere.example" in found["domain"].detail
    found, _ = connection(dan, brand, trust="nonsense", origin=HOSTILE)
    assert "keys" in found


def test_a_suspended_brand_has_no_connection(dan, brand):
    Brand.objects.filter(pk=brand.pk).update(status="SUSPENDED")
    found, _ = connection(dan, brand)
    assert [name for name, step in found.items() if not step.ok] == ["brand"]
