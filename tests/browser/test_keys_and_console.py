"""A key from the page to a call with it, and the test console without a page load."""

import os
import subprocess

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.live_server import LiveServer

pytestmark = pytest.mark.needs("chromium")


def go(page: Page, server: LiveServer, path: str) -> None:
    page.goto(f"/b/{server['slug']}/{path}")


def test_a_key_is_made_shown_once_and_used_as_the_page_says(open_browser, running_server):
    page = open_browser()
    sign_in(page, running_server)
    page.wait_for_url("**/brands/")
    go(page, running_server, "settings/keys/")
    page.get_by_role("link", name="New key").click()
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password").fill(running_server["password"])
        page.get_by_role("main").get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Browser test")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("#secret").inner_text().strip()
    line = page.locator("#call").inner_text()
    run = subprocess.run(
        ["sh", "-c", line],
        env={**os.environ, "RESONANCE_KEY": secret},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"test": true' in run.stdout
    page.reload()
    expect(page.locator("#secret")).to_have_count(0)
    expect(page.get_by_text("no second one")).to_be_visible()
    expect(page.get_by_text(f"rsk_…{secret[-4:]}")).to_have_count(1)


def test_the_console_answers_in_place_and_keeps_what_was_typed(page, running_server):
    go(page, running_server, "test/")
    page.get_by_label("Event type").fill("place_order")
    metadata = page.get_by_label("Metadata")
    metadata.fill('{"order_id": ')
    # As whoever drags its corner does.
    metadata.evaluate("area => { area.style.height = '20rem'; }")
    page.get_by_role("button", name="Send it").click()
    expect(page.locator("#result")).to_contain_text("invalid_json")
    expect(metadata).to_have_value('{"order_id": ')
    expect(metadata).to_have_attribute("aria-invalid", "true")
    metadata.fill('{"order_id": "console-1"}')
    page.get_by_role("button", name="Send it").click()
    expect(page.locator("#result")).to_have_text("Rewarded")
    expect(page.locator("#result")).to_be_focused()
    expect(page.get_by_text("10.00 RSNC would be credited.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Copy as curl")).to_be_visible()


def test_the_console_works_without_javascript(open_browser, running_server, session):
    page = open_browser(session=session, java_script_enabled=False)
    go(page, running_server, "test/")
    page.get_by_label("Test: recorded in the test world").check()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("link", name="See it in the event log")).to_be_visible()
    expect(page.get_by_label("Test: recorded in the test world")).to_be_checked()
