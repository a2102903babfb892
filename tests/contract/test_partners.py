"""Calls as partners have them in their code, each a process of its own against the running product.

None of them names a brand: the demo brand is the default one where there is no Origin.
"""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.live_server import LiveServer, clean_environment
from tests.servers import node_package

PARTNERS = Path(__file__).parent / "partners"
SHOPIFY_SECRET = "the shop's own secret"


def run(*command: str | Path) -> str:
    ran = subprocess.run(
        [str(part) for part in command],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def person() -> str:
    return f"ann-{uuid.uuid4().hex}@example.com"


@pytest.fixture
def order() -> str:
    return f"ORD-{uuid.uuid4().hex}"


def shows_up(server: LiveServer, answer: dict[str, Any], person: str, platform: str) -> None:
    """The event is in the log and its credit in the wallet, for the backend and on the page."""
    assert answer["success"] is True
    assert answer["status"] == "rewarded"
    assert answer["reward"] == {"amount": "10.00", "currency": "RSNC"}
    headers = {"Authorization": f"Bearer {server['secret_key']}"}
    event = read(server, f"/resonance-api/events/{answer['event_id']}", headers)
    assert (event["event"], event["email"], event["trust"]) == ("place_order", person, "open")
    assert event["metadata"]["platform"] == platform
    wallet = read(server, f"/resonance-api/wallets/{person}", headers)
    assert wallet["balance"] == "10.00"
    assert [each["event_id"] for each in wallet["transfers"]] == [answer["event_id"]]
    with signed_in(server) as manager:
        log = manager.get(server.url(f"/b/{server['slug']}/log/"), timeout=30)
        assert answer["event_id"] in log.text
        page = manager.get(server.url(f"/b/{server['slug']}/log/{answer['event_id']}/"), timeout=30)
        assert "10.00" in page.text


def read(server: LiveServer, path: str, headers: dict[str, str]) -> dict[str, Any]:
    response = requests.get(server.url(path), headers=headers, timeout=30)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def signed_in(server: LiveServer) -> requests.Session:
    session = requests.Session()
    form = session.get(server.url("/accounts/login/"), timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token is not None
    answer = session.post(
        server.url("/accounts/login/"),
        data={
            "csrfmiddlewaretoken": token[1],
            "login": server["email"],
            "password": server["password"],
        },
        timeout=30,
    )
    assert answer.status_code == 200
    return session


@pytest.mark.needs("curl")
def test_curl_is_told_that_all_is_well(running_server):
    answer = json.loads(run("curl", "-sS", running_server.url("/resonance-api/debug")))
    assert answer["ok"] is True
    assert answer["service"] == "resonance"
    assert all(check["ok"] for check in answer["checks"])


@pytest.mark.needs("curl")
def test_curl_reports_an_order(running_server, person, order):
    body = {"event": "place_order", "email": person}
    body |= {"metadata": {"platform": "curl", "order_id": order}}
    url = running_server.url("/resonance-api/manual-event")
    kind = "Content-Type: application/json"
    answer = json.loads(run("curl", "-sS", url, "-H", kind, "-d", json.dumps(body)))
    shows_up(running_server, answer, person, "curl")


def test_a_python_function_reports_an_order(running_server, person, order):
    said = run(sys.executable, PARTNERS / "order.py", running_server.base_url, person, order)
    shows_up(running_server, json.loads(said), person, "python")


@pytest.mark.needs("php")
def test_a_wordpress_plugin_reports_an_order(running_server, person, order):
    said = run("php", PARTNERS / "wordpress.php", running_server.base_url, person, order)
    shows_up(running_server, json.loads(said), person, "wordpress")


@pytest.fixture
def express_app(running_server) -> Iterator[str]:
    """The shop's own server, in Node with Express. Its base URL."""
    modules = node_modules()
    process = subprocess.Popen(
        ["node", str(PARTNERS / "shopify.js")],
        env=clean_environment(SHOPIFY_SECRET=SHOPIFY_SECRET, NODE_PATH=modules)
        | {"RESONANCE_URL": running_server.base_url},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        port = process.stdout.readline().strip()
        assert port.isdigit(), "the Express app did not start"
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(10)


def node_modules() -> str:
    """Where Express is."""
    return f"{node_package('express').parent}"


@pytest.mark.needs("node")
def test_an_express_server_passes_a_shopify_order_on(running_server, express_app, person):
    number = uuid.uuid4().int % 10**15
    shopify = {
        "id": number,
        "email": person,
        "total_price": "89.99",
        "line_items": [{"id": 1}, {"id": 2}, {"id": 3}],
    }
    # Shopify's own spacing: the HMAC is over these bytes, not over what a parser makes of them.
    raw = json.dumps(shopify, indent=1).encode()
    mac = base64.b64encode(hmac.digest(SHOPIFY_SECRET.encode(), raw, hashlib.sha256)).decode()
    url = f"{express_app}/webhooks/orders-paid"
    headers = {"Content-Type": "application/json", "X-Shopify-Hmac-Sha256": mac}
    response = requests.post(url, data=raw, headers=headers, timeout=30)
    assert response.status_code == 200, response.text
    shows_up(running_server, response.json(), person, "shopify")
    tampered = requests.post(url, data=raw + b" ", headers=headers, timeout=30)
    assert tampered.status_code == 401
    again = requests.post(url, data=raw, headers=headers, timeout=30).json()
    assert again["status"] == "duplicate", "Shopify sends a webhook again when it is in doubt"
