"""GET openapi.json and docs/: the API described for machines, and for people."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from brands.http.problems import CODES
from brands.http.remedies import REMEDIES

# Swagger UI writes styles into its page and draws with data: pictures. It needs no script but its own.
POLICY: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


@login_not_required
@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    # By name: what makes the document is needed by nobody else, and takes a third of a second to load.
    document = import_string("events.api.openapi.document.document")
    return HttpResponse(document(), content_type="application/json")


@login_not_required
@require_safe
@csp_replace(POLICY)
def docs(request: HttpRequest) -> HttpResponse:
    codes = [
        {"code": code, "status": status, "title": title, "remedy": REMEDIES[code]}
        for code, (status, title) in CODES.items()
    ]
    return render(request, "events/docs.html", {"codes": codes})
