"""GET events: everything that was recorded for a brand, in order, to be read page by page."""

from django.http import HttpResponse
from rest_framework.request import Request

from brands.http.callers import READING_EVENTS
from brands.http.problems import FieldError, Problem
from brands.http.views import answer
from events.api.reading import Reading, event_said
from events.queries.feed import BEGINNING, InvalidCursor, Place, feed_page, parse_cursor

DEFAULT, MOST = 100, 500


class EventFeed(Reading):
    def get(self, request: Request) -> HttpResponse:
        caller = self.caller(request, READING_EVENTS)
        page = feed_page(brand_id=caller.brand.id, after=after(request), limit=limit(request))
        said = [event_said(event, caller) for event in page.events]
        return answer({"events": said, "next": str(page.next)})


def after(request: Request) -> Place:
    """Where the last page ended; without it, before the first event. Raises invalid_parameter."""
    text = request.GET.get("after")
    if text is None:
        return BEGINNING
    try:
        return parse_cursor(text)
    except InvalidCursor:
        message = (
            "Send what the last page gave as next, or leave it out to begin at the first event."
        )
        raise invalid("after", "not_a_cursor", message) from None


def limit(request: Request) -> int:
    """Raises invalid_parameter."""
    text = request.GET.get("limit", f"{DEFAULT}")
    if not (text.isascii() and text.isdigit() and len(text) <= len(f"{MOST}")):
        raise invalid("limit", "not_a_number", f"Send a whole number from 1 to {MOST}.")
    if not 1 <= int(text) <= MOST:
        raise invalid("limit", "out_of_bounds", f"Send a whole number from 1 to {MOST}.")
    return int(text)


def invalid(param: str, code: str, message: str) -> Problem:
    return Problem("invalid_parameter", f"{param}: {message}", [FieldError(param, code, message)])
