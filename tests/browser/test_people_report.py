"""Who came and what is owed, as a manager looks at it."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESK, PHONE, post_event
from tests.live_server import LiveServer

pytestmark = pytest.mark.needs("chromium")

# Ten people a week for eight weeks, of whom some come again a week later.
MAKE = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from brands import services as brands
from brands.models import User
from events.models import EventType
from tests.analytics.raw import write
from wallets.models import Wallet

now, owner = timezone.now(), User.objects.get(email="demo@demo.example")
brand = brands.create_brand(owner=owner, name="Weeks", slug={slug!r}, time_zone="UTC", now=now)
made = EventType.objects.create(brand=brand, key="visit", name="Visit", position=0)
for week in range(8):
    for n in range(10):
        wallet = Wallet.objects.create(test=False).pk
        kind = (brand.pk, False, made.pk, wallet)
        for later in range(2 if n > week else 1):
            at = now - timedelta(weeks=week - later)
            if at <= now:
                write([(uuid4(), *kind, "cooldown", "", 0, at, at)])
"""
ISSUE = """
from django.utils import timezone
from brands import services as brands
from brands.models import User
from events import services as events
from tests.events.calls import report
from tests.wallets.test_spending import spend

now, owner = timezone.now(), User.objects.get(email="demo@demo.example")

def make(name, slug):
    return brands.create_brand(owner=owner, name=name, slug=slug, time_zone="UTC", now=now)

def issue(brand, key, name, amount, address):
    terms = events.Terms(amount=amount)
    events.create_event_type(brand=brand, key=key, name=name, terms=terms, by=None, now=now)
    return report(brand, key, address, at=now).wallet

brand, spent = make("Flows", {slug!r}), make("Spent", "{slug}-spent")
for n, name in enumerate([{hostile!r}, *(f"Type {{n}}" for n in range(11))]):
    issue(brand, f"k{{n}}", name, 100_00 - n, f"p{{n}}@example.com")
for n, name in enumerate([{hostile!r}, "Fjell Outdoor"]):
    other = make(name, f"{slug}-{{n}}")
    spend(spent, issue(other, "visit", "Visit", 30_00, f"{slug}-a{{n}}@example.com"), 30_00, at=now)
    ours = issue(spent, f"k{{n}}", "Visit", 30_00, f"{slug}-b{{n}}@example.com")
    spend(other, ours, 20_00, at=now)
    spend(spent, ours, 1_00, at=now)
"""
HOSTILE = "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>free</a>"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def slug(running_server: LiveServer) -> str:
    name = f"weeks-{uuid4().hex[:8]}"
    running_server.manage("shell", "--no-imports", "-c", MAKE.format(slug=name))
    return name


@pytest.mark.parametrize(("width", "numbers"), [(DESK, True), (PHONE, False)])
def test_a_heat_map_says_its_numbers_where_there_is_room(
    open_browser, session, slug, width, numbers
):
    page = open_browser(session=session, width=width, scheme="dark")
    page.goto(f"/b/{slug}/analytics/people/?period=90d")
    expect(page.locator("#retention .chart:has(.main-svg)")).to_be_visible()
    texts = page.locator("#retention .scatterlayer text")
    if numbers:
        expect(texts.filter(has_text=re.compile(r"^60$"))).to_have_count(1)
        # The week that is not over.
        expect(texts.filter(has_text="…").first).to_be_visible()
    else:
        expect(texts).to_have_count(0)
    assert page.evaluate(FITS)


def test_a_series_is_taken_away_and_put_back_by_keyboard(page, slug):
    page.goto(f"/b/{slug}/analytics/people/")
    button = page.get_by_role("button", name="Returning")
    bars = page.locator("#by-day .point path:visible")
    expect(button).to_have_attribute("aria-pressed", "true")
    shown = bars.count()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(bars).not_to_have_count(shown)
    page.keyboard.press("Enter")
    expect(bars).to_have_count(shown)


def test_what_is_owed_is_said_under_the_pointer_and_leads_to_people(page, running_server):
    post_event(running_server, "place_order", "owed@example.com", order_id=f"O-{uuid4()}")
    page.goto(f"/b/{running_server['slug']}/analytics/owed/")
    chart = page.locator("#outstanding .chart")
    expect(chart.locator(".main-svg").first).to_be_visible()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".hoverlayer")).to_contain_text(" RSNC")
    page.locator("#earners a.row").first.click()
    expect(page).to_have_url(re.compile(r"/members/wal_"))


def test_where_credits_go_is_drawn_with_names_as_text(open_browser, session, running_server):
    name = f"flows-{uuid4().hex[:8]}"
    running_server.manage("shell", "--no-imports", "-c", ISSUE.format(slug=name, hostile=HOSTILE))
    for width, scheme, other in ((PHONE, "light", "dark"), (DESK, "dark", "light")):
        page = open_browser(session=session, width=width, scheme=scheme)
        page.goto(f"/b/{name}/analytics/owed/")
        chart = page.locator("#flow .chart")
        nodes = chart.locator(".sankey-node .node-rect")
        expect(nodes).to_have_count(13)
        labels = chart.locator(".node-label")
        expect(labels.filter(has_text="<img src=x")).to_have_count(1)
        expect(chart.locator("a, img")).to_have_count(0)
        assert_inside(chart, labels)
        nodes.nth(1).hover(force=True)
        expect(chart.locator(".hoverlayer")).to_contain_text("100.00 RSNC")
        paint = nodes.nth(1).evaluate("node => getComputedStyle(node).fill")
        page.emulate_media(color_scheme=other)
        expect(nodes.nth(1)).not_to_have_css("fill", paint)
        assert page.evaluate(FITS)
        page.goto(f"/b/{name}-spent/analytics/spending/")
        expect(nodes).to_have_count(6)
        expect(labels.filter(has_text="<img src=x")).to_have_count(2)
        expect(labels.filter(has_text="Spent at Fjell")).to_have_count(1)
        expect(chart.locator("a, img")).to_have_count(0)
        assert_inside(chart, labels)
        nodes.first.hover(force=True)
        expect(chart.locator(".hoverlayer")).to_contain_text("30.00 RSNC")
        expect(page.locator("#brands tbody tr")).to_have_count(2)
        assert page.evaluate(FITS)


def assert_inside(chart: Locator, labels: Locator) -> None:
    edge = chart.bounding_box()
    assert edge
    for box in (each.bounding_box() for each in labels.all()):
        assert box
        assert edge["x"] <= box["x"]
        assert box["x"] + box["width"] <= edge["x"] + edge["width"]
