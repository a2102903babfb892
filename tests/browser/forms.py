"""Somebody without a browser of their own, who finds the forms of a page and sends them.

What a page holds is read by Chromium's parser, so that it is what a person's browser would make of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests
from playwright.sync_api import Page

READ = """(html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const typed = "textarea, input:not([type]), " + ["text", "search", "email", "url", "tel", "password"]
    .map((kind) => `input[type=${kind}]`).join();
  const why = (input) => (input.getAttribute("aria-describedby") ?? "").split(" ")
    .filter((id) => id === `${input.id}_error`)
    .map((id) => page.getElementById(id)?.textContent.trim()).join(" ");
  return {
    injected: page.querySelectorAll("[data-hostile]").length,
    alerts: [...page.querySelectorAll("[role=alert]")].map((each) => each.textContent.trim()),
    forms: [...page.forms].flatMap((form) => {
      // Sent by each of its buttons: they may mean different things.
      const buttons = [...form.querySelectorAll("button[type=submit], button:not([type])")];
      const typed_into = [...form.querySelectorAll(typed)].map((input) => ({
        name: input.name, kind: input.type, value: input.value, longest: input.maxLength,
        refused: input.getAttribute("aria-invalid") === "true", why: why(input),
      }));
      return buttons.map((button) => ({
        action: form.getAttribute("action") ?? "",
        method: form.method,
        sent: [...new FormData(form, button)].filter(([, value]) => typeof value === "string"),
        button: button.name ? `${button.name}=${button.value}` : "",
        typed: typed_into,
      }));
    }),
  };
}"""


@dataclass(frozen=True, slots=True)
class Typed:
    """A field that text is typed into. `longest` is -1 where the page does not say."""

    name: str
    kind: str
    value: str
    longest: int
    refused: bool
    why: str


@dataclass(frozen=True, slots=True)
class Form:
    """As one of its buttons sends it. `sent` is what goes along if nothing is changed."""

    address: str
    method: str
    button: str
    sent: tuple[tuple[str, str], ...]
    typed: tuple[Typed, ...]

    def with_(self, changes: Mapping[str, str]) -> list[tuple[str, str]]:
        return [*((n, v) for n, v in self.sent if n not in changes), *changes.items()]


@dataclass(frozen=True, slots=True)
class Read:
    """What came, and what a browser finds in it."""

    answer: requests.Response
    injected: int = 0
    alerts: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()


@dataclass
class Visitor:
    """One session. `reader` is any page: nothing of what is read is shown in it."""

    base_url: str
    reader: Page
    browser: requests.Session = field(default_factory=requests.Session)

    @property
    def session(self) -> str:
        return str(self.browser.cookies["session"])

    def open(self, path: str) -> Read:
        return self.read(self.browser.get(urljoin(self.base_url, path), timeout=30))

    def send(self, form: Form, **changes: str) -> Read:
        return self.send_raw(form, form.with_(changes))

    def send_raw(self, form: Form, fields: list[tuple[str, str]]) -> Read:
        if form.method == "get":
            answer = self.browser.get(form.address, params=fields, timeout=30)
        else:
            answer = self.browser.post(
                form.address, data=fields, headers={"Referer": form.address}, timeout=30
            )
        return self.read(answer)

    def read(self, answer: requests.Response) -> Read:
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return Read(answer)
        found: dict[str, Any] = self.reader.evaluate(READ, answer.text)
        return Read(
            answer,
            found["injected"],
            tuple(found["alerts"]),
            tuple(self.forms(answer.url, found["forms"])),
        )

    def forms(self, url: str, found: list[dict[str, Any]]) -> Iterator[Form]:
        for each in found:
            yield Form(
                urljoin(url, each["action"]),
                each["method"],
                each["button"],
                tuple((name, value) for name, value in each["sent"]),
                tuple(Typed(**typed) for typed in each["typed"]),
            )
