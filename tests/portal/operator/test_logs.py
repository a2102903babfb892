"""Log lines: one JSON object each, with the request's id, and nothing that nobody may read there."""

import io
import json
import logging

import psycopg
import pytest

from brands.services import pseudonym
from portal import logs
from tests.api_client import Api

BOB = f"email:{pseudonym('email', 'bob@example.com')}"


@pytest.fixture
def lines():
    """What is logged in the test, read as an operator's tools would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = logs.configuration(level="INFO")["formatters"]["json"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


log = logging.getLogger("portal.test")


@pytest.mark.parametrize(
    "hostile", ["a\nb", "a\r\nb", "a\x1b[2Jb", "a\u2028b", "a\x00b", "a\u202eb"]
)
def test_a_value_cannot_begin_a_line_or_move_the_cursor(lines, capsys, hostile):
    log.warning("said %s", hostile, extra={"also": hostile, "in": {hostile: [hostile]}})
    (line,) = lines()
    assert line["also"] == hostile
    assert line["event"] == f"said {hostile}"
    text = logs.structlog.processors.JSONRenderer(ensure_ascii=True)(None, "", dict(line))
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no wallet for bob@example.com", f"no wallet for {BOB}"),
        ("<Bob@Example.com>", f"<{BOB}>"),
        ("/wallets/bob%40example.com?x=1", f"/wallets/{BOB}?x=1"),
        ('{"email": "bob@example.com"}', f'{{"email": "{BOB}"}}'),
        ("Key (address)=(bob@example.com) exists", f"Key (address)=({BOB}) exists"),
        ("nothing to hide", "nothing to hide"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ••••"),
        ("rsk_" + "a1" * 20, "rsk_••••"),
        ("whsec_bm9ib2R5cyBzZWNyZXQ=", "whsec_••••"),
        ("postgresql://site:swordfish@db:5432/x", "postgresql://site:••••@db:5432/x"),
        ("redis://:swordfish@127.0.0.1:6379/0", "redis://:••••@127.0.0.1:6379/0"),
        ("POST password=swordfish&next=/", "POST password=••••&next=/"),
        ('{"secret_key": "swordfish", "a": 1}', '{"secret_key": ••••, "a": 1}'),
    ],
)
def test_people_are_hashes_and_credentials_are_dots(lines, said, kept):
    log.info(said)
    log.info("in a field", extra={"field": {"of": [said]}})
    plain, field = lines()
    assert plain["event"] == kept
    assert field["field"]["of"] == [kept]


def test_what_a_field_is_called_can_be_enough(lines):
    log.info("called", extra={"authorization": "x y", "about": {"Password": "swordfish", "n": 1.5}})
    (line,) = lines()
    assert line["authorization"] == "••••"
    assert line["about"] == {"Password": "••••", "n": 1.5}


def test_what_postgresql_quotes_of_a_row_is_left_out(lines):
    error = psycopg.DataError(
        "invalid input\nDETAIL:  Key (name)=(Bob Miller) is there.\n"
        "CONTEXT:  JSON data, line 1: Bob Miller\nunnamed portal, parameter $1 = 'Bob Miller'\n"
        "CONTEXT:  PL/pgSQL function events_record(json) line 120 at SQL statement"
    )
    log.error("failed", exc_info=error)
    (line,) = lines()
    assert "Miller" not in json.dumps(line)
    assert "invalid input" in line["exception"]
    assert "events_record(json) line 120" in line["exception"]


def test_a_line_that_cannot_be_hashed_says_nothing_of_the_person(lines, monkeypatch):
    monkeypatch.setattr(logs.importlib, "import_module", lambda _: 1 / 0)
    log.info("bob@example.com")
    assert lines()[0]["event"] == "email:••••"


@pytest.mark.django_db
@pytest.mark.usefixtures("place_order")
def test_a_refusal_is_one_line_with_its_code_and_nothing_of_the_person(lines, brand, bearer):
    api = Api()
    refused = api.post({"event": "nothing", "email": "bob@example.com"}, **bearer)
    not_there = api.get("/resonance-api/wallets/bob@example.com", **bearer)
    nowhere = api.get("/resonance-api/nowhere/bob@example.com?token=swordfish")
    found = [
        {name: line.get(name) for name in ("request_id", "code", "status", "endpoint")}
        for line in lines()
    ]
    assert found == [
        {
            "request_id": answer["X-Request-Id"],
            "code": answer.json()["code"],
            "status": answer.status_code,
            "endpoint": endpoint,
        }
        for answer, endpoint in (
            (refused, "events:manual-event"),
            (not_there, "events:wallet"),
            (nowhere, "none"),
        )
    ]
    assert lines()[0]["brand"] == brand.public_id
    text = json.dumps(lines())
    assert "bob" not in text
    assert "swordfish" not in text
    assert bearer["authorization"].partition(" ")[2] not in text


@pytest.mark.django_db
@pytest.mark.usefixtures("place_order")
def test_what_went_well_is_not_logged_and_what_was_slow_is_with_its_parts(lines, bearer, settings):
    api = Api()
    settings.RESONANCE_SLOW_MS = 60_000
    api.post(**bearer)
    assert lines() == []
    settings.RESONANCE_SLOW_MS = 0
    slow = api.post(**bearer)
    (line,) = lines()
    assert line["level"] == "warning"
    assert line["event"] == "slow call"
    assert (line["endpoint"], line["status"]) == ("events:manual-event", 200)
    assert line["request_id"] == slow["X-Request-Id"]
    parts = [line[f"{part}_ms"] for part in ("auth", "limits", "decide", "record")]
    assert 0 < sum(parts) <= line["whole_ms"] + 0.4


@pytest.mark.django_db
def test_a_page_that_fails_is_logged_with_an_id_and_without_its_query(lines, client, monkeypatch):
    from portal.views import operator

    monkeypatch.setattr(operator.readiness, "checks", lambda: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/readyz?address=bob@example.com").status_code == 500
    (line,) = lines()
    assert line["request_id"].startswith("req_")
    assert "ZeroDivisionError" in line["exception"]
    assert "bob" not in json.dumps(line)
