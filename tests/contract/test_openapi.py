"""What the OpenAPI says of the API is so, whatever is sent: asked by schemathesis and by the examples themselves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from jsonschema import Draft202012Validator

from tests.live.calls import with_key
from tests.live_server import LiveServer, clean_environment

SECONDS = int(os.environ.get("RESONANCE_TEST_SECONDS", "8"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
)


@pytest.mark.timeout(240 + SECONDS)
@pytest.mark.parametrize("trust", ["key", "open"])
def test_whatever_is_sent_the_answer_is_one_that_is_documented(own_server, tmp_path, trust):
    # One of its own: the address of a caller who is refused this often is soon refused for that.
    server = own_server(measured=False)
    said = schemathesis(server, tmp_path, with_key(server) if trust == "key" else {})
    assert said.returncode == 0, said.stdout[-6_000:] + said.stderr
    assert "Tested: 6" in said.stdout, said.stdout


def schemathesis(server: LiveServer, folder: Path, headers: dict[str, str]):
    bin_folder = Path(sys.executable).parent
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    return subprocess.run(
        [
            bin_folder / "schemathesis",
            *("run", server.url("/resonance-api/openapi.json"), "--no-color", *sent),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "25", "--max-time", f"{SECONDS}", "--request-timeout", "20"),
            *("--continue-on-failure", "--generation-database", "none", "--no-shrink"),
        ],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS + 60,
        check=False,
    )


@pytest.fixture(scope="module")
def document(running_server) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(
        running_server.url("/resonance-api/openapi.json"), timeout=30
    ).json()
    return answer


def fits(document: dict[str, Any], schema: dict[str, Any], told: Any) -> None:
    whole = Draft202012Validator({"components": document["components"], **schema})
    assert [error.message for error in whole.iter_errors(told)] == []


def content(
    document: dict[str, Any], path: str, status: str, method: str = "get"
) -> dict[str, Any]:
    (found,) = document["paths"][path][method]["responses"][status]["content"].values()
    return dict(found)


@pytest.mark.parametrize("path", ["/resonance-api/manual-event", "/resonance-api/events/batch"])
def test_the_examples_run_as_they_stand(running_server, document, path):
    operation = document["paths"][path]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        answer = requests.post(
            running_server.url(path),
            json=example["value"],
            headers=with_key(running_server),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        fits(document, content(document, path, "200", "post")["schema"], answer.json())


def test_what_is_read_back_looks_like_its_example(running_server, document):
    person, key = f"{uuid4().hex}@example.com", with_key(running_server)
    sent = {"event": "place_order", "email": person, "metadata": {"order_id": uuid4().hex}}
    url = running_server.url("/resonance-api/manual-event")
    event = requests.post(url, json=sent, headers=key, timeout=30).json()["event_id"]
    for path, query in {
        "/resonance-api/events/{event_id}": {},
        "/resonance-api/events": {"limit": 2},
        "/resonance-api/wallets/{address}": {"test": "false"},
        "/resonance-api/debug": {},
    }.items():
        url = running_server.url(path.format(event_id=event, address=person))
        answer = requests.get(url, params=query, headers=key, timeout=30)
        assert answer.status_code == 200, answer.text
        fits(document, content(document, path, "200")["schema"], answer.json())
        example = content(document, path, "200")["example"]
        assert list(answer.json()) == list(example), path
