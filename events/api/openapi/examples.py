"""What is sent and answered, as it looks. Tests send the requests and compare the answers."""

from typing import Any

EVENT = "evt_019ab0e2c1f87d3e8f61c2a5b0d94e17"
WALLET = "wal_6d1f0b7e4c2a9835e0d4b6a1f3c75e82"
REQUEST = "req_5f0c1e9a7b3d2468ace01357"
SENT: dict[str, Any] = {
    "event": "place_order",
    "email": "ann@example.com",
    "metadata": {"platform": "shopify", "order_id": "ORD-12345", "total": 89.99, "items": 3},
}
REWARD = {"amount": "10.00", "currency": "RSNC"}
NOTHING = {"amount": "0.00", "currency": "RSNC"}

REPORTS = {
    "order": {"summary": "An order", "value": SENT},
    "once": {
        "summary": "With an idempotency key",
        "value": {
            "event": "post_review",
            "email": "ann@example.com",
            "idempotency_key": "review-8123",
        },
    },
    "late": {
        "summary": "Of an earlier day, for a Discord account",
        "value": {
            "event": "daily_visit",
            "email": "discord_80351110224678912@rsnc.network",
            "occurred_at": "2026-03-18T12:00:00+01:00",
        },
    },
    "test": {"summary": "In the test world", "value": {**SENT, "test": True}},
    "dry_run": {"summary": "Only asked", "value": {**SENT, "dry_run": True}},
}
ANSWER = {
    "success": True,
    "status": "rewarded",
    "event_id": EVENT,
    "event": "place_order",
    "reward": REWARD,
    "next_eligible_at": None,
    "message": "10.00 RSNC credited.",
    "test": False,
    "request_id": REQUEST,
}
ANSWERS = {
    "rewarded": {
        "summary": "Credited, for a caller with a key",
        "value": {
            **ANSWER,
            "wallet": {"id": WALLET, "balance": "35.00", "pending": "0.00", "created": True},
        },
    },
    "open": {"summary": "Credited, for an open caller", "value": ANSWER},
    "cooldown": {
        "summary": "Too early",
        "value": {
            **ANSWER,
            "status": "cooldown",
            "event": "post_review",
            "reward": NOTHING,
            "next_eligible_at": "2026-03-19T12:00:00Z",
            "message": "No credit yet: this person has earned this, and can again at 2026-03-19T12:00:00Z.",
        },
    },
    "duplicate": {
        "summary": "This order has earned already",
        "value": {
            **ANSWER,
            "status": "duplicate",
            "reward": NOTHING,
            "message": "No credit: this has been credited before.",
        },
    },
}
BATCHES = {
    "two": {
        "summary": "Two events, each with its key",
        "value": {
            "events": [
                {**SENT, "idempotency_key": "order-12345"},
                {"event": "post_review", "email": "ann", "idempotency_key": "review-8124"},
            ]
        },
    }
}
RESULTS = {
    "two": {
        "summary": "One is credited, one is not valid",
        "value": {
            "results": [
                {
                    "index": 0,
                    "status": "rewarded",
                    "event_id": EVENT,
                    "reward": REWARD,
                    "next_eligible_at": None,
                    "replayed": False,
                    "error": None,
                },
                {
                    "index": 1,
                    "status": None,
                    "event_id": None,
                    "reward": None,
                    "next_eligible_at": None,
                    "replayed": False,
                    "error": {
                        "code": "invalid_event",
                        "detail": "email: An e-mail address has exactly one @, as in ann@example.com.",
                        "errors": [
                            {
                                "param": "email",
                                "code": "not_an_address",
                                "message": "An e-mail address has exactly one @, as in ann@example.com.",
                            }
                        ],
                    },
                },
            ],
            "request_id": REQUEST,
        },
    }
}
TOLD: dict[str, Any] = {
    "event_id": EVENT,
    "event": "place_order",
    "email": "ann@example.com",
    "metadata": SENT["metadata"],
    "status": "rewarded",
    "reason": None,
    "reward": REWARD,
    "next_eligible_at": None,
    "decision": {
        "rules": [{"rule": 7, "version": 2, "matched": True}],
        "observed": {"metadata.order_id": "ORD-12345"},
    },
    "trust": "key",
    "source": "api",
    "test": False,
    "occurred_at": None,
    "received_at": "2026-03-18T12:00:00.123456Z",
    "judged_at": "2026-03-18T12:00:00.123456Z",
    "wallet": {"id": WALLET, "created": True},
    "request_id": REQUEST,
}
MOVED = {"kind": "earn", "amount": "10.00", "created_at": "2026-03-18T12:00:00.123456Z"}
TOLD_WHOLE = {**TOLD, "transfers": [MOVED]}
FEED = {"events": [TOLD], "next": "AAAAAAAS2AEBmrDiwfh9Po9hwqWw2U4XZxzlYw"}
HOLDINGS = {
    "id": WALLET,
    "email": "ann@example.com",
    "currency": "RSNC",
    "balance": "35.00",
    "issued_here": "10.00",
    "pending": "0.00",
    "reserved": "0.00",
    "transfers": [{**MOVED, "event_id": EVENT}],
    "test": False,
}
DEBUG = {
    "ok": True,
    "service": "resonance",
    "version": "0.1.0",
    "time": "2026-03-18T12:00:00Z",
    "request_id": REQUEST,
    "checks": [
        {"name": "https", "ok": True, "detail": "The call came over TLS."},
        {"name": "brand", "ok": True, "detail": "Found: brd_Jq8nT3Wd."},
    ],
}
