"""POST events/batch: many events in one call, each on its own."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from brands.http import body, items, limits, quotas
from brands.http.callers import REPORTING_PROVED, Caller, identify
from brands.http.claims import Claims, Named
from brands.http.directory import directory
from brands.http.problems import FieldError, Problem, error_document, try_again
from brands.http.views import ApiRequest, ApiView, answer
from brands.services import mark_key_used
from events import forms, services
from events.api.report import ATTEMPTS, problem_of, submissions_of
from events.api.wording import CURRENCY, moment, rsnc
from events.forms import Reported
from events.services import CannotRecord, ConfigurationChanged, EventRefused, Outcome

EVENTS = "events"


class EventBatch(ApiView):
    http_method_names = ["post"]

    def post(self, request: Request) -> HttpResponse:
        call = BatchCall(self.django_request(request))
        results = call.record()
        said = [result(index, results[index]) for index in range(len(results))]
        return answer(
            {"results": said, "request_id": call.request.request_id},
            headers=limits.headers([each for each in call.left if each.limit.name == "brand"]),
        )


class BatchCall:
    """One batch on its way: read, said by whom, every item looked at, counted, then recorded."""

    def __init__(self, request: ApiRequest) -> None:
        self.request = request
        self.now = timezone.now()
        self.claims = Claims.of(request)
        self.raw = b""
        self.named = Named()
        if not self.claims.credential:
            # Refused, and megabytes of nobody's are not read.
            self.identify()
        self.raw = body.read(request, limit=items.MAX_BYTES)
        self.caller = self.identify()
        refuse_key_of_call(request)
        beside, found = items.read(self.raw, EVENTS)
        self.named = Named.of(beside)
        if self.named.brand_id is not None:
            self.caller = self.identify()
        self.refused: dict[int, Problem] = {}
        self.reported: dict[int, Reported] = {}
        for place, item in enumerate(found):
            self.look_at(place, item)
        self.left = self.count()

    def identify(self) -> Caller:
        with self.request.timing.part("auth"):
            caller = identify(
                self.claims, self.raw, REPORTING_PROVED, now=self.now, named=self.named
            )
        self.request.called_for = caller.brand
        return caller

    def look_at(self, place: int, item: dict[str, Any] | Problem) -> None:
        try:
            if isinstance(item, Problem):
                raise item
            self.reported[place] = self.report_of(place, item)
        except Problem as problem:
            self.refused[place] = problem

    def report_of(self, place: int, item: dict[str, Any]) -> Reported:
        """The event of one item. Raises invalid_event."""
        reported = forms.read(item, now=self.now, keys=self.keys(place, item))
        if reported.dry_run:
            message = "A batch is recorded. Try one event with manual-event."
            raise body.invalid([FieldError("dry_run", "not_in_a_batch", message)])
        brand_id = Named.of(item).brand_id
        if brand_id not in {None, self.caller.brand.public_id}:
            message = "All items are of the brand whose key is sent."
            raise body.invalid([FieldError("brand_id", "another_brand", message)])
        return reported

    def keys(self, place: int, item: dict[str, Any]) -> dict[str, str]:
        """A signed call that is sent again, by whomever, means the same events."""
        if self.caller.webhook_id is None or "idempotency_key" in item:
            return {}
        return {"webhook-id": f"{self.caller.webhook_id}/{place}"}

    def count(self) -> list[limits.Left]:
        """Raises rate_limited, by the limits that the brand has now."""
        persons = [each.address for each in self.reported.values()]
        try:
            with self.request.timing.part("limits"):
                return limits.limiter().take(quotas.of_batch(self.caller, persons))
        except Problem:
            if directory.current_where_cheap(self.caller.brand) is self.caller.brand:
                raise
        self.caller = self.identify()
        return limits.limiter().take(quotas.of_batch(self.caller, persons))

    def record(self) -> dict[int, Outcome | Problem]:
        """What became of each item, by its index. Raises Problem."""
        places = list(self.reported)
        if not places and directory.current(self.caller.brand) is not self.caller.brand:
            self.identify()
        outcomes = self.receive() if places else []
        found: dict[int, Outcome | Problem] = {**self.refused}
        for place, outcome in zip(places, outcomes, strict=True):
            found[place] = (
                problem_of_item(outcome) if isinstance(outcome, EventRefused) else outcome
            )
        return found

    def receive(self) -> list[Outcome | EventRefused]:
        caller = self.caller
        for _ in range(ATTEMPTS):
            try:
                outcomes = services.receive_batch(
                    brand=caller.brand,
                    submissions=submissions_of(
                        self.reported.values(), caller, self.request, self.now
                    ),
                    timing=self.request.timing,
                )
            except ConfigurationChanged:
                directory.refresh(caller.brand.id)
                caller = self.identify()
                continue
            if caller.key_id is not None:
                mark_key_used(key_id=caller.key_id, now=self.now)
            return outcomes
        raise try_again()


def refuse_key_of_call(request: ApiRequest) -> None:
    if "Idempotency-Key" in request.headers:
        message = "Send an idempotency_key in each item: they are recorded one by one."
        raise body.invalid([FieldError("Idempotency-Key", "not_for_a_batch", message)])


def problem_of_item(refused: EventRefused) -> Problem:
    if isinstance(refused, CannotRecord):
        return Problem(
            "not_recorded",
            "The others are not affected. Send this event again, with the same idempotency key; "
            "if it fails again, tell us the request_id.",
        )
    return problem_of(refused)


def result(index: int, found: Outcome | Problem) -> dict[str, Any]:
    if isinstance(found, Problem):
        return {
            "index": index,
            "status": None,
            "event_id": None,
            "reward": None,
            "next_eligible_at": None,
            "replayed": False,
            "error": {"code": found.code, **error_document(found)},
        }
    return {
        "index": index,
        "status": found.status,
        "event_id": found.event_id,
        "reward": {"amount": rsnc(found.amount), "currency": CURRENCY},
        "next_eligible_at": moment(found.next_eligible_at),
        "replayed": found.replayed,
        "error": None,
    }
