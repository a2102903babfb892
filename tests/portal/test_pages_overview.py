"""The overview: today where the brand is, and the way to connecting."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import time_machine
from django.urls import reverse

from brands.models import Brand
from tests.events.calls import report

# Half past midnight in Berlin: today is half an hour old there, and in UTC it is still yesterday.
MIDNIGHT = datetime(2026, 3, 17, 23, 0, tzinfo=UTC)


def overview(client, brand):
    with time_machine.travel(MIDNIGHT + timedelta(minutes=30), tick=False):
        return client.get(reverse("portal:overview", args=[brand.slug]))


def test_it_leads_to_setting_up(as_ann, brand, order):
    link = f'class="button first" href="{reverse("portal:setup", args=[brand.slug])}"'
    page = overview(as_ann, brand)
    assert "Three steps, and it pays" in page.text
    assert link in page.text
    report(brand, metadata={"order_id": 1}, at=MIDNIGHT)
    page = overview(as_ann, brand)
    assert "Connect your backend" in page.text
    assert link not in page.text
    assert brand.public_id in page.text


def test_today_begins_at_midnight_where_the_brand_is(as_ann, brand, order):
    report(brand, metadata={"order_id": 1}, at=MIDNIGHT - timedelta(seconds=1))
    report(brand, metadata={"order_id": 2}, at=MIDNIGHT)
    report(brand, metadata={"order_id": 2}, at=MIDNIGHT + timedelta(seconds=1))
    report(brand, metadata={"order_id": 3}, at=MIDNIGHT + timedelta(seconds=2), test=True)
    today = overview(as_ann, brand).context["today"]
    assert (today.events, today.credited, today.rewarded, today.refused) == (2, 10_00, 1, 1)
    assert [(part.status, part.count) for part in today.refusals] == [("duplicate", 1)]


def test_a_reason_leads_to_the_events_that_it_refused(as_ann, brand, order):
    for at in (MIDNIGHT, MIDNIGHT + timedelta(seconds=1)):
        report(brand, metadata={"order_id": 2}, at=at)
    found = re.search(r'href="([^"]+period=today)"', overview(as_ann, brand).text)
    assert found is not None
    with time_machine.travel(MIDNIGHT + timedelta(minutes=1), tick=False):
        rows = as_ann.get(unescape(found[1])).context["page"].rows
    assert [row.status for row in rows] == ["duplicate"]


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


def test_the_week_is_said_beside_the_one_before(as_ann, brand, order):
    for days, number in ((0, 1), (6, 2), (7, 3), (13, 4), (14, 5)):
        report(brand, metadata={"order_id": number}, at=MIDNIGHT - timedelta(days=days))
    page = overview(as_ann, brand)
    week = page.context["week"]
    assert (week.total.credited, week.before.credited) == (20_00, 20_00)
    assert "today so far among them; 20.00 in the seven before" in page.text
