"""The first minutes of somebody who has never seen it: from the landing page to the first credit."""

import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.live_server import LiveServer, clean_environment

pytestmark = pytest.mark.needs("chromium")


def mailed_code(server: LiveServer, address: str) -> str:
    """Where `up` puts mail while it is told no better."""
    letters = sorted((server.folder / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime)
    text = next(text for file in reversed(letters) if address in (text := file.read_text()))
    found = re.findall(r"^ +([A-Z]{4}-[A-Z]{4})$", text, re.MULTILINE)
    return str(found[-1])


def run_in_a_shell(text: str, folder: Path) -> str:
    ran = subprocess.run(
        ["sh", "-c", text],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return ran.stdout


@pytest.mark.needs("curl")
def test_from_the_landing_page_to_the_first_credit(open_browser, running_server, tmp_path):
    address = f"eve-{uuid4().hex[:8]}@newshop.example"
    page = open_browser(timezone_id="Asia/Tokyo")
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Create an account").click()
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill("sunflower-fields")
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    page.get_by_label("Code").fill(mailed_code(running_server, address))
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("link", name="New brand").click()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    page.get_by_label("Name").fill(f"Eve's Shop {uuid4().hex[:8]}")
    page.get_by_label("Domain").fill("shop.newshop.example")
    page.get_by_role("button", name="Create the brand").click()

    expect(page.get_by_role("heading", name="Set up")).to_be_visible()
    expect(page.locator(".ticked")).to_have_count(0)
    page.get_by_role("button", name="Use it for Order placed").click()
    expect(page.locator(".ticked")).to_have_count(1)

    page.get_by_role("link", name="Go", exact=True).click()
    expect(page.locator("#call")).to_contain_text("package main")
    page.get_by_role("link", name="curl", exact=True).click()
    expect(page.locator("#call")).to_contain_text("curl http")
    page.evaluate("window.stayed = true")
    call = page.locator("#call").inner_text()
    assert '"status": "rewarded"' in run_in_a_shell(call, tmp_path)
    # A second to ask again, and a little for a busy machine.
    expect(page.locator(".ticked")).to_have_count(3, timeout=3_000)
    expect(page.locator("#said")).to_contain_text("+10.00 RSNC")
    assert page.evaluate("window.stayed"), "the ticks came without loading the page again"
    page.get_by_role("link", name="Look at this event").click()
    expect(page.get_by_role("main")).to_contain_text("10.00")
