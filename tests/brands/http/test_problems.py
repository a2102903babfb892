"""Every answer under the prefix has one shape, whoever wrote it."""

import json
import logging

import pytest
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory

from brands.http import problems
from brands.http.problems import CODES, FieldError, Problem
from events import services as events
from tests.api_client import refusal


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_makes_a_sound_document(code):
    request = RequestFactory().get("/")
    request.request_id = "req_1"
    problem = Problem(code, "Send it again.", [FieldError("email", "required", "Send email.")])
    response = problems.response(problem, request)
    response["X-Request-Id"] = "req_1"
    assert refusal(response, code)["errors"] == [
        {"param": "email", "code": "required", "message": "Send email."}
    ]
    assert code == code.lower()
    assert 400 <= CODES[code][0] < 600
    assert CODES[code][1][0].isupper()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/resonance-api",
        "/resonance-api/",
        "/resonance-api/nowhere",
        "/resonance-api/manual-event/",
        "/resonance-api/debug/",
        "/resonance-api/events/",
        "/resonance-api/events/evt_1/",
        "/resonance-api/wallets/",
        "/resonance-api//debug",
        "/resonance-api/../admin",
        "/resonance-api/%00",
        "/resonance-api/%ff",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_path_is_a_problem(api, path, method):
    refusal(api.send(method, path, b"{}", content_type="application/json"), "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/resonance-api/manual-event", {"POST"}),
        ("/resonance-api/debug", {"GET", "HEAD"}),
        ("/resonance-api/events", {"GET", "HEAD"}),
        ("/resonance-api/events/batch", {"POST"}),
        ("/resonance-api/openapi.json", {"GET", "HEAD"}),
        ("/resonance-api/docs/", {"GET", "HEAD"}),
        ("/resonance-api/events/evt_1", {"GET", "HEAD"}),
        ("/resonance-api/wallets/bob@example.com", {"GET", "HEAD"}),
    ],
)
def test_only_the_documented_methods_are_allowed(api, path, allowed):
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        if method in allowed:
            continue
        response = api.send(method, path, b"{}", content_type="application/json")
        assert response.status_code == 405, method
        if method != "HEAD":
            refusal(response, "method_not_allowed")
        assert set(response["Allow"].split(", ")) == allowed


@pytest.mark.django_db
def test_head_is_get_without_a_body(api):
    response = api.send("HEAD", "/resonance-api/debug")
    assert (response.status_code, response.content) == (200, b"")


def test_a_wrong_host_is_a_problem(api, db):
    refusal(api.get("/resonance-api/debug", host="evil.example"), "bad_request")
    refusal(api.get("/resonance-api/debug", host="127.0.0.1\\evil"), "bad_request")


@pytest.mark.django_db
def test_whatever_is_accepted_the_answer_is_json(api):
    response = api.get("/resonance-api/debug?format=xml", accept="text/html")
    assert response["Content-Type"] == "application/json"


@pytest.mark.usefixtures("place_order")
@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed")])
def test_without_a_database_the_caller_is_asked_to_try_again(api, bearer, monkeypatch, error):
    def away(**_):
        raise error

    monkeypatch.setattr(events, "receive", away)
    response = api.post(**bearer)
    refusal(response, "try_again")
    assert int(response["Retry-After"]) > 0


@pytest.mark.usefixtures("place_order")
def test_a_crash_is_logged_with_its_request_id_and_tells_nothing(api, bearer, monkeypatch, caplog):
    def crash(**_):
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(events, "receive", crash)
    response = api.post(**bearer)
    problem = refusal(response, "internal_error")
    assert "swordfish" not in response.content.decode()
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "swordfish" in str(record.exc_info[1])
    assert record.levelno == logging.ERROR
    assert record.request_id == problem["request_id"]


def test_a_crash_outside_of_a_view_is_a_problem_too(api, monkeypatch, caplog):
    from django.core.handlers.base import BaseHandler

    def crash(*_):
        raise RuntimeError("swordfish")

    monkeypatch.setattr(BaseHandler, "_get_response", crash)
    api.client.raise_request_exception = False
    problem = refusal(api.get("/resonance-api/debug"), "internal_error")
    assert "swordfish" not in json.dumps(problem)
    assert any(getattr(r, "request_id", "") == problem["request_id"] for r in caplog.records)


def test_pages_are_none_of_the_apis_business(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert "X-Request-Id" not in response


@pytest.mark.django_db
def test_a_request_id_is_ours_and_new_each_time(api):
    ids = {api.get("/resonance-api/debug", x_request_id="mine")["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert "mine" not in ids
