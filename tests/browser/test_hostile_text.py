"""Hostile text in all that a partner sends and a manager types: no page breaks, and no script runs.

The forms are found by following links, so those that somebody adds next year are tried as well. A field that
takes no hostile text has to say so itself, and `SOUND` is what it takes instead.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from portal.wording import plain
from tests.browser.conftest import DESK, PHONE
from tests.browser.forms import Form, Read, Typed, Visitor
from tests.browser.tour import tour
from tests.live_server import LiveServer

pytestmark = pytest.mark.needs("chromium")

MARKUP = "\"><img src=x data-hostile onerror=alert(1)>'{{7*7}}"
# Turned round and never turned back; a family that is one character; nothing to see; a tower of accents.
TURNED = (
    "\u202eexe\u2067"
    + "\N{ZERO WIDTH JOINER}".join("\U0001f469\U0001f469\U0001f467\U0001f466")
    + "\u2069\u200b\ufeffa\u0301\u0327\u0308"
)
MORE = "</script></title></textarea><svg data-hostile onload=alert(2)>{% now 'Y' %}&lt;b&gt;\\\"'"
HOSTILE = MARKUP + TURNED + MORE
ENDLESS = HOSTILE + "W" * (10_000 - len(HOSTILE))
# Without spaces, in ASCII.
SOLID = MARKUP.replace(" ", "/")
# All that may stand before an @.
LOCAL_PART = ("{{7*7}}'&lt=onerror|\U0001f389q\u0303#%s%0d%0a" + "W" * 64)[:64]

METADATA = {
    "order_id": HOSTILE[:200],
    HOSTILE: HOSTILE,
    "longest": ENDLESS[:1_000],
    "inner": {HOSTILE: [HOSTILE, {"line\r\nbreak": "line\r\nbreak"}]},
}

# For fields that take no hostile text, and are to be sent with something after all.
SOUND = {
    "address": "wal_" + "0" * 32,
    "amount": "1.00",
    "email": "guest@guests.example",
    "entry": "*.newshop.example",
    "event": "place_order",
    "key": "a_key",
    "metadata": json.dumps({"order_id": HOSTILE, HOSTILE: HOSTILE}),
    "origin": "https://shop.newshop.example",
    "person": LOCAL_PART + "@newshop.example",
    "reward": "10.00",
    "url": f"https://hooks.newshop.example/{quote(HOSTILE)}",
}
# What only the account's owner knows: these stay refused.
SECRETS = {"code", "oldpassword", "password"}
# What says what is wrong with all of itself at once, or goes by the API's own bounds.
TAKES_ALL = {"password1", "password2", "event", "email", "metadata", "idempotency_key"} | {
    "cooldown_length"  # is not read with the cooldown that is chosen
}
# Buttons after which nothing is kept.
NOT_SENT = {"action=preview", "action=sample"}
# What pages are asked for in their URL, beside what their forms ask for.
ASKED = {"before", "after", "event", "type", "template", "key", "language", "with", "again", "next"}

MAKE = """
from tests.browser.mallory import arrive
arrive(email={email!r}, name={name!a}, url={url!r})
"""
NUMBERS = re.compile(r"[0-9]+|wal_\w+|evt_\w+")
TOKEN = "csrfmiddlewaretoken"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
# Text of ours whose first two letters stand in the wrong order: somebody's text turns it round.
BACKWARDS = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const at = document.createRange();
  const place = (text, from) => {
    at.setStart(text, from);
    at.setEnd(text, from + 1);
    return at.getBoundingClientRect();
  };
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const from = text.data.search(/[a-z]{2}/i);
    if (from < 0 || text.parentElement.closest("bdi, pre, code, textarea, option")) continue;
    const [one, two] = [place(text, from), place(text, from + 1)];
    if (one.top === two.top && two.left < one.left) found.push(text.data.trim().slice(0, 60));
  }
  return found;
}"""
INJECTED = "document.querySelectorAll('[data-hostile]').length"
# All that is on a page: its text, and what stands in its fields.
ALL = """[document.body.textContent, ...[...document.querySelectorAll("input, textarea, [title]")]
    .map((each) => each.value ?? each.title)].join("\\n")"""


@dataclass
class Place:
    """A brand whose owner is called as badly as can be, and who has one badly written customer."""

    server: LiveServer
    visitor: Visitor
    made: dict[str, Any]
    event: str = ""

    def path(self, rest: str = "") -> str:
        return f"/b/{self.made['slug']}/{rest}"

    def stops(self) -> list[str]:
        """A page of every kind, those first that are about what is hostile, or that no link leads to."""
        begin = (
            *("log/" + self.event + "/", "", "setup/", "event-types/unmatched/"),
            f"event-types/replays/{self.made['replay']}/",
        )
        found = tour(
            self.server.base_url,
            session=self.visitor.session,
            begin=(*map(self.path, begin), f"/invitation/{self.made['invitation']}/"),
        )
        return [stop.path for stop in found]


