"""Calls as a partner's backend makes them, and what has to be the same for every answer."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.test import Client

from brands import services as brands
from brands.http import limits
from brands.http.directory import directory
from brands.http.problems import CODES, CONTENT_TYPE
from brands.models import Brand, Scope
from events import services as events
from events.models import Cooldown

EVENT = {"event": "place_order", "email": "bob@example.com", "metadata": {"order_id": "A-1"}}


class Api:
    """A caller. Every refusal that it gets is looked at, whatever the test is about."""

    def __init__(self) -> None:
        self.client = Client()

    def post(self, body: Any = None, path: str = "/resonance-api/manual-event", **headers: str):
        """POST `body`, as JSON unless it is bytes already; headers as `x_resonance_brand="…"`."""
        content = body if isinstance(body, bytes) else json.dumps(EVENT if body is None else body)
        headers.setdefault("content_type", "application/json")
        return self.send("POST", path, content, **headers)

    def get(self, path: str, **headers: str):
        return self.send("GET", path, b"", **headers)

    def send(self, method: str, path: str, content: Any = b"", **headers: str):
        kind = headers.pop("content_type", "")
        address = headers.pop("address", "127.0.0.1")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        secure = bool(names.pop("secure", ""))
        response = self.client.generic(
            method, path, content, kind, secure, headers=names, REMOTE_ADDR=address
        )
        check(response)
        return response


def check(response: Any) -> None:
    assert response["X-Request-Id"].startswith("req_")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    if response.status_code >= 400 and response.content:
        refusal(response)


def refusal(response: Any, code: str | None = None) -> dict[str, Any]:
    """The problem document, sound and with a sentence in it."""
    assert response["Content-Type"] == CONTENT_TYPE
    problem: dict[str, Any] = json.loads(response.content)
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    status, title = CODES[problem["code"]]
    assert (problem["status"], problem["title"]) == (status, title)
    assert response.status_code == status
    assert problem["request_id"] == response["X-Request-Id"]
    assert problem["type"].endswith(f"/resonance-api/docs/#{problem['code']}")
    assert len(problem["detail"]) > 10
    assert problem["detail"][-1] in ".)"
    for error in problem["errors"]:
        assert set(error) == {"param", "code", "message"}
        assert error["message"].endswith(".")
    if code is not None:
        assert problem["code"] == code, problem
    return problem


def trust_of(response: Any) -> str:
    """What the call counted as: the answer to proved calls speaks of the wallet."""
    assert response.status_code == 200, response.content
    return "proved" if "wallet" in response.json() else "open"


def signed(
    secret: str, body: Any, *, key: str = "msg_1", at: float | None = None, signature: str = ""
) -> dict[str, str]:
    """The Standard Webhooks headers, by a reading of the specification of our own."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = f"{int(time.time() if at is None else at)}"
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(raw, f"{key}.{stamp}.".encode() + content, hashlib.sha256)
    return {
        "webhook_id": key,
        "webhook_timestamp": stamp,
        "webhook_signature": signature or f"v1,{base64.b64encode(mac).decode()}",
    }


@pytest.fixture(autouse=True)
def fresh_api(empty_limits):
    """Nothing is known of any brand, and nothing has been counted."""
    directory.forget()


@pytest.fixture
def empty_limits(monkeypatch):
    # A machine that is busy with tests must not open the limiter in the middle of one.
    monkeypatch.setattr(limits, "TIMEOUT", 10)
    limits.limiter.cache_clear()
    limits.limiter().windows.reset()


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def place_order(brand, now):
    """10.00 RSNC once per order."""
    terms = events.Terms(amount=10_00, business_key="metadata.order_id")
    return events.create_event_type(
        brand=brand, key="place_order", name="Order", terms=terms, by=None, now=now
    )


@pytest.fixture
def post_review(brand, now):
    """5.00 RSNC once in 24 hours."""
    terms = events.Terms(amount=5_00, cooldown=Cooldown.ROLLING, cooldown_seconds=86_400)
    return events.create_event_type(
        brand=brand, key="post_review", name="Review", terms=terms, by=None, now=now
    )


@pytest.fixture
def domain(brand, now):
    """shop.northwind.example, verified."""
    row = brands.add_domain(brand=brand, entry="shop.northwind.example", by=None, now=now)
    brands.mark_domain_verified(domain=row, by=None, now=now)
    return row


@pytest.fixture
def key(brand, now) -> str:
    """A secret key that may do everything."""
    new = brands.create_key(brand=brand, name="Shop", scopes=Scope.values, by=None, now=now)
    return new.secret


@pytest.fixture
def bearer(key) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def signing_secret(brand, now) -> str:
    return brands.create_signing_secret(brand=brand, by=None, now=now).secret


@pytest.fixture
def of_brand(brand: Brand) -> dict[str, str]:
    """What an open call names its brand with."""
    return {"x_resonance_brand": brand.public_id}
