"""The first quarter of an hour of somebody who has never seen it, with real processes.

From the landing page to the first credit, and on to a reward that is changed: by mouse, by keyboard
alone and on a phone.
"""

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import mailed_code
from tests.browser.walker import ByKeyboard, Walker, WithAThumb
from tests.live_server import LiveServer, clean_environment

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("curl"), pytest.mark.needs("bash")]
ORDER = "ORD-12345"
NEXT_ORDER = "ORD-12346"


@pytest.mark.parametrize("way", [Walker, ByKeyboard, WithAThumb])
def test_from_the_landing_page_to_a_changed_reward(open_browser, running_server, tmp_path, way):
    walker = way(open_browser(timezone_id="Asia/Tokyo", **way.browser))
    sign_up(walker, running_server)
    create_a_brand(walker, proposed="Asia/Tokyo")
    use_a_template(walker)
    call = send_the_call_and_see_it_arrive(walker, tmp_path)
    look_at_it_in_the_log(walker)
    send_it_again_as_test(walker)
    change_the_reward(walker)
    answer = run(call.replace(ORDER, NEXT_ORDER), tmp_path)
    assert (answer["status"], answer["reward"]["amount"]) == ("rewarded", "12.50")
    see_the_old_amount_on_the_old_event(walker)


def test_the_first_credit_without_javascript(open_browser, running_server, tmp_path):
    walker = Walker(open_browser(java_script_enabled=False))
    sign_up(walker, running_server)
    create_a_brand(walker, proposed="UTC")
    use_a_template(walker)
    answer = run(walker.page.locator("#call").inner_text(), tmp_path)
    assert answer["status"] == "rewarded"
    walker.open("Check again")
    expect(walker.page.locator(".ticked")).to_have_count(3)
    walker.open("Event log")
    walker.sees("Event log")
    walker.open("place_order")
    walker.sees("Order placed")
    walker.reads("10.00 RSNC credited.")


def sign_up(walker: Walker, server: LiveServer) -> None:
    address = f"eve-{uuid4().hex[:8]}@newshop.example"
    walker.go("/")
    walker.sees("Resonance pays the reward")
    walker.open("Create an account")
    walker.sees("Create an account")
    walker.fill("E-mail address", address)
    walker.fill("Password", "sunflower-fields")
    walker.press("Create an account")
    walker.sees("Enter the code")
    walker.fill("Code", mailed_code(server, address))
    walker.press("Continue")
    walker.sees("You have no brand yet")


def create_a_brand(walker: Walker, *, proposed: str) -> None:
    walker.open("New brand")
    walker.sees("New brand")
    expect(walker.page.get_by_label("Time zone")).to_have_value(proposed)
    walker.fill("Name", f"Eve's Shop {uuid4().hex[:8]}")
    walker.fill("Domain", "shop.newshop.example")
    walker.choose("Time zone", "Oslo")
    walker.press("Create the brand")
    walker.sees("Set up")


def use_a_template(walker: Walker) -> None:
    expect(walker.page.locator(".ticked")).to_have_count(0)
    walker.press("Use it for Order placed")
    expect(walker.page.locator(".ticked")).to_have_count(1)
    walker.look_around()


def send_the_call_and_see_it_arrive(walker: Walker, folder: Path) -> str:
    """The call, as it is shown."""
    page = walker.page
    walker.open("Go")
    expect(page.locator("#call")).to_contain_text("package main")
    walker.open("curl")
    expect(page.locator("#call")).to_contain_text("curl http")
    call = page.locator("#call").inner_text()
    loads = len(walker.loads)
    assert run(call, folder)["status"] == "rewarded"
    # A second to ask again, and a little for a busy machine.
    expect(page.locator(".ticked")).to_have_count(3, timeout=5_000)
    expect(page.locator("#said")).to_contain_text("+10.00 RSNC")
    assert walker.loads[loads:] == [], "the ticks come without loading the page again"
    walker.look_around()
    return call


def look_at_it_in_the_log(walker: Walker) -> None:
    walker.open("Open the event log")
    walker.sees("Event log")
    walker.open("place_order")
    drawer = walker.page.get_by_role("dialog")
    walker.sees("Order placed")
    expect(drawer).to_contain_text(f"metadata.order_id is \u2068{ORDER}\u2069")
    expect(drawer).to_contain_text("10.00 RSNC credited.")
    expect(drawer).to_contain_text("place_order, version 1")


def send_it_again_as_test(walker: Walker) -> None:
    drawer = walker.page.get_by_role("dialog")
    walker.press("Send again as test")
    expect(drawer).to_contain_text("Sent again as a test.")
    expect(drawer.locator(".chip.test")).to_be_visible()
    walker.look_around()
    walker.press("Close")
    expect(drawer).to_be_hidden()


def change_the_reward(walker: Walker) -> None:
    walker.open("Event types")
    walker.sees("Event types")
    walker.open("Order placed")
    walker.sees("Order placed")
    walker.fill("Reward", "12.50")
    expect(walker.page.locator("#said")).to_contain_text("Pays 12.50 RSNC")
    walker.press("Publish")
    walker.reads("Version 2 is published.")


def see_the_old_amount_on_the_old_event(walker: Walker) -> None:
    walker.open("Event log")
    walker.sees("Event log")
    expect(walker.page.locator("#found td.figure")).to_have_text(["+12.50", "+10.00"])
    walker.open("place_order")
    drawer = walker.page.get_by_role("dialog")
    expect(drawer).to_contain_text("12.50 RSNC credited.")
    expect(drawer).to_contain_text("place_order, version 2")
    walker.press("Older")
    expect(drawer).to_contain_text("10.00 RSNC credited.")
    expect(drawer).to_contain_text("place_order, version 1")
    walker.look_around()


def run(call: str, folder: Path) -> dict[str, Any]:
    """What comes of it, pasted into a terminal."""
    ran = subprocess.run(
        ["bash", "-c", call],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer
