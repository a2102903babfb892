"""The brand manager's way through the pages, as they are seen and used."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, post_event, sign_in

pytestmark = pytest.mark.needs("chromium")

ROOMS = ["", "event-types/", "event-types/new/", "log/", "members/"]
HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>" + "W" * 900


def go(page: Page, server, path: str = "") -> None:
    page.goto(f"/b/{server['slug']}/{path}")


def add_event_type(page: Page, server, key: str) -> None:
    go(page, server, "event-types/new/")
    page.get_by_label("Name").fill(f"Newsletter {key}")
    page.get_by_label("Key").fill(key)
    page.get_by_label("Reward").fill("3.50")
    page.get_by_role("button", name="Publish and switch on").click()


def fits(page: Page) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"))


def test_signing_in_wrong_and_right_and_out_again(open_browser, running_server):
    page = open_browser()
    sign_in(page, running_server, password="not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value(running_server["email"])
    page.get_by_label("Password").fill(running_server["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"/b/{running_server['slug']}/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"/b/{running_server['slug']}/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_an_event_type_is_made_while_its_rule_is_said_back(page, running_server):
    key = f"newsletter_{uuid4().hex[:8]}"
    go(page, running_server, "event-types/")
    page.get_by_role("link", name="New event type").click()
    page.get_by_label("Name").fill("Newsletter read")
    page.get_by_label("Key").fill(key)
    page.get_by_label("Reward").fill("2,5")
    said = page.locator("#said")
    expect(said).to_contain_text("no comma")
    page.get_by_label("Reward").fill("2.5")
    expect(said).to_have_text("Pays 2.50 RSNC every time.")
    expect(page.get_by_label("Number")).to_be_hidden()
    page.get_by_label("Cooldown", exact=True).select_option("ROLLING")
    expect(page.get_by_label("Number")).to_be_visible()
    page.get_by_label("Number").fill("36")
    page.get_by_label("Unit").select_option("hour")
    expect(said).to_have_text("Pays 2.50 RSNC once every 36 hours per person.")
    page.get_by_role("button", name="Publish and switch on").click()
    row = page.get_by_role("row").filter(has_text=key)
    expect(row).to_contain_text("Pays 2.50 RSNC once every 36 hours per person.")
    expect(row).to_contain_text("on")


def test_a_mistake_is_marked_at_its_field_and_nothing_typed_is_lost(page, running_server):
    go(page, running_server, "event-types/new/")
    page.get_by_label("Name").fill("Kept")
    page.get_by_label("Key").fill("Not a key")
    page.get_by_label("Reward").fill("1,5")
    page.get_by_role("button", name="Publish and switch on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Kept")
    expect(page.get_by_label("Reward")).to_have_value("1,5")
    expect(page.get_by_label("Reward")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Reward")).to_have_accessible_description(re.compile("no comma"))


def test_two_people_who_edit_at_once_are_told(page, open_browser, session, running_server):
    key = f"twice_{uuid4().hex[:8]}"
    add_event_type(page, running_server, key)
    other = open_browser(session=session)
    for each in (page, other):
        go(each, running_server, "event-types/")
        each.get_by_role("link", name=f"Newsletter {key}", exact=True).click()
    page.get_by_label("Reward").fill("4.00")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    other.get_by_label("Reward").fill("5.00")
    other.get_by_role("button", name="Publish", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("Version 2 was published while you were")
    expect(other.get_by_label("Reward")).to_have_value("5.00")
    other.get_by_role("button", name="Publish over version 2").click()
    expect(other.get_by_text("Version 3 is published.")).to_be_visible()
    expect(other.get_by_text("Version 3, in force")).to_be_visible()


def test_switching_off_asks_in_a_dialog(page, running_server):
    key = f"switch_{uuid4().hex[:8]}"
    add_event_type(page, running_server, key)
    row = page.get_by_role("row").filter(has_text=key)
    row.get_by_role("link", name="Switch off").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("still recorded, and pays nothing")
    dialog.get_by_role("link", name="Leave it as it is").click()
    expect(dialog).to_be_hidden()
    row.get_by_role("link", name="Switch off").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    row.get_by_role("link", name="Switch off").click()
    dialog.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text(f"Newsletter {key} is switched off.")).to_be_visible()
    told = post_event(running_server, key, "off@example.com")
    assert told["status"] == "no_reward"


def test_without_javascript_everything_still_works(open_browser, session, running_server):
    page = open_browser(session=session, java_script_enabled=False)
    key = f"plain_{uuid4().hex[:8]}"
    go(page, running_server, "event-types/new/")
    page.get_by_label("Name").fill("Plain")
    page.get_by_label("Key").fill(key)
    page.get_by_label("Reward").fill("1")
    page.get_by_role("button", name="Say it back").click()
    expect(page.locator("#said")).to_have_text("Pays 1.00 RSNC every time.")
    page.get_by_role("button", name="Publish and switch on").click()
    page.get_by_role("row").filter(has_text=key).get_by_role("link", name="Switch off").click()
    page.get_by_role("main").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Plain is switched off.")).to_be_visible()
    go(page, running_server, "log/")
    page.get_by_label("Decision").select_option("duplicate")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("status=duplicate"))


def test_an_event_that_is_posted_is_in_the_log_and_explained(page, running_server):
    order = f"ORD-{uuid4().hex[:8]}"
    first = post_event(running_server, "place_order", "log@example.com", order_id=order)
    post_event(running_server, "place_order", "log@example.com", order_id=order)
    go(page, running_server, "log/")
    row = page.get_by_role("row").filter(has_text="lo•••@example.com").first
    expect(row).to_contain_text("duplicate")
    row.get_by_role("link", name="place_order").click()
    expect(page.get_by_text(f"metadata.order_id is \u2068{order}\u2069")).to_be_visible()
    page.get_by_role("link", name="See the event that earned it").click()
    expect(page).to_have_url(re.compile(f"{first['event_id']}"))
    expect(page.get_by_text("10.00 RSNC credited.", exact=True)).to_be_visible()
    page.get_by_role("link", name="lo•••@example.com").click()
    expect(page.get_by_role("heading", name="lo•••@example.com")).to_be_visible()
    expect(page.get_by_role("link", name="Earned").first).to_be_visible()


def test_the_log_is_filtered_in_place_and_the_way_back_works(page, running_server):
    go(page, running_server, "log/")
    page.get_by_label("Decision").select_option("cooldown")
    expect(page).to_have_url(re.compile("status=cooldown"))
    expect(page.get_by_role("link", name="Show everything")).to_be_visible()
    expect(page.locator("#log td .chip").first).to_have_text("cooldown")
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile("status=cooldown.*before="))
    expect(page.locator("#log td .chip").first).to_have_text("cooldown")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile("/log/$"))
    expect(page.get_by_label("Decision")).to_have_value("")


def test_a_member_is_found_by_the_whole_address(page, running_server):
    post_event(running_server, "signup", "find-me@example.com")
    go(page, running_server, "members/")
    page.get_by_label("Find by e-mail address").fill("find-me@example.com")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="fi•••@example.com").click()
    expect(page.get_by_text("25.00").first).to_be_visible()
    go(page, running_server, "members/?address=find-me")
    expect(page.locator(".error")).to_be_visible()


def test_the_call_is_copied_and_runs_as_pasted(page, running_server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, running_server, "setup/")
    page.get_by_role("button", name="Copy the call").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#call").text_content()
    assert copied.startswith(f"curl {running_server.base_url}/resonance-api/manual-event")


def test_the_keyboard_alone_makes_an_event_type(page, running_server):
    go(page, running_server, "event-types/new/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    key = f"keys_{uuid4().hex[:8]}"
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Event types")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Begin with a template")).to_be_focused()
    for typed in ("By keyboard", key, "1.00"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text=key)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, PHONE, DESK])
def test_every_room_fits_in_light_and_dark(open_browser, session, running_server, width, scheme):
    hostile = f"{uuid4().hex[:6]}{'l' * 50}@{'d' * 60}.{'d' * 60}.example"
    told = post_event(
        running_server, "place_order", hostile, **{"order_id": HOSTILE[:250], HOSTILE: 1}
    )
    page = open_browser(session=session, width=width, scheme=scheme)
    for room in (*ROOMS, f"log/{told['event_id']}/"):
        go(page, running_server, room)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert fits(page), room
    page.get_by_role("main").get_by_role("link", name=re.compile("•••@d")).click()
    expect(page.get_by_role("heading", level=2, name="Transfers")).to_be_visible()
    assert fits(page)


PAIRS = [
    *[("--ink", ground, 4.5) for ground in ("--ground", "--surface", "--sunken", "--accent-soft")],
    *[("--ink-2", ground, 4.5) for ground in ("--ground", "--surface", "--sunken")],
    *[("--accent", ground, 4.5) for ground in ("--ground", "--surface", "--accent-soft")],
    ("--on-accent", "--accent", 4.5),
    *[
        (f"--{name}", ground, 4.5)
        for name in ("good", "wait", "bad")
        for ground in (f"--{name}-soft", "--surface")
    ],
    *[("--edge", ground, 3) for ground in ("--ground", "--surface")],
]
CONTRAST = """pairs => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  const luminance = (name) => {
    probe.style.color = `var(${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => {
      const s = part / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(([above, below]) => {
    const [light, dark] = [luminance(above), luminance(below)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_browser, scheme):
    page = open_browser(scheme=scheme)
    page.goto("/accounts/login/")
    ratios = page.evaluate(CONTRAST, [[above, below] for above, below, _ in PAIRS])
    weak = [
        (above, below, round(ratio, 2))
        for (above, below, least), ratio in zip(PAIRS, ratios, strict=True)
        if ratio < least
    ]
    assert weak == []


def test_nothing_moves_for_those_who_asked_for_stillness(open_browser, session, running_server):
    page = open_browser(session=session, reduced_motion="reduce")
    go(page, running_server)
    moving = "document.getAnimations().length"
    assert page.evaluate(moving) == 0
