"""A report that one of the brand's own team makes in the role of a caller. It is never a live one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse

from brands.http import problems
from brands.http.callers import REPORTING, Caller, play
from brands.http.problems import Problem
from brands.http.views import ApiRequest
from brands.models import Trust
from events.api.report import Call, answer_of
from events.services import Outcome


@dataclass(frozen=True, slots=True)
class Played:
    """What the API answers, and what is behind it: an outcome, or the problem. Times in milliseconds."""

    response: HttpResponse
    outcome: Outcome | None = None
    problem: Problem | None = None
    trust: Trust = Trust.OPEN
    timing: Mapping[str, float] = field(default_factory=dict)


class PlayedCall(Call):
    """A call whose credential is taken for granted. Everything else is what any call passes."""

    source = "console"

    def __init__(self, request: ApiRequest, *, brand_id: int, trust: Trust) -> None:
        self.brand_id = brand_id
        self.trust = trust
        super().__init__(request)
        if not (self.reported.test or self.reported.dry_run):
            raise SuspiciousOperation("The console sends no live events.")

    def identify(self) -> Caller:
        with self.request.timing.part("auth"):
            caller = play(
                brand_id=self.brand_id,
                trust=self.trust,
                claims=self.claims,
                wants=REPORTING,
                now=self.now,
                named=self.named,
            )
        self.request.brand_facts = caller.brand
        return caller


def report(request: ApiRequest, *, brand_id: int, trust: Trust) -> Played:
    """Report what is in the request's body, as a test or as a dry run. Refusals are answers too."""
    try:
        call = PlayedCall(request, brand_id=brand_id, trust=trust)
        caller, outcome = call.record()
    except Exception as error:  # noqa: BLE001 - as Django REST framework hands them on
        return refused(problems.of_exception(error, request), request)
    response = answer_of(call, caller, outcome)
    return Played(response, outcome=outcome, trust=trust, timing=request.timing.milliseconds())


def refused(problem: Problem, request: ApiRequest) -> Played:
    response = problems.response(problem, request)
    return Played(response, problem=problem, timing=request.timing.milliseconds())
