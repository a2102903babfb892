"""The shapes of what is sent and answered."""

from typing import Any

from brands.http import body, items
from brands.http.problems import CODES
from brands.models import Trust
from events import forms
from events.models import Status

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def shape(properties: Schema, *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object with all of these properties, but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **more}


def text(description: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **more}


def flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def listed(entry: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": entry, **more}


def or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


STATUS = text(
    "`rewarded`: credited. `cooldown`: just earned. `duplicate`: earned before. `capped`: a limit is reached. "
    "`no_reward`: no rule matches. `accepted`: the brand gives open callers quiet answers.",
    enum=[*Status.values, "accepted"],
)
DECIDED = text("How it was decided.", enum=Status.values)
AMOUNT = text("RSNC with two decimals.", pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["10.00"])
CURRENCY = {"const": "RSNC"}
MOMENT = text("In UTC.", format="date-time")
EVENT_ID = text(pattern="^evt_[0-9a-f]{32}$", examples=["evt_019ab0e2c1f87d3e8f61c2a5b0d94e17"])
WALLET_ID = text(
    "The same for one person at one brand, and another at any other.", pattern="^wal_[0-9a-f]+$"
)
REQUEST_ID = text("Tell us this if you ask about a call.", pattern="^req_")
EVENT_NAME = text("The event type's key.", pattern=f"^{forms.EVENT_NAME.pattern}$")
EMAIL = text(
    "Whom it is about: an e-mail address, or `discord_<id>`, `telegram_<id>` or `twitter_<id>` at "
    "`rsnc.network`.",
    minLength=3,
    maxLength=254,
)
IDEMPOTENCY_KEY = text(
    "One key an event. The same key with the same event gets the first answer again.",
    pattern=f"^{forms.IDEMPOTENCY_KEY.pattern}$",
)
METADATA: Schema = {
    "type": "object",
    "description": "What the rules look at, and what you want to read back. "
    f"At most {body.MAX_KEYS} keys, {body.MAX_DEPTH} levels, {body.MAX_STRING:,} characters a text; "
    f"numbers of at most {body.MAX_DIGITS} digits, kept exactly.",
    "additionalProperties": True,
}
NEXT = or_null(
    MOMENT | {"description": "When this person can earn this again; null: now, or never."}
)
REWARD = shape({"amount": AMOUNT, "currency": CURRENCY})
REPORTED = {
    "event": EVENT_NAME,
    "email": EMAIL,
    "metadata": METADATA,
    "idempotency_key": IDEMPOTENCY_KEY,
    "occurred_at": text("With its zone, at most 5 minutes ahead.", format="date-time"),
    "judge_at": text(
        "`occurred`: cooldowns and limits as of `occurred_at`, up to 400 days back (key or signed).",
        enum=["arrival", "occurred"],
    ),
    "test": flag("In the test world: own wallets and cooldowns, in no total."),
}
REPORTED_ALONE = {
    "brand_id": text("The brand, where no header says it."),
    "domain": text("The domain that the event comes from."),
    "dry_run": flag("Decide, answer, record nothing (key or signed)."),
}
TOLD = {
    "event_id": EVENT_ID,
    "event": EVENT_NAME,
    "email": or_null(EMAIL | {"description": "Null once it has been erased."}),
    "metadata": or_null(METADATA | {"description": "As sent; null once it has been erased."}),
    "status": DECIDED,
    "reason": or_null(text("Why, where the status alone does not say.")),
    "reward": REWARD,
    "next_eligible_at": NEXT,
    "decision": {
        "type": "object",
        "description": "The rules that were looked at, what was found, and the values seen.",
        "additionalProperties": True,
    },
    "trust": text("What the caller had proved.", enum=Trust.values),
    "source": text("Which way it came."),
    "test": flag("Whether it is of the test world."),
    "occurred_at": or_null(MOMENT),
    "received_at": MOMENT,
    "judged_at": MOMENT,
    "wallet": or_null(
        shape({"id": WALLET_ID, "created": flag("Whether this event made the wallet.")})
    ),
    "request_id": REQUEST_ID,
}
SCHEMAS: dict[str, Schema] = {
    "Report": shape(
        {**REPORTED, **REPORTED_ALONE},
        optional=tuple(name for name in {**REPORTED, **REPORTED_ALONE} if name not in {"event", "email"}),
    ),
    "Answer": shape(
        {
            "success": {"const": True},
            "status": STATUS,
            "event_id": or_null(EVENT_ID | {"description": "Null for a dry run."}),
            "event": EVENT_NAME,
            "reward": shape({"amount": or_null(AMOUNT), "currency": CURRENCY}),
            "next_eligible_at": NEXT,
            "message": text("One sentence for whoever reads the answer."),
            "test": flag("Whether it is of the test world."),
            "request_id": REQUEST_ID,
            "wallet": or_null(
                shape(
                    {
                        "id": WALLET_ID,
                        "balance": AMOUNT,
                        "pending": AMOUNT,
                        "created": flag("Whether this event made the wallet."),
                    },
                    description="For `key` and `signed` only.",
                )
            ),
        },
        optional=("wallet",),
    ),
    "BatchItem": shape(
        REPORTED, optional=tuple(name for name in REPORTED if name not in {"event", "email"})
    ),
    "Batch": shape(
        {
            "events": listed(
                ref("BatchItem"),
                minItems=1,
                maxItems=items.MOST,
                description="Each at most 32 KB, each on its own, judged in this order.",
            ),
            "brand_id": text("Not needed: the key names the brand."),
        },
        optional=("brand_id",),
    ),
    "BatchResult": shape(
        {
            "index": {"type": "integer", "minimum": 0, "maximum": items.MOST - 1},
            "status": or_null(DECIDED | {"enum": [*Status.values, None]}),
            "event_id": or_null(EVENT_ID),
            "reward": or_null(REWARD),
            "next_eligible_at": NEXT,
            "replayed": flag("Whether this is the first answer to this idempotency key, again."),
            "error": or_null(ref("ItemError")),
        },
        description="`status` is null where `error` is not.",
    ),
    "BatchAnswer": shape({"results": listed(ref("BatchResult")), "request_id": REQUEST_ID}),
    "Event": shape(TOLD),
    "EventWithTransfers": shape(
        {
            **TOLD,
            "transfers": listed(
                shape({"kind": text(), "amount": AMOUNT, "created_at": MOMENT})
            ),
        }
    ),
    "Feed": shape(
        {
            "events": listed(ref("Event")),
            "next": text("Send it as `after` for what comes next. Always there."),
        }
    ),
    "Wallet": shape(
        {
            "id": WALLET_ID,
            "email": EMAIL,
            "currency": CURRENCY,
            "balance": AMOUNT | {"description": "What the person can spend at this brand."},
            "issued_here": AMOUNT | {"description": "Of that, what this brand issued."},
            "pending": AMOUNT,
            "reserved": AMOUNT | {"description": "Held by open redemptions at this brand."},
            "transfers": listed(
                shape(
                    {
                        "kind": text(
                            "`earn`: paid for an event. `adjust`: added by hand, or taken, by people of "
                            "this brand. `reserve`: held to be spent at this brand, or spent. "
                            "`release`: given back unspent. There will be more.",
                            examples=["earn", "adjust", "reserve", "release"],
                        ),
                        "amount": AMOUNT | {"description": "Below zero where it left the wallet."},
                        "event_id": or_null(
                            EVENT_ID | {"description": "Null where no event is behind it."}
                        ),
                        "created_at": MOMENT,
                    }
                ),
                description="This brand's newest. What is spent elsewhere is not among them.",
            ),
            "test": flag("Whether it is of the test world."),
        }
    ),
    "Debug": shape(
        {
            "ok": flag("Whether every check is."),
            "service": {"const": "resonance"},
            "version": text(),
            "time": MOMENT,
            "request_id": REQUEST_ID,
            "checks": listed(ref("Check")),
        }
    ),
    "Check": shape(
        {"name": text(), "ok": flag("Whether it holds."), "detail": text("What to do.")}
    ),
    "FieldError": shape(
        {
            "param": text("The field, such as `metadata.total`."),
            "code": text("Stable, for programs."),
            "message": text("A sentence, for people."),
        }
    ),
    "ItemError": shape(
        {
            "code": text("Stable, for programs.", enum=list(CODES)),
            "detail": text("A sentence that says what to do."),
            "errors": listed(ref("FieldError")),
        }
    ),
    "Problem": shape(
        {
            "type": text("Where the code is explained.", format="uri"),
            "title": text(),
            "status": {"type": "integer"},
            "detail": text("A sentence that says what to do."),
            "code": text("Stable, for programs.", enum=list(CODES)),
            "errors": listed(ref("FieldError")),
            "request_id": REQUEST_ID,
        },
        description="RFC 9457.",
    ),
}  # fmt: skip
