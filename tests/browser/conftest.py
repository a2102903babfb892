"""A real Chromium against a running installation. A console error or a breach of the CSP fails the test."""

import re
from collections.abc import Callable, Generator
from typing import Literal

import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    expect,
    sync_playwright,
)

from tests.browser.chromium import launch
from tests.live_server import LiveServer

PHONE, DESK = 390, 1280
# Milliseconds after which a page does not come any more, on a machine that has much else to do as well.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    # A module's own: Playwright's event loop must not be running when Django's database tests follow.
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session(chromium: Browser, running_server: LiveServer) -> str:
    """The demo manager's session cookie: signing in is slowed down, so it is done once."""
    page = chromium.new_page()
    sign_in(page, running_server)
    page.wait_for_url("**/brands/")
    state = page.context.storage_state()
    page.context.close()
    return str(next(each["value"] for each in state["cookies"] if each["name"] == "session"))


@pytest.fixture
def open_browser(chromium: Browser, running_server: LiveServer) -> Generator[Callable[..., Page]]:
    """A fresh browser, watched."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_one(
        *, session: str = "", width: int = DESK, scheme: Literal["light", "dark"] = "light", **more
    ) -> Page:
        context = chromium.new_context(
            **{"base_url": running_server.base_url, **more},
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        contexts.append(context)
        if session:
            context.add_cookies(
                [{"name": "session", "value": session, "url": running_server.base_url}]
            )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, trouble)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def page(open_browser: Callable[..., Page], session: str) -> Page:
    """The demo brand's manager at a desk."""
    return open_browser(session=session)


def watch(page: Page, trouble: list[str]) -> None:
    """Note what a person would find in the console, and every dialog of the browser's own."""

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            trouble.append(message.text)

    def failed(error: Error) -> None:
        trouble.append(f"{error}")

    def asked(dialog: Dialog) -> None:
        trouble.append(f"dialog: {dialog.message}")

    page.on("console", said)
    page.on("pageerror", failed)
    page.on("dialog", asked)


def sign_in(page: Page, server: LiveServer, password: str = "") -> None:
    page.goto(server.url("/accounts/login/"))
    page.get_by_label("E-mail address").fill(server["email"])
    page.get_by_label("Password").fill(password or server["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def mailed_code(server: LiveServer, address: str) -> str:
    """The newest code for the address, from where `up` puts mail while it is told no better."""
    letters = sorted((server.folder / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime)
    text = next(text for file in reversed(letters) if address in (text := file.read_text()))
    found = re.findall(r"^ +([A-Z]{4}-[A-Z]{4})$", text, re.MULTILINE)
    return str(found[-1])


def post_event(server: LiveServer, event: str, email: str, **metadata: object) -> dict[str, object]:
    answer = requests.post(
        server.url("/resonance-api/manual-event"),
        json={"event": event, "email": email, "metadata": metadata},
        headers={"Authorization": f"Bearer {server['secret_key']}"},
        timeout=10,
    )
    answer.raise_for_status()
    told: dict[str, object] = answer.json()
    return told
