"""Take a picture of every page: wide and narrow, light and dark.

They land in `.local/screenshots` (or SHOTS), with a sheet of all of them for a first look; those that
the README and the docs show are renewed in `docs/images` when DOCS=1.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks import history
from tests.benchmarks.ground import ROOT, Ground, fill, running
from tests.browser.furnish import FURNISH
from tests.live_server import free_port

LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
FOR_STRANGERS = {
    "home": "/",
    "account_login": "/accounts/login/",
    "account_signup": "/accounts/signup/",
    "account_reset_password": "/accounts/password/reset/",
}
# These want a past: they are taken of a brand that has one.
PAST = "northwind"
OF_A_PAST = {
    "past-overview": "",
    "past-events": "analytics/",
    "past-refusals": "analytics/refusals/",
    "past-people": "analytics/people/?period=90d",
    "past-owed": "analytics/owed/",
    "past-spending": "analytics/spending/?period=90d",
    "past-log": "log/",
    "past-members": "members/",
    "past-event-types": "event-types/",
}
# The best of them: (page, width, scheme) by the picture's name in docs/images.
IN_THE_DOCS = {
    "overview": ("portal-overview", 1280, "light"),
    "log": ("portal-log", 1280, "light"),
    "event": ("portal-event", 1280, "dark"),
    "event-types": ("portal-event-types", 390, "light"),
    "setup": ("portal-setup", 1280, "light"),
    "live": ("portal-live", 1280, "dark"),
    "report-events": ("past-events", 1280, "light"),
    "report-people": ("past-people", 1280, "dark"),
    "report-owed": ("past-owed", 390, "light"),
}
TALLEST = 4_000
HIGHEST_IN_THE_DOCS = 1_000
THUMBNAIL = (320, 400)
A_ROW = 6


def main() -> None:
    shots = Path(os.environ.get("SHOTS") or ROOT / ".local" / "screenshots").absolute()
    shutil.rmtree(shots, ignore_errors=True)
    shots.mkdir(parents=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    data = ROOT / ".local" / "screenshots-data"
    with running(data, free_port()) as ground, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        ground.manage("shell", "--no-imports", "-c", FURNISH)
        session = sign_in(browser, ground)
        pages = FOR_STRANGERS | stops(ground, session)
        for name, path in pages.items():
            take(browser, ground, name, path, "" if name in FOR_STRANGERS else session, shots)
        fill(ground)
        history.make_history(ground, slug=PAST, events=40_000, days=150, people=6_000)
        history.settle(ground)
        for name, path in OF_A_PAST.items():
            take(browser, ground, name, f"/b/{PAST}/{path}", session, shots)
        browser.close()
    sheets(sorted(shots.glob("*.png")), shots)
    if os.environ.get("DOCS"):
        for name, (page, width, scheme) in IN_THE_DOCS.items():
            with Image.open(shots / f"{page}-{width}-{scheme}.png") as picture:
                first = picture.crop((0, 0, width, min(picture.height, HIGHEST_IN_THE_DOCS)))
                first.save(ROOT / "docs/images" / f"{name}.png", optimize=True)
    print(f"{len(pages) + len(OF_A_PAST)} pages are in {shots}; begin with sheet-*.png")


def base(ground: Ground) -> str:
    return f"http://127.0.0.1:{ground.port}"


def sign_in(browser: Browser, ground: Ground) -> str:
    """The demo manager's session cookie."""
    page = browser.new_page()
    page.goto(f"{base(ground)}/accounts/login/")
    page.get_by_label("E-mail address").fill(ground.demo["email"])
    page.get_by_label("Password").fill(ground.demo["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/brands/")
    cookies = page.context.cookies()
    page.context.close()
    return next(each.get("value", "") for each in cookies if each.get("name") == "session")


def stops(ground: Ground, session: str) -> dict[str, str]:
    """Every page that can be reached by links, by the name of its route."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.update(ground.variables)
    import django

    django.setup()
    from tests.browser.tour import tour

    begin = (f"/b/{ground.demo['slug']}/",)
    found = tour(base(ground), session=session, begin=begin)
    return {stop.name.replace(":", "-"): stop.path for stop in found}


def take(browser: Browser, ground: Ground, name: str, path: str, session: str, shots: Path) -> None:
    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        if session:
            context.add_cookies([{"name": "session", "value": session, "url": base(ground)}])
        page = context.new_page()
        page.goto(f"{base(ground)}{path}")
        # Charts are drawn one after the other.
        page.wait_for_function(
            "[...document.querySelectorAll('[data-chart]')].every(each => each.childElementCount)"
        )
        page.screenshot(
            path=shots / f"{name}-{width}-{scheme}.png",
            clip={"x": 0, "y": 0, "width": width, "height": height(page)},
            full_page=True,
        )
        context.close()


def height(page: Page) -> int:
    return min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)


def sheets(pictures: Sequence[Path], shots: Path) -> None:
    """All pictures of one look, small, side by side."""
    for width, scheme in LOOKS:
        mine = [each for each in pictures if each.stem.endswith(f"-{width}-{scheme}")]
        for start in range(0, len(mine), 2 * A_ROW):
            some = mine[start : start + 2 * A_ROW]
            sheet(some).save(shots / f"sheet-{width}-{scheme}-{start // (2 * A_ROW) + 1}.png")


def sheet(pictures: Sequence[Path]) -> Image.Image:
    across, down = THUMBNAIL
    whole = Image.new("RGB", (across * A_ROW, down * -(-len(pictures) // A_ROW)), "gray")
    for place, path in enumerate(pictures):
        with Image.open(path) as picture:
            small = picture.crop((0, 0, picture.width, picture.width * down // across))
            small.thumbnail((across - 8, down - 8))
        whole.paste(small, (place % A_ROW * across + 4, place // A_ROW * down + 4))
    return whole


if __name__ == "__main__":
    main()
