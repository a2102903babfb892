"""The OpenAPI document: the routes that there are, with the operations that describe them."""

from functools import cache
from typing import Any

import simplejson
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from events.api.openapi.operations import CONNECTING, OPERATIONS, READING, REPORTING
from events.api.openapi.schemas import SCHEMAS

DESCRIPTION = """\
One POST when something worth a reward happens. The answer says what was credited.

**Trust.** `open`: name the brand (`X-Resonance-Brand`, `brand_id`, or a page on its verified domain). `key`:
`Authorization: Bearer rsk_…`. `signed`: [Standard Webhooks](https://www.standardwebhooks.com) headers over the raw
body, with the brand's `whsec_…` secret. What a call sends must hold, all of it.

**Answers.** Every decision is a 200. Everything else is a problem document (RFC 9457): `code` is for programs and
never changes its meaning, `detail` says what to do. Fields may be added to any answer. Amounts are text with two
decimals.
"""


class Documented(AutoSchema):
    """What the views' own code cannot tell: they read by hand, for speed and for exact errors."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        return OPERATIONS.get((path, method))


@cache
def document() -> str:
    """The document as JSON. The same for everyone, so it is made once a process."""
    found = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    # As they are written here: the one call comes first.
    found["paths"] = {
        path: found["paths"][path] for path, _ in OPERATIONS if path in found["paths"]
    }
    found["openapi"] = "3.1.0"
    found["info"] = {
        "title": "Resonance",
        "version": settings.RESONANCE_VERSION,
        "description": DESCRIPTION,
    }
    found["servers"] = [{"url": settings.RESONANCE_URL}]
    found["tags"] = [{"name": name} for name in (REPORTING, READING, CONNECTING)]
    found["components"] = {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "`rsk_…`, on your server only.",
            },
            "brand": {"type": "apiKey", "in": "header", "name": "X-Resonance-Brand"},
            "signature": {
                "type": "apiKey",
                "in": "header",
                "name": "webhook-signature",
                "description": "With `webhook-id` and `webhook-timestamp`, as in Standard Webhooks.",
            },
        },
    }
    return simplejson.dumps(found)
