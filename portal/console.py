"""The test console: a body as a partner would send it, what the API answers, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, cast

import simplejson
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from brands.http import body
from brands.http.problems import FieldError, Problem
from brands.http.views import ApiRequest
from brands.models import Brand, Trust
from brands.timing import Timing
from events.api import console
from events.api.console import Played
from events.models import RuleVersion
from events.personal import masked
from events.queries.event import event_facts, rules_looked_at
from events.services import Outcome, parse_event_id
from events.services.decide import look_up
from portal.explanation import Line, explain

PATH = "/resonance-api/manual-event"
CARRIED = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "wsgi.url_scheme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What is to be sent. `metadata` is JSON as it was typed; `dry_run` records nothing, else it is a test."""

    event: str
    email: str
    metadata: str
    idempotency_key: str
    trust: Trust
    dry_run: bool

    def fields(self) -> dict[str, Any]:
        """Everything but the metadata. What was left empty is not sent."""
        typed = {
            "event": self.event,
            "email": self.email,
            "idempotency_key": self.idempotency_key,
        }
        return {
            **{name: value for name, value in typed.items() if value},
            **({"dry_run": True} if self.dry_run else {"test": True}),
        }

    def raw(self) -> bytes:
        """The body. The metadata stand in it letter by letter, so that numbers stay as they were typed."""
        beside = json.dumps(self.fields(), ensure_ascii=False)
        if not self.metadata.strip():
            return encoded(beside)
        return encoded(f'{beside[:-1]}, "metadata": {self.metadata}}}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A dry run as the explanation reads it: nothing of it is in the database."""

    name: str
    status: str
    reason: str
    amount: int
    trust: str
    rule: RuleVersion | None
    observed: Mapping[str, Any] | None
    decision: Mapping[str, Any]


def send(request: HttpRequest, brand: Brand, composed: Composed) -> Played:
    """Report it in the role of a caller, by the way of every call. Refusals are answers too."""
    raw = composed.raw()
    call = as_call(request, raw)
    try:
        if composed.metadata.strip() and len(raw) <= body.MAX_BYTES:
            # One value by itself, or what is typed could close the object and add fields of its own.
            body.loads(encoded(composed.metadata))
    except Problem as problem:
        return console.refused(in_metadata(problem), call)
    return console.report(call, brand_id=brand.pk, trust=composed.trust)


def in_metadata(problem: Problem) -> Problem:
    """What is wrong with the text of the metadata, at their field."""
    said = problem.detail.replace("The body is not JSON", "The metadata are not JSON")
    errors = [FieldError("metadata", problem.code, said)]
    return Problem(problem.code, said, errors, problem.headers)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def as_call(request: HttpRequest, raw: bytes) -> ApiRequest:
    """The request that a partner's backend would send, from where the page was asked for."""
    call = cast(
        "ApiRequest",
        WSGIRequest(
            {
                **{name: request.META[name] for name in CARRIED if name in request.META},
                "REQUEST_METHOD": "POST",
                "PATH_INFO": PATH,
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": f"{len(raw)}",
                "HTTP_USER_AGENT": "Resonance test console",
                "wsgi.input": BytesIO(raw),
            }
        ),
    )
    call.request_id = getattr(request, "request_id", "")
    call.timing = Timing()
    call.resolver_match = request.resolver_match
    return call


def decision_lines(brand: Brand, composed: Composed, played: Played) -> list[Line]:
    """Why it was decided so, a line for each check; none where it was refused before anything was decided.

    People are masked: what is sent again is not all shown to whoever sends it.
    """
    outcome = played.outcome
    if outcome is None:
        return []
    recorded = parse_event_id(outcome.event_id) if outcome.event_id else None
    facts = event_facts(brand_id=brand.pk, event=recorded) if recorded else None
    if facts is not None:
        return explain(replace(facts, observed=masked(facts.observed)), brand.zone)
    return explain(rehearsed(brand, composed, outcome), brand.zone, dry_run=True)


def rehearsed(brand: Brand, composed: Composed, outcome: Outcome) -> Rehearsed:
    decision = json.loads(outcome.decision)
    looked_at = rules_looked_at(brand_id=brand.pk, decision=decision)
    lines = decision.get("rules", [])
    matched = [rule for rule, line in zip(looked_at, lines, strict=False) if line.get("matched")]
    metadata = body.loads(encoded(composed.metadata)) if composed.metadata.strip() else {}
    paths = [rule.business_key for rule in looked_at if rule.business_key]
    return Rehearsed(
        name=outcome.event,
        status=outcome.status,
        reason=outcome.reason,
        amount=outcome.amount,
        trust=composed.trust.value,
        rule=matched[-1] if matched else None,
        observed=masked({path: look_up(metadata, path) for path in paths}),
        decision=decision,
    )


def said(response: HttpResponse, request_id: str) -> str:
    """The answer as it travels: status line, the headers that are its own, and the body."""
    headers = [f"{name}: {value}" for name, value in response.headers.items()]
    document = simplejson.loads(response.content, use_decimal=True)
    shown = simplejson.dumps(document, use_decimal=True, ensure_ascii=False, indent=2)
    status = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
    return "\n".join([status, *headers, f"X-Request-Id: {request_id}", "", shown])