@pytest.fixture(scope="module")
def place(chromium: Browser, running_server: LiveServer) -> Iterator[Place]:
    """Not the demo brand, which is others' to use."""
    script = MAKE.format(
        email=f"mallory-{uuid4().hex[:8]}@newshop.example", name=HOSTILE[:120], url=SOUND["url"]
    )
    made = json.loads(running_server.manage("shell", "-c", script).stdout.splitlines()[-1])
    reader = chromium.new_page()
    visitor = Visitor(running_server.base_url, reader)
    visitor.browser.cookies.set("session", made["session"], domain="127.0.0.1")
    # It is kept with the session, which is shown to its owner.
    visitor.browser.headers["User-Agent"] = HOSTILE.encode()
    place = Place(running_server, visitor, made)
    place.event = hostile_event(place)
    unknown = sound_event(place) | {"event": "z" * 64, "metadata": {HOSTILE: HOSTILE}}
    assert send(place, unknown).json()["code"] == "unknown_event"
    yield place
    reader.context.close()


def send(place: Place, body: Any, **headers: str) -> requests.Response:
    return requests.post(
        place.server.url("/resonance-api/manual-event"),
        data=body if isinstance(body, str) else json.dumps(body),
        headers={
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value.encode() for name, value in headers.items()},
        },
        timeout=30,
    )


