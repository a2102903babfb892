"""Standard Webhooks signatures on calls that we receive, over the raw bytes of the body."""

from collections.abc import Iterable, Mapping

from standardwebhooks import Webhook, WebhookVerificationError

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
# Verified where there is no secret, so that an unknown brand takes as long as a wrong signature.
NOBODYS_SECRET = "whsec_bm9ib2R5cyBzZWNyZXQsIDMyIGJ5dGVzIGxvbmchIQ=="  # noqa: S105


def holds(raw: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Whether one of the secrets signed these bytes, at most five minutes from now."""
    found = [signed_with(secret, raw, headers) for secret in secrets]
    if not found:
        signed_with(NOBODYS_SECRET, raw, headers)
    return any(found)


def signed_with(secret: str, raw: bytes, headers: Mapping[str, str]) -> bool:
    try:
        Webhook(secret).verify(raw, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: not base64, no comma, not UTF-8.
        return False
    return True
