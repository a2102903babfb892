"""The API's documentation in a real Chromium: drawn from the install alone, under its own policy."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.needs("chromium")
DOCS = "/resonance-api/docs/"


def test_every_call_is_listed_and_opens(open_browser, running_server):
    page = open_browser()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(DOCS)
    expect(page.locator(".opblock")).to_have_count(6)
    page.get_by_role("button", name=re.compile("manual-event")).first.click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    expect(page.get_by_text('"rewarded"').first).to_be_visible()
    for url in asked:
        assert url.startswith((running_server.base_url, "data:")), url
    if folder := os.environ.get("RESONANCE_SHOTS"):
        page.screenshot(path=f"{folder}/docs.png")


def test_a_problems_type_leads_to_its_code(open_browser, running_server):
    page = open_browser()
    page.goto(f"{DOCS}#rate_limited")
    expect(page.locator(".opblock")).to_have_count(6)
    row = page.locator("#rate_limited")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("429")
    if folder := os.environ.get("RESONANCE_SHOTS"):
        page.screenshot(path=f"{folder}/codes.png")


def test_a_call_is_tried_out_on_the_page(open_browser, running_server):
    page = open_browser()
    page.goto(DOCS)
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(running_server["secret_key"])
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    page.get_by_role("button", name=re.compile("connection works")).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response .response-col_status")).to_contain_text(
        "200"
    )
    expect(page.locator(".live-responses-table")).to_contain_text("The key holds.")


def test_the_page_fits_a_phone_and_says_itself_without_javascript(open_browser, running_server):
    page = open_browser(width=PHONE)
    page.goto(DOCS)
    expect(page.locator(".opblock")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    plain = open_browser(java_script_enabled=False)
    plain.goto(DOCS)
    expect(plain.locator("#brand_unknown")).to_contain_text("401")
    expect(plain.get_by_role("link", name="openapi.json").first).to_be_visible()
