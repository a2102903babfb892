"""An endpoint of the brand's, from adding to deleting it, as a developer sees it."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.test_accessibility import examine
from tests.servers import node_package

pytestmark = pytest.mark.needs("chromium")

# A name that DNS never has (RFC 2606): the ping fails wherever the test runs.
NOWHERE = "https://hooks.partner.invalid/rsnc"


def test_a_ping_answers_by_itself_and_failures_are_sent_again(page, running_server):
    page.goto(f"/b/{running_server['slug']}/settings/webhooks/")
    page.get_by_role("link", name="New endpoint").click()
    page.get_by_label("Address").fill("http://127.0.0.1/")
    page.get_by_role("button", name="Add the endpoint").click()
    expect(page.get_by_label("Address")).to_have_value("http://127.0.0.1/")
    expect(page.get_by_text("must begin with https://")).to_be_visible()
    page.get_by_label("Address").fill(NOWHERE)
    page.get_by_role("button", name="Add the endpoint").click()
    endpoint = page.url
    try:
        page.get_by_role("button", name="Send a ping").click()
        page.wait_for_url(f"{endpoint}*/")
        page.evaluate("window.loadedOnce = true")
        expect(page.get_by_role("heading", name="Attempt 1")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("The name leads nowhere")).to_be_visible()
        assert page.evaluate("window.loadedOnce"), "the page was loaded anew"
        page.get_by_role("button", name="Send it again now").click()
        expect(page.get_by_role("heading", name="Attempt 2")).to_be_visible(timeout=30_000)
        accessible(page, endpoint, page.url)
    finally:
        page.goto(endpoint)
        page.get_by_role("link", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the endpoint").click()
        expect(page.get_by_text("Deleted, with everything")).to_be_visible()


def accessible(page, endpoint: str, delivery: str) -> None:
    """Pages of an endpoint, which the tour of a new installation does not come to."""
    node_package("axe-core")
    rest = ("", "edit/", "replay/", "switch/", "delete/", "ping/")
    pages = [delivery, f"{delivery}resend/", *(f"{endpoint}{each}" for each in rest)]
    found = [line for each in pages for line in examine(page, each, axe.source())]
    assert found == []
