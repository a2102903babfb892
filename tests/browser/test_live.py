"""The live page as it is kept open: what others post arrives, stands still while it is read, and counts."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Page, expect
from redis import Redis

from tests.browser.conftest import PHONE, post_event, sign_in

pytestmark = pytest.mark.needs("chromium")

MOST_ROWS = 200


def an_order(server, email: str = "", order: str = "") -> str:
    """Posted by this process, which is another one. The event's id."""
    email = email or f"{uuid4().hex}@example.com"
    told = post_event(server, "place_order", email, order_id=order or uuid4().hex)
    return f"{told['event_id']}"


def wait_out_the_day(page: Page) -> None:
    """Totals are of the demo's day, which is not to end within a test."""
    zone = ZoneInfo("Europe/Berlin")
    now = timezone.now().astimezone(zone)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), zone)
    left = tomorrow.timestamp() - now.timestamp()
    if left < 60:
        page.wait_for_timeout(left * 1000)


def open_live(page: Page, server, query: str = "") -> None:
    wait_out_the_day(page)
    page.goto(f"/b/{server['slug']}/live/{query}")
    expect(page.locator("#live-status")).to_have_text("connected")


def redis_of(server) -> Redis:
    environment = json.loads((server.folder / "environment.json").read_text())["variables"]
    return Redis.from_url(environment["REDIS_URL"])


def row(page: Page, event: str):
    return page.locator(f"#live-rows tr[data-id='{event}']")


def figure(page: Page, name: str) -> float:
    return float(page.locator(f"#live-{name}").inner_text().replace(",", ""))


def test_an_event_that_another_process_posts_is_a_row_and_a_changed_total(page, running_server):
    open_live(page, running_server)
    expect(row(page, an_order(running_server))).to_be_visible()
    expect(page.locator("#live-last")).to_have_text(re.compile(r"^\d+ s ago$"))
    page.wait_for_timeout(500)  # the figures of that one are drawn as well
    before = {name: figure(page, name) for name in ("events", "rewarded", "credited", "refused")}
    order = uuid4().hex
    paid = an_order(running_server, order=order)
    refused = an_order(running_server, order=order)
    expect(row(page, paid)).to_contain_text("+10.00")
    expect(row(page, paid).get_by_role("link")).to_have_attribute("href", re.compile(paid))
    expect(row(page, refused)).to_contain_text("duplicate")
    expect(page.locator("#live-events")).to_have_text(f"{before['events'] + 2:,.0f}")
    assert {name: figure(page, name) - before[name] for name in before} == {
        "events": 2,
        "rewarded": 1,
        "credited": 10,
        "refused": 1,
    }
    # What was counted on the way is what the site says.
    counted = {name: figure(page, name) for name in before}
    page.reload()
    expect(row(page, refused)).to_be_visible()
    assert {name: figure(page, name) for name in before} == counted


def test_a_balance_changes_on_the_page_of_its_member(page, running_server):
    email = f"{uuid4().hex}@example.com"
    told = post_event(running_server, "place_order", email, order_id=uuid4().hex)
    with page.expect_response("**/live/stream/"):
        page.goto(f"/b/{running_server['slug']}/members/{told['wallet']['id']}/")
    balance = page.locator("#member-figures dd").first
    expect(balance).to_contain_text("10.00")
    an_order(running_server, email)
    expect(balance).to_contain_text("20.00")


