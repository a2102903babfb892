"""A member is found, revealed and adjusted by hand, as it is seen and used."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, post_event

pytestmark = pytest.mark.needs("chromium")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_member_is_found_revealed_and_adjusted(open_browser, session, running_server, width):
    who = f"max{uuid4().hex[:8]}@example.com"
    post_event(running_server, "place_order", who, order_id=uuid4().hex)
    page = open_browser(session=session, width=width)
    page.goto(f"/b/{running_server['slug']}/members/")
    page.get_by_label("Find by e-mail").fill(who.upper())
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="ma•••@example.com").click()
    expect(page.get_by_role("heading", name="ma•••@example.com")).to_be_visible()
    page.get_by_role("button", name="Reveal the address").click()
    expect(page.get_by_role("heading", name=who)).to_be_visible()
    page.get_by_role("link", name="Mask it again").click()
    page.get_by_role("link", name="Adjust by hand").click()
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(running_server["password"])
        page.keyboard.press("Enter")
    page.get_by_label("What to do").select_option("take")
    page.get_by_label("Amount").fill("2.50")
    page.get_by_label("Reason").fill("Paid for nothing")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("10.00 → becomes 7.50")).to_be_visible()
    page.get_by_role("button", name="Take 2.50 RSNC").dblclick()
    expect(page.get_by_text("2.50 RSNC taken.")).to_be_visible()
    by_hand = page.get_by_role("row").filter(has_text="Adjusted by hand")
    expect(by_hand).to_have_count(1)
    expect(by_hand).to_contain_text("Paid for nothing")
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
