"""Event types as a manager uses them: from what was missed to a rule, its versions and its place."""

import re
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import post_event

pytestmark = pytest.mark.needs("chromium")


def go(page, server, path=""):
    page.goto(f"/b/{server['slug']}/event-types/{path}")


def miss(server, name, person):
    answer = requests.post(
        server.url("/resonance-api/manual-event"),
        json={"event": name, "email": person, "metadata": {"friend": "carla@example.com"}},
        headers={"Authorization": f"Bearer {server['secret_key']}"},
        timeout=10,
    )
    assert answer.status_code == 422


def test_what_was_missed_becomes_an_event_type_and_is_replayed(page, running_server):
    name = f"invite_{uuid4().hex[:8]}"
    people = [f"{uuid4().hex}@example.com" for _ in range(3)]
    for person in people:
        miss(running_server, name, person)
    go(page, running_server)
    page.get_by_role("link", name="Unmatched events").click()
    card = page.locator("section").filter(has_text=name)
    card.get_by_text("Its metadata").click()
    expect(card.locator("pre")).to_contain_text("ca•••@example.com")
    card.get_by_role("link", name="Make an event type of it").click()
    expect(page.get_by_label("Key")).to_have_value(name)
    page.get_by_label("Reward").fill("2")
    expect(page.locator("#said")).to_contain_text("3 events of this name came in the last 30 days")
    page.get_by_role("button", name="Publish and switch on").click()
    expect(page.get_by_text("6.00 RSNC")).to_be_visible()
    page.get_by_role("button", name="Replay 3 events").click()
    # Without loading the page again.
    expect(page.get_by_role("heading", name="Done")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("3 of 3 events")).to_be_visible()
    page.get_by_role("link", name="See them in the event log").click()
    expect(page.locator(".chip.good").filter(has_text="rewarded")).to_have_count(3)
    told = post_event(running_server, name, people[0])
    assert told["wallet"]["balance"] == "4.00"


def test_an_event_type_is_published_moved_and_compared_in_place(page, running_server):
    keys = [f"place_{uuid4().hex[:8]}" for _ in range(2)]
    for key in keys:
        go(page, running_server, "new/?template=post_review")
        page.get_by_label("Name").fill(f"Named {key}")
        page.get_by_label("Key").fill(key)
        page.get_by_role("button", name="Publish and switch on").click()
    page.evaluate("window.stayed = true")
    up = page.get_by_role("button", name=f"Move Named {keys[1]} up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text(f"Named {keys[1]} is number")
    expect(up).to_be_focused()
    shown = [key for key in page.locator("#types code").all_text_contents() if key in keys]
    assert shown == [keys[1], keys[0]]
    assert page.evaluate("window.stayed")

    page.get_by_role("link", name=f"Named {keys[0]}", exact=True).click()
    page.evaluate("window.stayed = true")
    for version, reward in ((2, "6.00"), (3, "7.00")):
        page.get_by_label("Reward").fill(reward)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Version {version}, in force")).to_be_visible()
        expect(page.get_by_label("Reward")).to_be_focused()
        expect(page.locator("#toast")).to_contain_text(f"Version {version} is published.")
    page.get_by_label("Name").fill(f"Renamed {keys[0]}")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Renamed {keys[0]}")
    assert page.evaluate("window.stayed")

    page.get_by_role("link", name="Compare all 3 versions").click()
    page.get_by_label("Version", exact=True).select_option("1")
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row").filter(has_text="Reward")
    expect(row).to_have_text(re.compile(r"5\.00 RSNC\s*7\.00 RSNC\s*changed"))
    page.get_by_role("link", name="Version 1", exact=True).click()
    page.get_by_role("link", name="Use this version again").click()
    expect(page.get_by_label("Reward")).to_have_value("5.00")


def test_a_key_is_proposed_until_one_is_written(page, running_server):
    go(page, running_server, "new/")
    page.get_by_label("Name").fill("Café, visited!")
    expect(page.get_by_label("Key")).to_have_value("cafe_visited")
    page.get_by_label("Key").fill("mine")
    page.get_by_label("Name").fill("Something else")
    expect(page.get_by_label("Key")).to_have_value("mine")