def hostile_event(place: Place) -> str:
    """As much hostile text as an event that is paid can carry."""
    body = sound_event(place) | {
        "email": f"{LOCAL_PART}@{'w' * 60}.{'w' * 60}.example",
        "metadata": METADATA,
        "idempotency_key": (uuid4().hex + SOLID + "W" * 255)[:255],
    }
    answer = send(
        place,
        body,
        User_Agent=HOSTILE,
        Referer=f"https://shop.newshop.example/{HOSTILE}",
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "rewarded"
    return str(answer.json()["event_id"])


def sound_event(place: Place) -> dict[str, Any]:
    return {
        "brand_id": place.made["brand_id"],
        "event": "place_order",
        "email": "ann@example.com",
        "metadata": {"order_id": uuid4().hex},
    }


# What a partner sends


@pytest.mark.parametrize(
    "text",
    [HOSTILE, ENDLESS, "nul\0", "line\r\nbreak", "\ud800", TURNED],
    ids=["markup", "10,000", "nul", "lines", "half a pair", "turned"],
)
def test_the_api_answers_whatever_is_sent_to_it(place, text):
    fields = ("event", "email", "domain", "brand_id", "idempotency_key", "occurred_at", "judge_at")
    bodies = [
        *({name: text} for name in (*fields, "test", "dry_run", text)),
        {"email": f"{text}@example.com"},
        {"metadata": text},
        {"metadata": {text: text}},
        {"metadata": {"order_id": text}},
    ]
    for changed in bodies:
        answer = send(place, sound_event(place) | changed)
        well_answered(answer)
        if text == ENDLESS and answer.status_code == 422:
            assert "character" in answer.text or "Unknown" in answer.text, changed


def test_the_api_answers_whatever_is_in_the_headers(place):
    for name in (
        *("User_Agent", "Referer", "Origin", "Idempotency_Key", "X_Resonance_Brand", "Authorization"),
        *("webhook_id", "webhook_timestamp", "webhook_signature", "X_Request_Id", "Accept_Language"),
        *("X_Forwarded_For", "X_Forwarded_Host", "Content_Type", "Accept"),
    ):  # fmt: skip
        well_answered(send(place, sound_event(place), **{name: HOSTILE}))


def well_answered(answer: requests.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert "json" in answer.headers["Content-Type"]


def test_what_was_sent_is_shown_as_it_was_sent(place, open_browser):
    page = open_browser(session=place.visitor.session, width=PHONE)
    page.goto(place.path("live/"))
    expect(page.locator(f"tr[data-id='{place.event}']")).to_be_visible()
    assert list(looked_at(page)) == []
    page.goto(place.path("log/"))
    page.locator(f"#found a[href*='{place.event}']").click()
    page.get_by_role("button", name="Show whole").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Shown whole")
    assert list(looked_at(page)) == []
    assert json.loads(drawer.locator("pre[aria-labelledby=sent]").inner_text()) == METADATA
    expect(drawer.get_by_role("link", name=LOCAL_PART)).to_be_visible()


# What a manager types


@pytest.fixture(scope="module")
def pages(place) -> list[tuple[str, Read]]:
    """A page of every kind, as it is before anything is typed."""
    return [(path, place.visitor.open(path)) for path in place.stops()]


@pytest.fixture(scope="module")
def forms(pages) -> list[tuple[str, Form]]:
    """Every form that something can be typed into, once for each of its buttons, and where it is."""
    found: dict[tuple[str, ...], tuple[str, Form]] = {}
    for path, page in pages:
        for form in page.forms:
            if form.typed:
                found.setdefault(kind(form), (path, form))
    return [*found.values()]


def kind(form: Form) -> tuple[str, ...]:
    """The same for the forms of two objects of a kind."""
    return (NUMBERS.sub("", form.address), form.button, *names(form))


def names(form: Form) -> list[str]:
    return [each.name for each in form.typed]


def test_a_form_refuses_what_is_too_long_or_forged_and_says_where(place, forms):
    found = []
    for path, form in forms:
        for text in (ENDLESS, "nul\0" + MARKUP, "two\r\nlines"):
            typed = dict.fromkeys(names(form), text)
            read = place.visitor.send(form, **typed)
            found += [f"{path} {line}" for line in trouble(read, typed)]
            if text == ENDLESS and form.button not in NOT_SENT:
                taken = {*typed} - {each.name for each in refused(read)} - TAKES_ALL
                found += [f"{path} takes 10,000 characters: {name}" for name in taken]
        token = [pair for pair in form.sent if pair[0] == TOKEN]
        forged = [(name, HOSTILE) for name, _ in form.sent if name != TOKEN]
        read = place.visitor.send_raw(form, [*token, *forged])
        found += [f"{path} forged: {line}" for line in trouble(read, {})]
    assert not found, "\n".join(found)


def test_a_url_may_say_anything(place, pages):
    found = []
    for path, page in pages:
        asked = {name for form in page.forms for name, _ in form.sent}
        for text in (HOSTILE, "nul\0", "9" * 400):
            query = dict.fromkeys((asked | ASKED) - {TOKEN}, text)
            read = place.visitor.open(f"{path}?{urlencode(query)}")
            found += [f"{path} {line}" for line in trouble(read, {})]
    assert not found, "\n".join(found)


def test_no_page_breaks_and_no_script_runs(place, forms, open_browser):
    page = open_browser(session=place.visitor.session)
    found = []
    stored: dict[str, str] = {}
    for path, form in forms:
        for read, typed in typed_into(place.visitor, path, form):
            found += [f"{path} {line}" for line in trouble(read, typed)]
            if refused(read) or form.method == "get":
                found += [f"{path} answered: {line}" for line in drawn(page, read)]
            elif form.button not in NOT_SENT:
                stored |= {typed[name]: f"{path} {name}" for name in names(form)}
    everywhere = []
    for path in place.stops():
        page.goto(path, wait_until="domcontentloaded")
        found += [f"{path} {line}" for line in looked_at(page)]
        everywhere.append(page.evaluate(ALL))
    found += [
        f"{at} does not come back as it was typed: {text[:60]!r}"
        for text, at in stored.items()
        if not any(text in each or plain(text) in each for each in everywhere)
    ]
    assert not found, "\n".join(found)


def refused(read: Read) -> list[Typed]:
    return [each for form in read.forms for each in form.typed if each.refused]


def typed_into(visitor: Visitor, path: str, known: Form) -> Iterator[tuple[Read, dict[str, str]]]:
    """Hostile text in every field; then once more, with what is taken where none is."""
    # Anew: a form may be good for one time only.
    form = next(each for each in visitor.open(path).forms if kind(each) == kind(known))
    typed = {
        each.name: HOSTILE[: each.longest] if each.longest > 0 else HOSTILE for each in form.typed
    }
    read = visitor.send(form, **typed)
    yield read, typed
    wrong = {each.name for each in refused(read)}
    if wrong and not wrong & SECRETS:
        before = {each.name: each.value for each in form.typed}
        typed |= {name: SOUND.get(name, before.get(name, "")) for name in wrong}
        read = visitor.send(form, **typed)
        yield read, typed
    for asking in read.forms:
        # It asks whether that is meant.
        if not asking.typed and {*typed.items()} <= {*asking.sent}:
            yield visitor.send(asking), typed


def trouble(read: Read, typed: dict[str, str]) -> Iterator[str]:
    """What is wrong with the answer to a form, a line for each."""
    if read.answer.status_code >= 500:
        yield f"answers {read.answer.status_code}"
    if read.injected:
        yield "lets markup in"
    for each in refused(read):
        if not each.why:
            yield f"does not say what is wrong with {each.name}"
        if each.name in typed and lost(each, typed[each.name]):
            yield f"lost what was typed into {each.name}: {each.value[:60]!r}"


def lost(field: Typed, typed: str) -> bool:
    # No browser shows NUL, nor a second line where there is room for one.
    shown = typed.replace("\0", "\ufffd")
    shown = shown.replace("\r\n", "\n" if field.kind == "textarea" else "")
    return field.kind != "password" and field.value != shown


def drawn(page: Page, read: Read) -> Iterator[str]:
    """The answer to a form as a browser shows it, with the headers that it came with."""
    kept = ("content-type", "content-security-policy")
    headers = {name: value for name, value in read.answer.headers.items() if name.lower() in kept}

    def answer(route: Route) -> None:
        route.fulfill(status=200, headers=headers, body=read.answer.text)

    page.route("**/drawn", answer)
    page.goto("/drawn", wait_until="domcontentloaded")
    page.unroute("**/drawn")
    yield from looked_at(page)


def looked_at(page: Page) -> Iterator[str]:
    if page.evaluate(INJECTED):
        yield "lets markup in"
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        if not page.evaluate(FITS):
            yield f"is wider than {width} pixels"
        for text in page.evaluate(BACKWARDS):
            yield f"has text that runs backwards: {text!r}"
