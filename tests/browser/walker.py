"""Somebody who uses the pages as people do: with a mouse, with the keyboard alone, with a thumb.

They find things by the names that these have for everybody. A test is written once, for all of them:

    def sign_in(walker):
        walker.go("/accounts/login/")
        walker.fill("E-mail address", "ann@example.com")
        walker.press("Sign in")
        walker.sees("Your brands")
"""

from typing import Any, ClassVar

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE

FITS = "document.documentElement.scrollWidth <= screen.width"
# What has the focus says so with an outline, where it can be seen.
FOCUS = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return { name: "the page", outlined: true, seen: true };
  const style = getComputedStyle(at);
  const { top, bottom, left, right } = at.getBoundingClientRect();
  return {
    name: `${at.localName} “${(at.ariaLabel ?? at.textContent.trim() ?? "").slice(0, 40)}”`,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
  };
}"""


class Walker:
    """With a mouse, at a desk."""

    browser: ClassVar[dict[str, Any]] = {"width": DESK}

    def __init__(self, page: Page) -> None:
        self.page = page
        # Every time that a page is loaded.
        self.loads: list[str] = []
        page.on(
            "request",
            lambda asked: self.loads.append(asked.url) if asked.is_navigation_request() else None,
        )

    def go(self, path: str) -> None:
        self.page.goto(path)

    def press(self, name: str) -> None:
        """A button."""
        self.act_on(self.named("button", name))

    def open(self, name: str) -> None:
        """A link, the first of this name."""
        self.act_on(self.named("link", name))

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).fill(value)

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def sees(self, name: str) -> None:
        """A heading, once it is there; and the page around it is in order."""
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()
        self.look_around()

    def reads(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()
        self.look_around()

    def named(self, role: Any, name: str) -> Locator:
        return self.page.get_by_role(role, name=name, exact=True).first

    def act_on(self, target: Locator) -> None:
        target.click()

    def look_around(self) -> None:
        assert self.page.evaluate(FITS), f"{self.page.url} is wider than the screen"


class WithAThumb(Walker):
    """On a phone, by touch."""

    browser: ClassVar[dict[str, Any]] = {"width": PHONE, "has_touch": True, "is_mobile": True}

    def act_on(self, target: Locator) -> None:
        target.tap()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).tap()
        super().fill(label, value)


class ByKeyboard(Walker):
    """Without a mouse: what Tab does not lead to is out of reach."""

    MOST = 80

    def press(self, name: str) -> None:
        self.reach(self.named("button", name), f"the button “{name}”")
        self.page.keyboard.press("Space")

    def open(self, name: str) -> None:
        self.reach(self.named("link", name), f"the link “{name}”")
        self.page.keyboard.press("Enter")

    def fill(self, label: str, value: str) -> None:
        """Type over what is there: Tab selects it."""
        field = self.page.get_by_label(label, exact=True)
        self.reach(field, f"the field “{label}”")
        self.page.keyboard.type(value)
        expect(field).to_have_value(value)

    def choose(self, label: str, option: str) -> None:
        """By its first letters."""
        field = self.page.get_by_label(label, exact=True)
        self.reach(field, f"the list “{label}”")
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_have_text(option)

    def reach(self, target: Locator, what: str) -> None:
        expect(target).to_be_visible()
        focused = target.and_(self.page.locator(":focus"))
        passed = []
        for _ in range(self.MOST):
            if focused.count():
                return
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(FOCUS)
            passed.append(at["name"])
            assert at["outlined"], f"nothing shows that {at['name']} on {self.page.url} is focused"
            assert at["seen"], f"{at['name']} on {self.page.url} is focused where nobody sees it"
        pytest.fail(
            f"{self.MOST} Tabs on {self.page.url} do not lead to {what}, they lead to: {passed}"
        )