def test_the_feed_stands_still_in_a_pause_and_says_what_waits(page, running_server):
    open_live(page, running_server)
    first = an_order(running_server)
    expect(row(page, first)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#live-status")).to_have_text("paused")
    later = [an_order(running_server) for _ in range(3)]
    expect(page.get_by_role("button", name="3 new, show")).to_be_visible()
    expect(row(page, later[-1])).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(row(page, later[-1])).to_be_visible()
    expect(page.locator("#live-rows tr").nth(3)).to_have_attribute("data-id", first)
    expect(page.get_by_role("button", name="new, show")).to_be_hidden()


def test_a_row_that_arrives_moves_nothing_that_is_read(page, running_server):
    open_live(page, running_server)
    first = an_order(running_server)
    link = row(page, first).get_by_role("link")
    link.focus()
    place = link.bounding_box()
    second = an_order(running_server)
    expect(page.get_by_role("button", name="1 new, show")).to_be_visible()
    expect(link).to_be_focused()
    assert link.bounding_box() == place
    # Whoever has finished reading sees it.
    page.get_by_role("button", name="Pause").focus()
    expect(row(page, second)).to_be_visible()
    # And further down nothing moves either.
    page.locator("#live-rows tr").nth(5).evaluate("row => row.scrollIntoView({ block: 'start' })")
    here = page.locator("#live-rows tr").nth(8)
    place = here.bounding_box()
    third = an_order(running_server)
    page.get_by_role("button", name="1 new, show").wait_for()
    assert here.bounding_box() == place
    page.get_by_role("button", name="1 new, show").click()
    expect(row(page, third)).to_be_in_viewport()


def test_filters_hold_for_what_comes(page, running_server):
    open_live(page, running_server)
    page.get_by_label("Decision").select_option("duplicate")
    expect(page).to_have_url(re.compile(r"\?status=duplicate$"))
    order = uuid4().hex
    paid, refused = (an_order(running_server, order=order) for _ in range(2))
    expect(row(page, refused)).to_be_visible()
    expect(row(page, paid)).to_have_count(0)
    page.get_by_label("World").select_option("test")
    page.get_by_label("Decision").select_option("")
    expect(row(page, refused)).to_have_count(0)
    expect(page.locator("#live-events")).not_to_have_text("\N{EN DASH}")
    before = page.locator("#live-events").inner_text()
    other = an_order(running_server)
    page.get_by_label("World").select_option("")
    expect(row(page, other)).to_be_visible()
    page.get_by_label("World").select_option("test")
    expect(page.locator("#live-events")).to_have_text(before)


def test_a_connection_test_is_seen_and_counts_as_nothing(page, running_server):
    with redis_of(running_server) as server:
        # Another test may have looked within this minute. The prefix is the other installation's own.
        for key in server.scan_iter("resonance:live:*:once:*"):
            server.delete(key)
    open_live(page, running_server)
    before = figure(page, "events")
    for _ in range(2):
        requests.get(
            running_server.url("/resonance-api/debug"),
            headers={"Authorization": f"Bearer {running_server['secret_key']}"},
            timeout=10,
        )
    expect(page.locator("#live-rows")).to_contain_text("Connection test")
    an_order(running_server)
    expect(page.locator("#live-events")).to_have_text(f"{before + 1:,.0f}")


def test_signing_out_ends_the_page_at_once(open_browser, running_server):
    page = open_browser()
    sign_in(page, running_server)
    page.wait_for_url("**/brands/")
    open_live(page, running_server)
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="Sign out").last.click()
    page.wait_for_url("**/accounts/login/**")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_charts_are_drawn_under_the_policy(open_browser, session, running_server, scheme, width):
    page = open_browser(session=session, width=width, scheme=scheme)
    open_live(page, running_server)
    an_order(running_server)
    expect(page.locator("#live-minutes .bars path").last).to_be_attached()
    # In the test world of the demo nothing has come lately.
    page.get_by_label("World").select_option("test")
    expect(page.locator("#live-seconds .main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_javascript_the_page_is_read_and_filtered(open_browser, session, running_server):
    order = uuid4().hex
    paid, refused = (an_order(running_server, order=order) for _ in range(2))
    page = open_browser(session=session, java_script_enabled=False)
    page.goto(f"/b/{running_server['slug']}/live/")
    expect(row(page, paid)).to_be_visible()
    expect(page.locator(".head noscript span")).to_contain_text("Load the page again")
    page.get_by_label("Decision").select_option("duplicate")
    page.get_by_role("button", name="Filter").click()
    expect(row(page, refused)).to_be_visible()
    expect(row(page, paid)).to_have_count(0)


BATCH, BATCHES = 50, 20
# The most rows that there are between two turns of the page's own script.
COUNT_ROWS = """() => {
    const rows = document.getElementById("live-rows");
    window.mostRows = rows.children.length;
    new MutationObserver(() => { window.mostRows = Math.max(window.mostRows, rows.children.length); })
        .observe(rows, { childList: true });
}"""


@contextmanager
def a_thousand_orders_in_five_seconds(server) -> Iterator[threading.Thread]:
    """Two in three are paid. On a busy machine it takes longer."""

    def send() -> None:
        began = time.monotonic()
        with requests.Session() as caller:
            for turn in range(BATCHES):
                answers.append(post_batch(caller, server))
                time.sleep(max(0.0, began + (turn + 1) * 5 / BATCHES - time.monotonic()))

    answers: list[int] = []
    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield sender
    finally:
        sender.join()
    assert answers == [200] * BATCHES


def post_batch(caller, server) -> int:
    answer = caller.post(
        server.url("/resonance-api/events/batch"),
        json={"events": [an_order_of_many(number) for number in range(BATCH)]},
        headers={"Authorization": f"Bearer {server['secret_key']}"},
        timeout=60,
    )
    return int(answer.status_code)


def an_order_of_many(number: int) -> dict[str, object]:
    order = uuid4().hex if number % 3 else "the same"
    metadata = {"order_id": order}
    return {"event": "place_order", "email": f"{uuid4().hex}@example.com", "metadata": metadata}


def test_at_two_hundred_events_a_second_it_stays_exact_bounded_and_answers_clicks(
    page, running_server
):
    an_order(running_server, order="the same")
    # The page is full of rows from the beginning.
    for _ in range(MOST_ROWS // BATCH):
        post_batch(requests, running_server)
    open_live(page, running_server)
    expect(page.locator("#live-last")).to_have_text(re.compile("ago$"))
    page.evaluate(COUNT_ROWS)
    names = ("events", "rewarded", "credited", "refused")
    before = {name: figure(page, name) for name in names}
    status, rows = page.locator("#live-status"), page.locator("#live-rows tr")
    with a_thousand_orders_in_five_seconds(running_server) as sender:
        while sender.is_alive():
            page.get_by_role("button", name="Pause").click()
            expect(status).to_have_text("paused")
            page.get_by_role("button", name="Go on").click()
            expect(status).to_have_text("connected")
            page.wait_for_timeout(300)
    refused = BATCHES * len(range(0, BATCH, 3))
    paid = BATCHES * BATCH - refused
    expect(page.locator("#live-events")).to_have_text(f"{before['events'] + BATCHES * BATCH:,.0f}")
    assert {name: figure(page, name) - before[name] for name in names} == {
        "events": BATCHES * BATCH,
        "rewarded": paid,
        "credited": paid * 10,
        "refused": refused,
    }
    state = page.request.get(f"/b/{running_server['slug']}/live/state/").json()
    newest = [each["id"] for each in state["rows"]]
    page.wait_for_function(
        """(newest) => JSON.stringify(newest) === JSON.stringify(
            [...document.querySelectorAll("#live-rows tr")].map((row) => row.dataset.id))""",
        arg=newest,
    )
    assert page.evaluate("window.mostRows") == rows.count() == MOST_ROWS
