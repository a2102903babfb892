"""The overview: today where the brand is, and the call that can be pasted."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.urls import reverse

from brands.models import Brand
from tests.events.calls import report

# Half past midnight in Berlin: today is half an hour old there, and in UTC it is still yesterday.
MIDNIGHT = datetime(2026, 3, 17, 23, 0, tzinfo=UTC)


def overview(client, brand):
    with time_machine.travel(MIDNIGHT + timedelta(minutes=30), tick=False):
        return client.get(reverse("portal:overview", args=[brand.slug]))


def test_an_empty_brand_is_led_through_three_steps(as_ann, brand):
    page = overview(as_ann, brand)
    assert "Three steps, and it runs" in page.text
    assert reverse("portal:event-types", args=[brand.slug]) in page.text


def test_a_step_that_is_done_is_ticked(as_ann, brand, order):
    assert 'class="done"' in overview(as_ann, brand).text


def test_the_call_names_the_brand_and_an_event_that_earns(as_ann, brand, order):
    page = overview(as_ann, brand)
    assert brand.public_id in page.context["call"]
    assert '"event": "order"' in page.context["call"]
    assert page.context["call"].startswith("curl http://127.0.0.1:8000/resonance-api/manual-event")


def test_today_begins_at_midnight_where_the_brand_is(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, at=MIDNIGHT - timedelta(seconds=1))
    report(brand, metadata={"order_id": 2}, at=MIDNIGHT)
    report(brand, metadata={"order_id": 2}, at=MIDNIGHT + timedelta(seconds=1))
    report(brand, metadata={"order_id": 3}, at=MIDNIGHT + timedelta(seconds=2), test=True)
    today = overview(as_ann, brand).context["today"]
    assert (today.events, today.credited, today.rewarded, today.refused) == (2, 10_00, 1, 1)
    assert [(part.status, part.count) for part in today.refusals] == [("duplicate", 1)]


def test_this_week_began_on_monday_where_the_brand_is(as_ann, brand, order):
    monday = datetime(2026, 3, 15, 23, 0, tzinfo=UTC)
    report(brand, metadata={"order_id": 1}, at=monday - timedelta(seconds=1))
    report(brand, metadata={"order_id": 2}, at=monday)
    report(brand, metadata={"order_id": 3}, at=monday, test=True)
    with time_machine.travel(MIDNIGHT, tick=False):
        page = as_ann.get(reverse("portal:event-types", args=[brand.slug]))
    assert [row.paid for row in page.context["rows"]] == [10_00]


def test_a_suspended_brand_is_told(as_ann, brand):
    Brand.objects.update(status=Brand.Status.SUSPENDED)
    assert "This brand is suspended" in overview(as_ann, brand).text
