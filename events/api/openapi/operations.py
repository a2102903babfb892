"""Every call: what it takes, what it answers, how it refuses."""

from typing import Any

from events.api import feed
from events.api.openapi import examples
from events.api.openapi.refusals import (
    BODY,
    CALLER,
    LIMITS,
    OPEN,
    PROVED,
    headers,
    responses,
)
from events.api.openapi.schemas import Schema, ref

ROOT = "/resonance-api"
REPORTING, READING, CONNECTING = "Report", "Read", "Connect"
BRAND = [
    {
        "name": "X-Resonance-Brand",
        "in": "header",
        "description": "The brand id, `brd_…`. A key names its brand by itself.",
        "schema": {"type": "string"},
    },
    {
        "name": "brand_id",
        "in": "query",
        "description": "The same, where a header cannot be sent.",
        "schema": {"type": "string"},
    },
]
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 characters from ! to ~: the same key and event get the first answer again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
WEBHOOK_KEY = "The id of a signed call (`webhook-id`) is its idempotency key."
REPLAYED = {
    "Idempotent-Replayed": ("`true`: the first answer again.", {"type": "string", "enum": ["true"]})
}
PROOF: list[Schema] = [{"key": []}, {"signature": []}]


def operation(
    name: str,
    *,
    tag: str,
    summary: str,
    description: str,
    answer: Schema,
    refusals: tuple[str, ...],
    security: list[Schema],
    **more: Any,
) -> Schema:
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "description": description,
        "security": security,
        **more,
        "responses": {"200": answer, **responses(*refusals)},
    }


def body(schema: str, given: Schema) -> Schema:
    content = {"application/json": {"schema": ref(schema), "examples": given}}
    return {"required": True, "content": content}


def answer(schema: str, description: str, *sent: Any, example: Any = None, **more: Any) -> Schema:
    given = {"example": example} if example is not None else more
    return {
        "description": description,
        "headers": headers(*sent),
        "content": {"application/json": {"schema": ref(schema), **given}},
    }


OPERATIONS: dict[tuple[str, str], Schema] = {
    (f"{ROOT}/manual-event", "POST"): operation(
        "reportEvent",
        tag=REPORTING,
        summary="Say that something happened",
        description="Judged by the brand's rules and credited before the answer. Every decision is a 200; "
        f"send it again after a time-out, a 429 or a 5xx, with the same idempotency key. {WEBHOOK_KEY}",
        security=[*PROOF, {"brand": []}, {}],
        parameters=[*BRAND, KEY],
        requestBody=body("Report", examples.REPORTS),
        answer=answer("Answer", "The decision.", REPLAYED, LIMITS, examples=examples.ANSWERS),
        refusals=(*CALLER, *PROVED, *OPEN, *BODY, "idempotency_key_reused", "unknown_event"),
    ),
    (f"{ROOT}/events/batch", "POST"): operation(
        "reportBatch",
        tag=REPORTING,
        summary="Say that many things happened",
        description="Up to 500 events in 4 MB. Each is on its own: a 200 has a result for every item, at its "
        "index, and `error` where that item was refused. Limits count items. Put an `idempotency_key` in each "
        "item and send the whole again after a time-out, a 429 or a 5xx: what was recorded is answered again.",
        security=PROOF,
        parameters=BRAND,
        requestBody=body("Batch", examples.BATCHES),
        answer=answer("BatchAnswer", "What became of each.", LIMITS, examples=examples.RESULTS),
        refusals=(*CALLER, *PROVED, *BODY),
    ),
    (f"{ROOT}/events", "GET"): operation(
        "readFeed",
        tag=READING,
        summary="Everything that was recorded, in order",
        description="Each event once, none missed, test events included. Begin without `after`, keep `next`, "
        "come again with it: at once after a full page, after some seconds otherwise. An event appears once "
        "everything before it is certain, which is seconds at most.",
        security=[{"key": []}],
        parameters=[
            {
                "name": "after",
                "in": "query",
                "description": "`next` of the last page.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": "Events a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": feed.MOST,
                    "default": feed.DEFAULT,
                },
            },
        ],
        answer=answer("Feed", "One page.", example=examples.FEED),
        refusals=(*CALLER, *PROVED, "invalid_parameter"),
    ),
    (f"{ROOT}/events/{{event_id}}", "GET"): operation(
        "readEvent",
        tag=READING,
        summary="One event with its decision",
        description="As it was sent, how it was decided, and what moved.",
        security=[{"key": []}],
        parameters=[
            {
                "name": "event_id",
                "in": "path",
                "required": True,
                "description": "`evt_…`, from an answer.",
                "schema": {"type": "string"},
                "example": examples.EVENT,
            }
        ],
        answer=answer("EventWithTransfers", "The event.", example=examples.TOLD_WHOLE),
        refusals=(*CALLER, *PROVED, "not_found"),
    ),
    (f"{ROOT}/wallets/{{address}}", "GET"): operation(
        "readWallet",
        tag=READING,
        summary="What a person holds",
        description="For a person with an event at this brand. Never what other brands did.",
        security=[{"key": []}],
        parameters=[
            {
                "name": "address",
                "in": "path",
                "required": True,
                "description": "The address that was reported.",
                "schema": {"type": "string"},
                "example": "ann@example.com",
            },
            {
                "name": "test",
                "in": "query",
                "description": "Of the test world.",
                "schema": {"type": "boolean", "default": False},
            },
        ],
        answer=answer("Wallet", "The wallet.", example=examples.HOLDINGS),
        refusals=(*CALLER, *PROVED, "not_found"),
    ),
    (f"{ROOT}/debug", "GET"): operation(
        "debug",
        tag=CONNECTING,
        summary="What of the connection works",
        description="Step by step: https, brand, domain, key, signature, clock, limits, event types. Credits "
        "nothing, records nothing. Details of a brand only for who proves to be it.",
        security=[*PROOF, {"brand": []}, {}],
        parameters=[
            *BRAND,
            {
                "name": "domain",
                "in": "query",
                "description": "The domain that your events will name.",
                "schema": {"type": "string"},
            },
        ],
        answer=answer("Debug", "The checks.", example=examples.DEBUG),
        refusals=("rate_limited",),
    ),
}
