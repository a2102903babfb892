"""axe-core finds nothing serious on any page, light and dark, wide and narrow."""

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import DESK, PHONE
from tests.browser.furnish import FURNISH
from tests.browser.tour import Stop, tour

pytestmark = pytest.mark.needs("chromium")

# What depends on the scheme, and what depends on the width.
COLOURS = ["color-contrast", "link-in-text-block"]
SIZES = ["target-size", "scrollable-region-focusable", "color-contrast"]
FOR_STRANGERS = (
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
)


@pytest.fixture
def stops(running_server, session) -> list[Stop]:
    running_server.manage("shell", "--no-imports", "-c", FURNISH)
    return tour(running_server.base_url, session=session, begin=(f"/b/{running_server['slug']}/",))


def examine(page: Page, path: str, script: str) -> list[str]:
    page.set_viewport_size({"width": DESK, "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(path)
    found = axe.violations(page, script)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in axe.violations(page, script, rules=COLOURS)]
    page.set_viewport_size({"width": PHONE, "height": 900})
    found += [f"narrow: {each}" for each in axe.violations(page, script, rules=SIZES)]
    if not page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ):
        found.append("narrow: the page is wider than the phone")
    return [f"{path} {each}" for each in found]


def test_the_pages_of_a_brand_and_of_an_account(open_browser, session, stops):
    page, script = open_browser(session=session), axe.source()
    found = [line for stop in stops for line in examine(page, stop.path, script)]
    assert found == []


@pytest.mark.parametrize("path", FOR_STRANGERS)
def test_the_pages_for_strangers(open_browser, path):
    page, script = open_browser(), axe.source()
    assert examine(page, path, script) == []
