"""How long calls of the API take to answer, as their brand's report has it."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from analytics import services
from analytics.models import Call
from brands.queries import BrandFacts

CALLS = {
    "events:manual-event": Call.EVENT,
    "events:event-batch": Call.BATCH,
    "events:event-feed": Call.READ,
    "events:event": Call.READ,
    "events:wallet": Call.READ,
}


class AnswersMiddleware:
    """The first of all, so that the whole of an answer is timed. A call counts once its caller is known, refusals too:
    what strangers send is nobody's response time. GET debug is not counted: people look, and no shop waits.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        brand: BrandFacts | None = getattr(request, "called_for", None)
        if brand is not None and request.resolver_match is not None:
            call = CALLS.get(request.resolver_match.view_name)
            if call is not None:
                spent = time.perf_counter() - began
                services.count_answer(
                    brand=brand.id, zone=brand.zone, call=call, seconds=spent, at=time.time()
                )
        return response
