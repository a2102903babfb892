"""The call as setup/ shows it, run as pasted in its own language; and what anybody typed stays a value."""

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import sync_playwright

from portal.snippets import KEY_VARIABLE, LANGUAGES
from tests.browser.chromium import launch
from tests.live_server import LiveServer, clean_environment

# How the page says to run each, and the program that it takes.
RUN: dict[str, tuple[str, list[str]]] = {
    "curl": ("event.sh", ["sh"]),
    "python": ("event.py", [sys.executable]),
    "node": ("event.js", ["node"]),
    "php": ("event.php", ["php"]),
    "ruby": ("event.rb", ["ruby"]),
    "go": ("event.go", ["go", "run"]),
}
IN_A_TERMINAL = [
    pytest.param(name, marks=pytest.mark.needs(command[0] if name != "curl" else "curl"), id=name)
    for name, (_, command) in RUN.items()
]
# Ends strings, fills in variables, runs commands, ends scripts, turns text round, in one language or another.
HOSTILE = (
    "'\"`\\ $HOME ${HOME} $(id) `id` #{1+1} #$0 #@a {{x}} {$x} %s %n <?php ?> </script><!-- -->\n\r\t"
    "\\n \\u0041 \x01\x7f \u2028\u2029\u202e\u200b \N{PARTY POPPER} \N{WOMAN}\u200d\N{ROCKET} \u00e9 @file ]]> !!"
)
STRANGE: dict[str, Any] = {
    "text": HOSTILE,
    HOSTILE: HOSTILE,
    "__proto__": {"polluted": True},
    "numbers": [0, -1, 89.99, 1e-7, 9007199254740991, True, False, None],
    "0": "a key that is a number",
    "inner": {"0": "all keys are numbers", "1": {}},
    "empty": {},
    "list": [],
    "long": ["W" * 60, "W" * 60, {"deep": {"deeper": ["x" * 70]}}],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str, str]]:
    """Save a program as the page says and run it. Its exit code, its output, what it complained of."""

    def saved_and_run(language: str, text: str, **environment: str) -> tuple[int, str, str]:
        file_name, command = RUN[language]
        file = tmp_path_factory.mktemp("pasted") / file_name
        file.write_bytes(text.encode())
        ran = subprocess.run(
            [*command, str(file)],
            env=clean_environment(**environment),
            capture_output=True,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    return saved_and_run


def body(server: LiveServer, **more: Any) -> dict[str, Any]:
    metadata = {"order_id": f"ORD-{uuid.uuid4().hex}", "total": 89.99, "items": 3}
    person = f"ann-{uuid.uuid4().hex}@example.com"
    named = {"brand_id": server["brand_id"], "event": "place_order", "email": person}
    return named | {"metadata": metadata} | more


def write(language: str, server: LiveServer, call: dict[str, Any], **more: Any) -> str:
    url = server.url("/resonance-api/manual-event")
    return LANGUAGES[language].write(url=url, body=call, **more)


def told(output: str) -> dict[str, Any]:
    """The answer's document; programs print the status before it."""
    answer: dict[str, Any] = json.loads(output.partition("{")[1] + output.partition("{")[2])
    return answer


@pytest.mark.parametrize("language", IN_A_TERMINAL)
def test_it_runs_as_pasted_with_a_key_and_without(running_server, run, language):
    code, output, complaint = run(language, write(language, running_server, body(running_server)))
    assert code == 0, output + complaint
    assert told(output)["reward"] == {"amount": "10.00", "currency": "RSNC"}
    keyed = body(running_server)
    del keyed["brand_id"]
    text = write(language, running_server, keyed, key_variable=KEY_VARIABLE)
    assert running_server["secret_key"] not in text
    code, output, complaint = run(language, text, **{KEY_VARIABLE: running_server["secret_key"]})
    assert code == 0, output + complaint
    event = requests.get(
        running_server.url(f"/resonance-api/events/{told(output)['event_id']}"),
        headers={"Authorization": f"Bearer {running_server['secret_key']}"},
        timeout=10,
    ).json()
    assert event["trust"] == "key"
    assert event["metadata"] == keyed["metadata"]


@pytest.fixture(scope="module")
def mirror() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server that keeps what it is sent, and refuses it."""
    seen: list[tuple[dict[str, str], bytes]] = []

    class Mirror(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.end_headers()

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((dict(self.headers), sent))
            self.send_response(422)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(b'{"code": "unknown_event"}')

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/it's$HOME", seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("language", IN_A_TERMINAL)
def test_whatever_was_typed_arrives_as_it_was_and_a_refusal_is_a_failure(mirror, run, language):
    url, seen = mirror
    seen.clear()
    headers = {"X-Note": 'it\'s "$HOME" #{1} \\ `id`'}
    text = LANGUAGES[language].write(url=url, body=STRANGE, headers=headers)
    code, output, complaint = run(language, text)
    assert len(seen) == 1, output + complaint
    sent_headers, sent = seen[0]
    assert json.loads(sent) == STRANGE
    assert sent_headers["X-Note"] == headers["X-Note"]
    assert "unknown_event" in output + complaint
    if language != "curl":
        assert "422" in output + complaint
        assert code != 0


@pytest.mark.parametrize(
    "language", [each for each in IN_A_TERMINAL if each.values[0] not in {"curl", "go"}]
)
def test_a_server_that_is_not_there_is_a_failure(run, language):
    text = LANGUAGES[language].write(url="http://127.0.0.1:1/", body={"event": "x"})
    code, _, complaint = run(language, text)
    assert code != 0
    assert complaint


@contextmanager
def shop(page: str) -> Iterator[int]:
    """A web server with this one page. Its port."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.needs("chromium")
def test_a_page_on_one_of_the_domains_reports_and_others_may_not(running_server):
    text = write("browser", running_server, body(running_server))
    with (
        sync_playwright() as playwright,
        shop(f"<!doctype html><title>A shop</title>{text}") as port,
    ):
        browser = launch(playwright, "--host-resolver-rules=MAP *.example 127.0.0.1")
        page = browser.new_page()
        with page.expect_console_message(lambda said: said.text.startswith("200 ")) as said:
            page.goto(f"http://{running_server['domain']}:{port}/")
        assert told(said.value.text)["reward"] == {"amount": "10.00", "currency": "RSNC"}
        with page.expect_event("pageerror") as trouble:
            page.goto(f"http://evil.example:{port}/")
        assert "Resonance" in f"{trouble.value}" or "fetch" in f"{trouble.value}"
        browser.close()


@pytest.mark.needs("chromium")
def test_whatever_was_typed_arrives_from_a_page_as_it_was(mirror):
    url, seen = mirror
    seen.clear()
    text = LANGUAGES["browser"].write(url=url, body=STRANGE)
    assert text.count("</script>") == 1
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        with page.expect_event("pageerror"), shop(f"<!doctype html>{text}") as port:
            page.goto(f"http://127.0.0.1:{port}/")
        browser.close()
    assert [json.loads(sent) for _, sent in seen] == [STRANGE]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_ever_written_into_it(language):
    text = LANGUAGES[language].write(
        url="http://127.0.0.1/", body={"event": "x"}, key_variable=KEY_VARIABLE
    )
    assert "rsk_" not in text
    assert (KEY_VARIABLE in text) == LANGUAGES[language].keyed


def test_what_cannot_be_seen_is_written_by_its_number():
    hidden = {chr(number) for number in [*range(32), 127, 0x2028, 0x2029, 0x202E, 0x200B]} - {
        "\n",
        "\t",
    }
    for language in LANGUAGES.values():
        if language.key != "curl":
            text = language.write(url="http://127.0.0.1/", body=STRANGE)
            assert not hidden & set(text), language.name


def test_every_language_is_run_by_a_test():
    assert {*RUN, "browser"} == set(LANGUAGES)
