"""What every page says to the browser, and what the cookies are like on https."""

import json
import subprocess
import sys

import pytest
from django.urls import reverse

from brands.models import Membership, Role, User
from tests.live_server import ROOT, clean_environment
from tests.test_policies import ROUTES, address

# Machines ask for these; no browser keeps them.
EXPECTED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PICTURES = {"logo"}
HTTPS = """
import json, django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
names = ["NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN", "PATH"]
print(json.dumps({kind: [getattr(settings, f"{kind}_COOKIE_{n}") for n in names] for kind in ("SESSION", "CSRF")}))
"""


@pytest.fixture
def owner(client, brand) -> User:
    user = User.objects.create_superuser("owner@northwind.example")
    Membership.objects.create(user=user, brand=brand, role=Role.OWNER)
    client.force_login(user)
    return user


def faults(answer) -> list[str]:
    said = answer.headers
    wrong = [name for name, value in EXPECTED.items() if said.get(name) != value]
    policy = said.get("Content-Security-Policy", "")
    if (
        "default-src 'none'" not in policy
        or "unsafe" in policy
        or "frame-ancestors 'none'" not in policy
    ):
        wrong.append(f"Content-Security-Policy {policy}")
    if "no-store" not in said.get("Cache-Control", ""):
        wrong.append("Cache-Control")
    if "camera=()" not in said.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    return wrong


@pytest.mark.usefixtures("owner")
def test_every_page_behind_signing_in_says_what_a_browser_may_do_with_it(client):
    # Django's own "view on site" trips over keys that are no numbers.
    client.raise_request_exception = False
    found = {}
    for _, name, parameters in ROUTES:
        if name not in PICTURES and (wrong := faults(client.get(address(name, parameters)))):
            found[name] = wrong
    assert found == {}


def test_every_page_before_signing_in_does_so_as_well(client, db):
    found = {
        name: wrong
        for _, name, parameters in ROUTES
        if name not in PICTURES and (wrong := faults(client.get(address(name, parameters))))
    }
    assert found == {}


def test_what_is_not_there_and_what_fails_say_it_too(client, ann, brand, monkeypatch):
    def broken(**_):
        raise RuntimeError

    client.force_login(ann)
    client.raise_request_exception = False
    monkeypatch.setattr("portal.views.home.render", broken)
    missing, failing = client.get("/nothing/"), client.get(reverse("brands"))
    assert (missing.status_code, failing.status_code) == (404, 500)
    assert faults(missing) == faults(failing) == []


def test_on_https_the_cookies_are_bound_to_the_host_and_the_deploy_checks_are_clean():
    environment = clean_environment(
        RESONANCE_URL="https://resonance.example",
        SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP_!",
        DATABASE_URL="postgresql://nobody@127.0.0.1:9/none",
        REDIS_URL="redis://127.0.0.1:9/0",
        DJANGO_SETTINGS_MODULE="portal.settings",
    )
    said = subprocess.run(
        [sys.executable, "-c", HTTPS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    cookies = json.loads(said.stdout.splitlines()[-1])
    assert cookies == {
        "SESSION": ["__Host-session", True, True, "Lax", None, "/"],
        "CSRF": ["__Host-csrf", True, True, "Lax", None, "/"],
    }
