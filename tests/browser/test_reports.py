"""Reports as they are looked at: drawn under the site's policy, narrowed in place, readable without scripts."""

import csv
import re
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.live_server import LiveServer

pytestmark = pytest.mark.needs("chromium")

HOSTILE = [
    '"><img src=x data-hostile onerror=alert(1)>',
    '<a data-hostile href="https://elsewhere.example">free</a> &amp; &lt;b&gt;',
    "%{y} <b data-hostile>bold</b><br>",
    "\u202eexe\u2067 turned round",
    "W" * 120,
]
MAKE = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from brands import services as brands
from brands.models import Trust, User
from brands.queries import brand_facts
from events import services as events
from tests.analytics.raw import write

now, owner = timezone.now(), User.objects.get(email="demo@demo.example")
for slug, names, days in (({many!r}, {names!a}, 90), ({one!r}, ["Order placed"], 1)):
    brand = brands.create_brand(owner=owner, name=slug, slug=slug, time_zone="UTC", now=now)
    for n, name in enumerate(names):
        terms = events.Terms(amount=(20 - n) * 100)
        made = events.create_event_type(brand=brand, key=f"type-{{n}}", name=name, terms=terms, by=None, now=now)
        facts = brand_facts(brand_id=brand.pk)
        # Through the books: other tests prove this server's ledger.
        for day in range(days):
            paid = events.receive(brand=facts, submission=events.Submission(
                name=made.key, address=f"ann@{{slug}}.example", metadata={{}}, trust=Trust.KEY, source="api",
                request_id="req_" + uuid4().hex[:24], received_at=now - timedelta(days=day)))
        if days > 1:
            write([(uuid4(), brand.pk, False, made.pk, paid.wallet, "cooldown", "", 0, now, now)])
brands.create_brand(owner=owner, name={none!r}, slug={none!r}, time_zone="UTC", now=now)
"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
DRAWN = "[data-chart] .main-svg"


@pytest.fixture(scope="module")
def slugs(running_server: LiveServer) -> dict[str, str]:
    """Of a brand with 90 days of twelve event types, of one with one event, and of one with none."""
    made = {name: f"{name}-{uuid4().hex[:8]}" for name in ("many", "one", "none")}
    names = [*HOSTILE, *(f"Type {n}" for n in range(7))]
    running_server.manage("shell", "--no-imports", "-c", MAKE.format(names=names, **made))
    return made


def charts(page: Page) -> int:
    """How many there are, all of them drawn."""
    count = page.locator("[data-chart]").count()
    expect(page.locator("[data-chart]:has(.main-svg)")).to_have_count(count)
    return count


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_charts_are_drawn_and_what_is_hostile_stays_text(
    open_browser, session, slugs, width, scheme
):
    page = open_browser(session=session, width=width, scheme=scheme)
    for path, count in (("", 2), ("refusals/", 3)):
        page.goto(f"/b/{slugs['many']}/analytics/{path}?period=90d")
        assert charts(page) == count
        assert page.evaluate(FITS)
        expect(page.locator("[data-hostile]")).to_have_count(0)
        expect(page.locator("[data-chart] a")).to_have_count(0)
    # Said as it was written, in the drawing too, as far as there is room for it.
    expect(page.locator("#event-types .ytick text").first).to_be_visible()
    assert "<img src=x" in (page.locator("#event-types .chart").text_content() or "")


def test_colours_follow_the_scheme(open_browser, session, slugs):
    page = open_browser(session=session)
    page.goto(f"/b/{slugs['many']}/analytics/")
    bar = page.locator("#credited .point path").first
    expect(bar).to_be_visible()
    light = bar.get_attribute("style")
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_attribute("style", light)


@pytest.mark.parametrize("query", ["?period=7d", "?period=90d", "?first={today}&last={today}"])
def test_one_event_is_one_bar(page, slugs, query):
    page.goto(f"/b/{slugs['one']}/analytics/")
    today = page.locator("#id_last").input_value()
    page.goto(f"/b/{slugs['one']}/analytics/{query.format(today=today)}")
    assert charts(page) == 2
    bars = page.locator("#events .point path")
    heights = [box["height"] for bar in bars.all() if (box := bar.bounding_box())]
    assert sum(height > 20 for height in heights) == 1


def test_nothing_yet_says_what_to_do(page, slugs):
    page.goto(f"/b/{slugs['none']}/analytics/")
    expect(page.get_by_role("link", name="Set up").last).to_be_visible()
    page.goto(f"/b/{slugs['one']}/analytics/?period=last-month")
    expect(page.get_by_text("is here as soon as something is rewarded")).to_be_visible()
    assert charts(page) == 0


def test_a_choice_narrows_the_page_and_its_links_keep_it(page, slugs):
    page.goto(f"/b/{slugs['many']}/analytics/")
    page.get_by_label("Period").select_option("7d")
    expect(page).to_have_url(re.compile(r"/analytics/\?period=7d$"))
    expect(page.locator("#meant")).to_contain_text("(7 days)")
    assert charts(page) == 2
    page.get_by_label("Event type", exact=True).select_option("type-3")
    expect(page).to_have_url(re.compile(r"\?period=7d&event_type=type-3$"))
    expect(page.locator("#costs tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Refusals").click()
    expect(page).to_have_url(re.compile(r"/refusals/\?period=7d&event_type=type-3$"))
    expect(page.get_by_label("Event type", exact=True)).to_have_value("type-3")
    assert charts(page) == 3
    page.go_back()
    page.wait_for_url(re.compile(r"/analytics/\?period=7d&event_type=type-3$"))
    expect(page.get_by_label("Period")).to_have_value("7d")


def test_days_of_ones_own_begin_with_those_that_are_shown(page, slugs):
    page.goto(f"/b/{slugs['many']}/analytics/?period=7d")
    expect(page.get_by_label("First day")).to_be_hidden()
    page.get_by_label("Period").select_option("custom")
    expect(page.get_by_label("First day")).to_be_visible()
    expect(page).to_have_url(re.compile(r"period=custom&first="))
    last = page.get_by_label("Last day").input_value()
    page.get_by_label("First day").fill(last)
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(rf"first={last}&last={last}$"))
    # A day is drawn by its hours.
    page.locator("#events").get_by_text("Show as a table").click()
    expect(page.locator("#events tbody tr")).to_have_count(24)
    page.get_by_label("First day").fill("2010-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("at most 400 are shown at once")).to_be_visible()
    expect(page.get_by_label("First day")).to_have_value("2010-01-01")
    assert charts(page) == 2


def test_a_table_is_taken_away_as_a_file(page, slugs):
    page.goto(f"/b/{slugs['many']}/analytics/?period=7d&event_type=type-0")
    with page.expect_download() as download:
        page.locator("#costs").get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    head, *rows = csv.reader(StringIO(text))
    assert dict(zip(head, *rows, strict=True)) | {"Event type": HOSTILE[0], "Events": "8"} == dict(
        zip(head, *rows, strict=True)
    )


def test_it_is_read_and_narrowed_without_scripts(open_browser, session, slugs):
    page = open_browser(session=session, java_script_enabled=False)
    page.goto(f"/b/{slugs['many']}/analytics/")
    expect(page.locator("#credited table")).to_be_visible()
    expect(page.locator("#credited .chart")).to_be_hidden()
    page.get_by_label("Period").select_option("7d")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#credited tbody tr")).to_have_count(7)
