"""The log as it is used: narrowed in place, and one event looked at beside it."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, post_event

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def three(running_server) -> list[str]:
    """An order and two that are refused as duplicates of it, oldest first; and what only they contain."""
    order = f"ORD-{uuid4().hex[:8]}"
    told = [
        post_event(running_server, "place_order", "drawer@example.com", order_id=order)
        for _ in range(3)
    ]
    return [order, *(f"{each['event_id']}" for each in told)]


def open_log(page: Page, server, query: str = "") -> None:
    page.goto(f"/b/{server['slug']}/log/{query}")


def test_the_log_is_narrowed_while_it_is_typed(page, running_server, three):
    order, *_ = three
    open_log(page, running_server)
    page.get_by_label("Words in the metadata").press_sequentially(order.lower()[:-1] + "*")
    expect(page).to_have_url(re.compile("words=ord-"))
    expect(page.locator("#found a.row")).to_have_count(3)
    # What is typed stays where it is typed.
    expect(page.get_by_label("Words in the metadata")).to_be_focused()
    page.get_by_label("Decision").select_option("duplicate")
    expect(page.locator("#found a.row")).to_have_count(2)
    page.get_by_role("link", name="Take away Decision").click()
    expect(page.locator("#found a.row")).to_have_count(3)
    expect(page.get_by_label("Decision")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Decision")).to_have_value("duplicate")
    page.wait_for_function("document.readyState === 'complete'")
    page.get_by_label("Decision").select_option("capped")
    # A busy machine stops on the way and says as far as where.
    expect(page.locator("#found")).to_contain_text("Nothing matches")
    page.get_by_role("link", name="Decision: Capped").last.click()
    expect(page.locator("#found a.row")).to_have_count(3)


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_an_event_opens_beside_the_log(open_browser, session, running_server, three, width):
    page = open_browser(session=session, width=width)
    order, first, second, third = three
    open_log(page, running_server, f"?words={order}")
    rows = page.locator("#found a.row")
    rows.first.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", level=1)).to_contain_text("place_order")
    expect(page).to_have_url(re.compile(third))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(second))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(first))
    expect(drawer.get_by_role("button", name="Older")).to_be_hidden()
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(second))
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"log/\?words={order}$"))
    expect(rows.nth(1)).to_be_focused()
    rows.first.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()
    expect(rows).to_have_count(3)
    rows.first.click()
    expect(page).to_have_url(re.compile(third))
    # Its address leads to a page of its own.
    page.reload()
    expect(page.get_by_role("link", name="Event log").last).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("place_order")


def test_an_event_is_shown_whole_and_sent_again_from_the_drawer(page, running_server, three):
    order, first, *_ = three
    open_log(page, running_server, f"?words={order}&status=rewarded")
    page.locator("#found a.row").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("dr•••@example.com")
    drawer.get_by_role("button", name="Show whole").click()
    expect(drawer.get_by_role("link", name="drawer@example.com")).to_be_visible()
    expect(page).to_have_url(re.compile(first))
    drawer.get_by_role("button", name="Send again as test").click()
    expect(drawer).to_contain_text("Sent again as a test")
    expect(drawer.locator(".chip.test")).to_be_visible()
    expect(page).not_to_have_url(re.compile(first))
    drawer.get_by_role("button", name="Close").click()
    expect(page).to_have_url(re.compile("status=rewarded$"))


def test_what_is_new_is_told_and_shown(page, running_server, three):
    order, *_ = three
    open_log(page, running_server, "?status=duplicate&person=drawer@example.com")
    expect(page.locator("#found a.row").first).to_be_visible()
    post_event(running_server, "place_order", "drawer@example.com", order_id=order)
    page.get_by_role("link", name="1 new event, show").click(timeout=15_000)
    expect(page.get_by_role("link", name="1 new event, show")).to_be_hidden()
