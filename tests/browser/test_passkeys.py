"""Passkeys and asking again, in a real Chromium with an authenticator that answers by itself."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.live_server import LiveServer

pytestmark = pytest.mark.needs("chromium")
PASSWORD = "a long password for a day"
MAKE = """
from django.utils import timezone
from brands import services
from brands.models import Brand
user = services.create_user(email="{email}", password="{password}", now=timezone.now())
services.add_member(brand=Brand.objects.get(slug="{slug}"), user=user, role="OWNER", now=timezone.now())
"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def email(running_server: LiveServer) -> str:
    """An owner of the demo brand, whose factors are nobody else's."""
    email = f"{uuid4().hex[:10]}@demo.example"
    script = MAKE.format(email=email, password=PASSWORD, slug=running_server["slug"])
    running_server.manage("shell", "-c", script)
    return email


@pytest.fixture
def device(open_browser: Callable[..., Page], running_server: LiveServer) -> Page:
    """A browser on a device that makes passkeys. They need a name, so it goes to localhost."""
    page = open_browser(base_url=f"http://localhost:{running_server.port}")
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def enter(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def leave(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def add_passkey(page: Page, name: str) -> None:
    page.goto("/accounts/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_alone_and_is_removed(device, email):
    enter(device, email)
    add_passkey(device, "My <laptop>")
    device.get_by_role("link", name="I have kept them").click()
    expect(device.get_by_text("My <laptop>").first).to_be_visible()
    leave(device)
    device.goto("/accounts/login/?next=/accounts/security/")
    device.get_by_role("button", name="Sign in with a passkey").click()
    expect(device.get_by_role("heading", name="Security")).to_be_visible()
    expect(device.get_by_text("Passkey, signs in alone")).to_be_visible()
    device.get_by_role("link", name="Rename My <laptop>").click()
    device.get_by_label("Name").fill("Desk")
    device.get_by_role("button", name="Save the name").click()
    device.get_by_role("link", name="Remove Desk").click()
    device.get_by_role("button", name="Remove the passkey").click()
    expect(device.get_by_text("The passkey is removed.")).to_be_visible()


def test_a_passkey_is_the_second_step_and_confirms_that_it_is_still_you(device, email):
    enter(device, email)
    add_passkey(device, "Key")
    leave(device)
    enter(device, email)
    expect(device.get_by_role("heading", name="One more step")).to_be_visible()
    device.get_by_role("button", name="Use your passkey").click()
    expect(device).to_have_url(re.compile("/b/demo/$"))
    device.goto("/accounts/reauthenticate/?next=/accounts/security/codes/")
    device.get_by_role("link", name="Use a passkey").click()
    device.get_by_role("button", name="Confirm with a passkey").click()
    expect(device.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_that_is_cancelled_is_said_in_words(device, email):
    device.goto("/accounts/login/")
    # Nobody is known here: the device has no passkey to offer.
    device.get_by_role("button", name="Sign in with a passkey").click()
    expect(device.locator("#toast")).to_contain_text("Try again, or use another way.")
    expect(device.get_by_label("Password")).to_be_visible()


def test_where_passkeys_do_not_work_the_app_does(open_browser, email):
    page = open_browser(java_script_enabled=False)
    enter(page, email)
    page.goto("/accounts/security/passkeys/add/")
    page.get_by_role("link", name="add an app instead").click()
    secret = page.locator("#totp-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(format_hotp_value(hotp_value(secret, int(time.time() // 30))))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator("#recovery-codes")).to_have_text(re.compile(r"^(\d{8}\s*){10}$"))


def test_what_was_typed_survives_being_asked_again(open_browser, running_server, email):
    page = open_browser()
    enter(page, email)
    name = f"Key {uuid4().hex[:6]}"
    page.goto(f"/b/{running_server['slug']}/settings/keys/new/")
    page.get_by_label("Name").fill(name)
    running_server.manage("shell", "-c", FORGET.format(email=email))
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text(name).first).to_be_visible()


FORGET = """
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
for each in UserSession.objects.filter(user__email="{email}"):
    session = SessionStore(each.session_key)
    session["account_authentication_methods"] = []
    session.save()
"""


def test_back_shows_nothing_after_signing_out(open_browser, running_server, email):
    page = open_browser()
    enter(page, email)
    page.goto(f"/b/{running_server['slug']}/members/")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    leave(page)
    page.go_back()
    page.go_back()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
