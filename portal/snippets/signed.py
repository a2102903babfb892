"""A signed call, for those who have no library for Standard Webhooks."""

from django.conf import settings

from brands.models import Brand

SIGNED_CALL = """\
import base64, hashlib, hmac, json, os, time, urllib.request, uuid

secret = base64.b64decode(os.environ["RESONANCE_SIGNING_SECRET"].removeprefix("whsec_"))
body = json.dumps({{"event": "place_order", "email": "ann@example.com",
                   "metadata": {{"order_id": "ORD-12345"}}, "test": True}})
sent_id, sent_at = f"order-{{uuid.uuid4()}}", str(int(time.time()))
text = f"{{sent_id}}.{{sent_at}}.{{body}}".encode()
signature = base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()

call = urllib.request.Request("{url}/resonance-api/manual-event", body.encode(), {{
    "Content-Type": "application/json",
    "X-Resonance-Brand": "{brand}",
    "webhook-id": sent_id,
    "webhook-timestamp": sent_at,
    "webhook-signature": f"v1,{{signature}}",
}})
print(urllib.request.urlopen(call).read().decode())"""


def signed_call(brand: Brand) -> str:
    """A test event in Python's standard library. The secret comes from RESONANCE_SIGNING_SECRET."""
    return SIGNED_CALL.format(url=settings.RESONANCE_URL, brand=brand.public_id)
