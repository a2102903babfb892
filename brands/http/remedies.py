"""What to do about each code, for those who read the documentation before they meet it."""

# As many as brands.http.problems.CODES has, in the same order; a test holds them together.
REMEDIES: dict[str, str] = {
    "bad_request": "Mend the request line, the host or a header; the server could not read them.",
    "invalid_json": "Send UTF-8 JSON without NaN and with every key once. detail says where it broke.",
    "brand_required": "Send a secret key, or the brand id in X-Resonance-Brand or brand_id.",
    "brand_unknown": "Check key, signature and brand id: all that is sent must hold, for one active brand.",
    "domain_mismatch": "Add the domain in the brand's settings, or call from a backend with a key.",
    "domain_required": "Send domain: the brand asks for it with every open call.",
    "https_required": "Call over https. The body has been sent in the clear: replace the key if one was in it.",
    "scope_missing": "Use a key with the scope that detail names.",
    "trust_too_low": "Send a key, or sign the call, as detail says.",
    "not_found": "Compare the path with the documentation, and the id with what an answer gave.",
    "method_not_allowed": "Use a method that the Allow header names.",
    "too_large": "Send at most 32 KB an event, and 4 MB a batch.",
    "unsupported_media_type": "Send Content-Type: application/json.",
    "idempotency_key_reused": "Use a new key for a new event, and the same key for a retry of the same event only.",
    "invalid_event": "Mend the fields that errors names.",
    "invalid_parameter": "Mend the parameters that errors names; use next as it was given.",
    "unknown_event": "Add the event type in the portal, or compare its key. The event was kept for 30 days "
    "and can be replayed there.",
    "rate_limited": "Wait for Retry-After seconds, then send it again with the same idempotency key.",
    "internal_error": "Send it again with the same idempotency key; then tell us the request_id.",
    "not_recorded": "In a batch: this one item failed on our side. Send it again with the same idempotency key.",
    "try_again": "Wait for Retry-After seconds, then send it again with the same idempotency key.",
}
