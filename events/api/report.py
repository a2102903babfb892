"""POST manual-event: a partner says that something happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from brands.http import body, limits, quotas
from brands.http.callers import REPORTING, Caller, identify, trust_too_low
from brands.http.claims import Claims, Named
from brands.http.directory import directory
from brands.http.problems import FieldError, Problem, of_status, try_again
from brands.http.received import description
from brands.http.views import ApiRequest, ApiView, answer
from brands.models import Trust
from brands.services import mark_key_used, pseudonym
from events import forms, services
from events.api import wording
from events.forms import Reported
from events.services import (
    ConfigurationChanged,
    EventRefused,
    KeyReused,
    Outcome,
    Submission,
    TrustTooLow,
    UnknownEvent,
)

ATTEMPTS = 4


class ManualEvent(ApiView):
    http_method_names = ["post", "options"]
    for_browsers = True

    def post(self, request: Request) -> HttpResponse:
        call = Call(self.django_request(request))
        caller, outcome = call.record()
        return answer_of(call, caller, outcome)


class Call:
    """One report on its way: read, said by whom, counted, then recorded."""

    source = "api"

    def __init__(self, request: ApiRequest) -> None:
        self.request = request
        self.now = timezone.now()
        self.raw = body.read(request)
        self.claims = Claims.of(request)
        self.named = Named()
        # A signature is of the raw bytes: nothing is parsed before it holds.
        caller = self.identify() if self.claims.credential else None
        document = body.parse(self.raw)
        self.named = Named.of(document)
        if caller is None or self.named.brand_id is not None:
            caller = self.identify()
        self.caller = caller
        self.reported = forms.read(document, now=self.now, keys=self.keys(caller))
        if self.reported.dry_run and not caller.proved:
            raise trust_too_low(Trust.KEY)
        self.left = self.count()

    def identify(self) -> Caller:
        with self.request.timing.part("auth"):
            caller = identify(self.claims, self.raw, REPORTING, now=self.now, named=self.named)
        self.request.brand_facts = self.request.called_for = caller.brand
        return caller

    def count(self) -> list[limits.Left]:
        """Raises rate_limited, by the limits that the brand has now."""
        try:
            with self.request.timing.part("limits"):
                return limits.limiter().take(quotas.of_call(self.caller, self.reported.address))
        except Problem:
            if directory.current_where_cheap(self.caller.brand) is self.caller.brand:
                raise
        self.caller = self.identify()
        return limits.limiter().take(quotas.of_call(self.caller, self.reported.address))

    def keys(self, caller: Caller) -> Mapping[str, str]:
        header = self.request.headers.get("Idempotency-Key")
        sent = {"Idempotency-Key": header, "webhook-id": caller.webhook_id}
        return {name: key for name, key in sent.items() if key is not None}

    def record(self) -> tuple[Caller, Outcome]:
        """Who called, and what became of it. Raises Problem."""
        caller = self.caller
        for _ in range(ATTEMPTS):
            try:
                outcome = services.receive(
                    brand=caller.brand,
                    submission=self.submission(caller),
                    dry_run=self.reported.dry_run,
                    timing=self.request.timing,
                )
            except ConfigurationChanged:
                directory.refresh(caller.brand.id)
                caller = self.identify()
                continue
            except EventRefused as refused:
                raise problem_of(refused) from refused
            if caller.key_id is not None:
                mark_key_used(key_id=caller.key_id, now=self.now)
            return caller, outcome
        raise try_again()

    def submission(self, caller: Caller) -> Submission:
        (submission,) = submissions_of(
            [self.reported], caller, self.request, self.now, source=self.source
        )
        return submission


def answer_of(call: Call, caller: Caller, outcome: Outcome) -> HttpResponse:
    """What the caller reads of it."""
    replayed = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
    return answer(
        wording.outcome(outcome, caller, dry_run=call.reported.dry_run),
        headers={**replayed, **quotas.shown_to(caller, call.left)},
    )


def submissions_of(
    reports: Iterable[Reported],
    caller: Caller,
    request: ApiRequest,
    now: datetime,
    *,
    source: str = "api",
) -> list[Submission]:
    """What one call reported, as events take it in."""
    client = pseudonym("client", caller.brand.id, caller.address)
    about = description(request, client=client)
    return [
        Submission(
            name=reported.event,
            address=reported.address,
            metadata=reported.metadata,
            trust=caller.trust,
            source=source,
            request_id=request.request_id,
            received_at=now,
            request=about,
            client=client,
            idempotency_key=reported.idempotency_key,
            occurred_at=reported.occurred_at,
            judge_at_occurred=reported.judge_at_occurred,
            test=reported.test,
        )
        for reported in reports
    ]


def problem_of(refused: EventRefused) -> Problem:
    match refused:
        case UnknownEvent():
            detail = "Add this event type in the portal, or compare its key."
            return Problem("unknown_event", detail, [FieldError("event", "unknown", f"{refused}")])
        case TrustTooLow():
            return trust_too_low(refused.needed)
        case KeyReused():
            detail = "Use a new idempotency key for every event, and the same one only for a retry."
            return Problem("idempotency_key_reused", detail)
    return of_status(500)
