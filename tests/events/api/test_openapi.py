"""The API's description is complete, sound, and says what is so."""

import json
import re
from functools import cache
from typing import Any

import pytest
from django.urls import get_resolver
from jsonschema import Draft202012Validator

from brands.http.problems import CODES, CONTENT_TYPE
from brands.http.remedies import REMEDIES
from events.api.openapi.document import document as text
from events.api.openapi.operations import OPERATIONS
from tests.api_client import Api
from tests.test_policies import routes

DOCUMENT: dict[str, Any] = json.loads(text())
NOT_CALLS = {"events:openapi", "events:docs"}
EVERY = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
of_every_call = pytest.mark.parametrize(
    ("path", "method", "operation"), EVERY, ids=[f"{method} {path}" for path, method, _ in EVERY]
)


@cache
def validator(schema: str) -> Draft202012Validator:
    whole = {"components": DOCUMENT["components"], **json.loads(schema)}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def examples(content: dict[str, Any]) -> list[Any]:
    many = [each["value"] for each in content.get("examples", {}).values()]
    return [*many, *([content["example"]] if "example" in content else [])]


def test_the_document_is_answered_to_anyone():
    response = Api().get("/resonance-api/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_every_call_is_in_it_and_no_other():
    there = {
        f"/{route}".replace("<str:", "{").replace(">", "}")
        for route, name, _ in routes(get_resolver())
        if route.startswith("resonance-api/") and name not in NOT_CALLS
    }
    assert set(DOCUMENT["paths"]) == there
    assert {(path, method.upper()) for path, method, _ in EVERY} == set(OPERATIONS)


def test_schemas_are_schemas_and_refer_to_what_is_there():
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for name in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', text()):
        assert name in DOCUMENT["components"]["schemas"]


@of_every_call
def test_every_call_says_what_it_is_for(path, method, operation):
    assert operation["summary"]
    assert operation["description"].endswith(".")
    for parameter in operation.get("parameters", []):
        assert parameter["description"].endswith(".")
    declared = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
    assert declared == set(re.findall(r"{(\w+)}", path))
    for needed in operation["security"]:
        assert set(needed) <= set(DOCUMENT["components"]["securitySchemes"])


@of_every_call
def test_every_example_is_what_its_schema_says(path, method, operation):
    contents = [*operation.get("requestBody", {}).get("content", {}).values()]
    for response in operation["responses"].values():
        assert "X-Request-Id" in response["headers"]
        contents += response["content"].values()
    for content in contents:
        assert examples(content)
        for example in examples(content):
            errors = [
                e.message for e in validator(json.dumps(content["schema"])).iter_errors(example)
            ]
            assert errors == []


@of_every_call
def test_every_refusal_is_under_its_status(path, method, operation):
    for status, response in operation["responses"].items():
        if status == "200":
            continue
        given = response["content"][CONTENT_TYPE]["examples"]
        assert {f"{CODES[code][0]}" for code in given} == {status}
        assert ("Retry-After" in response["headers"]) == (status in {"429", "503"})
        for code in given:
            assert f"`{code}`" in response["description"]


def test_every_code_is_somewhere_and_explained():
    said = {
        code
        for _, _, operation in EVERY
        for status, response in operation["responses"].items()
        if status != "200"
        for code in response["content"][CONTENT_TYPE]["examples"]
    }
    assert said | {"not_recorded"} == set(CODES)
    assert list(REMEDIES) == list(CODES)
    for sentence in REMEDIES.values():
        assert sentence.endswith(".")


def test_the_docs_page_has_an_anchor_for_every_code(settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    response = Api().get("/resonance-api/docs/")
    assert response.status_code == 200
    page = response.content.decode()
    for code in CODES:
        assert page.count(f'id="{code}"') == 1
    assert "//" not in re.sub(r"<!--.*?-->|https?://127\.0\.0\.1:8000", "", page), (
        "nothing from elsewhere"
    )
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("path", ["openapi.json", "docs/"])
def test_the_description_is_only_read(path):
    response = Api().post({}, f"/resonance-api/{path}")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
