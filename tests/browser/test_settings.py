"""Settings as they are seen and used: a logo, a domain, limits, and what the audit log says of it."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("chromium")
# With a network DNS says that there is nothing, without one that nobody answers.
NOT_THERE = re.compile("There is no TXT record|did not answer")


def go(page: Page, server, path: str = "") -> None:
    page.goto(f"/b/{server['slug']}/settings/{path}")


def add_domain(page: Page, server) -> str:
    entry = f"{uuid4().hex[:8]}.invalid"
    go(page, server, "domains/")
    page.get_by_label("Domain", exact=True).fill(entry)
    page.get_by_role("button", name="Add the domain").click()
    return entry


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (80, 40), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_logo_is_shown_in_the_rail_and_removed_in_a_dialog(page, running_server):
    go(page, running_server)
    file = {"name": "logo.png", "mimeType": "image/png", "buffer": picture()}
    page.get_by_label("Picture").set_input_files(file)
    page.get_by_role("button", name="Save the logo").click()
    expect(page.get_by_text("The logo is shown from now on.")).to_be_visible()
    drawn = page.locator(".rail .brand-mark")
    assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    page.get_by_role("link", name="Remove the logo").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the logo").click()
    expect(page.get_by_text("The logo is removed.")).to_be_visible()
    expect(drawn).to_have_count(0)


def test_a_domain_is_looked_for_without_leaving_the_page(page, running_server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    entry = add_domain(page, running_server)
    page.get_by_role("button", name="Copy the text").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch("resonance-verify=[0-9a-f]{32}", copied)
    page.get_by_role("button", name="Look for the record").click()
    expect(page.get_by_role("alert")).to_have_text(NOT_THERE, timeout=20_000)
    expect(page.get_by_role("button", name="Look for the record")).to_be_focused()
    page.get_by_role("link", name=f"Remove {entry}").click()
    expect(page.get_by_role("dialog")).to_contain_text("refused from the next one on")
    page.get_by_role("dialog").get_by_role("button", name="Remove the domain").click()
    expect(page.get_by_text(f"{entry} is removed.")).to_be_visible()
    go(page, running_server, "audit/")
    expect(page.get_by_role("row").filter(has_text=entry).first).to_contain_text(
        "removed the domain"
    )


def test_a_domain_is_added_and_removed_without_javascript(open_browser, session, running_server):
    page = open_browser(session=session, java_script_enabled=False)
    entry = add_domain(page, running_server)
    page.get_by_role("button", name="Look for the record").click()
    expect(page.get_by_role("alert")).to_have_text(NOT_THERE, timeout=20_000)
    page.get_by_role("link", name=f"Remove {entry}").click()
    page.get_by_role("main").get_by_role("button", name="Remove the domain").click()
    expect(page.get_by_text(f"{entry} is removed.")).to_be_visible()


def test_two_who_change_a_limit_at_once_are_told(page, open_browser, session, running_server):
    other = open_browser(session=session)
    for each in (page, other):
        go(each, running_server, "limits/")
    wallets = "New wallets, an hour"
    page.get_by_label(wallets).fill("900000001")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds from the next call on.")).to_be_visible()
    other.get_by_label(wallets).fill("900000002")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("alert")).to_contain_text("is 900000001 now, set by Demo")
    expect(other.get_by_label(wallets)).to_have_value("900000002")
    other.get_by_role("button", name="Save over it").click()
    expect(other.get_by_text("It holds from the next call on.")).to_be_visible()
    expect(other.get_by_label(wallets)).to_have_value("900000002")
