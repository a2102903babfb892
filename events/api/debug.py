"""GET debug: what of a connection works, step by step. It credits nothing."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from brands.http import hosts, limits, quotas
from brands.http.callers import LOOKING, TRUST_WANTED, Caller, check_domain, identify
from brands.http.claims import Claims, Named
from brands.http.limits import Left
from brands.http.problems import Problem
from brands.http.views import ApiRequest, ApiView, answer
from brands.models import Scope
from brands.services import looks_like_key
from events.api.wording import moment
from events.queries.live import LiveTest
from events.queries.log import log_page
from events.queries.programme import programme_facts
from events.queries.search import LogFilters
from events.services.broadcast import broadcast

MOST_SKEW = 300
PROVE = "Send a secret key to see this."


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


class Debug(ApiView):
    http_method_names = ["get", "head", "options"]
    for_browsers = True

    def get(self, request: Request) -> HttpResponse:
        checks = list(checks_of(self.django_request(request)))
        return answer(
            {
                "ok": all(check.ok for check in checks),
                "service": "resonance",
                "version": settings.RESONANCE_VERSION,
                "time": moment(timezone.now()),
                "request_id": self.django_request(request).request_id,
                "checks": [
                    {"name": each.name, "ok": each.ok, "detail": each.detail} for each in checks
                ],
            }
        )


def checks_of(request: ApiRequest) -> Iterator[Check]:
    """Every check, each with a sentence that says what to do. Raises rate_limited."""
    claims = Claims.of(request)
    named = Named(domain=request.GET.get("domain"))
    plain = "Plain HTTP, which this server takes from its own machine only."
    yield Check(
        "https", ok=True, detail="The call came over TLS." if request.is_secure() else plain
    )
    try:
        caller = identify(claims, b"", LOOKING, now=timezone.now())
    except Problem as problem:
        if problem.code == "rate_limited":
            raise
        yield from checks_of_nobody(claims, problem)
        return
    request.brand_facts = caller.brand
    checks = list(checks_of_caller(caller, claims, named))
    show_live(caller, checks)
    yield from checks


def show_live(caller: Caller, checks: Sequence[Check]) -> None:
    """As a connection test on the brand's live page, once a minute for each trust."""
    failed = [check.name for check in checks if not check.ok]
    broadcast([LiveTest(caller.brand.id, caller.trust.value, failed, timezone.now())])


def checks_of_caller(caller: Caller, claims: Claims, named: Named) -> Iterator[Check]:
    """What can be said once it is known who calls. Raises rate_limited."""
    told = caller.proved or bool(claims.names)
    yield Check("brand", ok=True, detail=f"Found{f': {caller.brand.public_id}' if told else ''}.")
    yield check_of_domain(caller, claims, named)
    yield from checks_of_credential(caller, claims)
    yield check_of_clock(claims)
    yield check_of_limits(limits.limiter().take([quotas.of_reading(caller)]))
    yield from checks_of_brand(caller)


def checks_of_nobody(claims: Claims, problem: Problem) -> Iterator[Check]:
    """Where no brand was found, or not the one that the caller says it is. Nothing of any brand is told."""
    unknown = "Nothing can be said before the brand is found."
    yield Check("brand", ok=False, detail=problem.detail)
    yield Check("domain", ok=False, detail=f"Seen: {seen(claims)}. {unknown}")
    yield Check("key", ok=claims.authorization is None, detail=hint_for_key(claims.authorization))
    if claims.webhook:
        detail = (
            "Sign “webhook-id.webhook-timestamp.body” with the brand's whsec_… secret, "
            "and name the brand in X-Resonance-Brand or ?brand_id=."
        )
        yield Check("signature", ok=False, detail=detail)
    else:
        yield Check("signature", ok=True, detail="No signature was sent.")
    yield check_of_clock(claims)
    for name in ("rate_limit", "event_types", "last_event"):
        yield Check(name, ok=False, detail=unknown)


def hint_for_key(authorization: str | None) -> str:
    """What the text itself shows. Whether such a key exists is not said."""
    if authorization is None:
        return "No key was sent."
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return "Send the key as Authorization: Bearer rsk_…."
    if not looks_like_key(secret.strip()):
        return "This is not a whole key: copy it again, from rsk_ to its last character."
    return "The key is whole, but it does not hold together with what else was sent, or has ended."


def seen(claims: Claims) -> str:
    for name, value, reader in (
        ("Origin", claims.origin, hosts.of_origin),
        ("Referer", claims.referer, hosts.of_referer),
    ):
        if value is not None:
            return f"{name} {reader(value) or 'that names no host'}"
    return "no Origin and no Referer"


def check_of_domain(caller: Caller, claims: Claims, named: Named) -> Check:
    configured = ""
    if caller.proved:
        entries = ", ".join(f"{'*.' * each.subdomains}{each.host}" for each in caller.brand.domains)
        configured = f" Configured: {entries or 'none'}."
    said = f"Seen: {seen(claims)}."
    try:
        check_domain(caller.brand, claims, named.domain)
    except Problem as problem:
        return Check("domain", ok=caller.proved, detail=f"{said}{configured} {problem.detail}")
    return Check("domain", ok=True, detail=f"{said}{configured}")


def checks_of_credential(caller: Caller, claims: Claims) -> Iterator[Check]:
    may_report = Scope.EVENTS_WRITE in caller.scopes
    if claims.authorization is None:
        yield Check("key", ok=True, detail="No key was sent.")
    else:
        detail = f"The key holds. Scopes: {', '.join(sorted(caller.scopes))}."
        yield Check("key", ok=may_report, detail=detail)
    signed = "The signature holds." if claims.webhook else "No signature was sent."
    yield Check("signature", ok=True, detail=signed)
    least = caller.brand.least_trust
    enough = caller.trust.rank >= least.rank
    detail = f"Events of this caller count as {caller.trust.value}."
    yield Check("trust", ok=enough, detail=detail if enough else f"{detail} {TRUST_WANTED[least]}")


def check_of_clock(claims: Claims) -> Check:
    sent = claims.webhook.get("webhook-timestamp", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):  # noqa: PLR2004
        return Check("clock", ok=not sent, detail="Compare your clock with time in this answer.")
    skew = int(sent) - int(time.time())
    detail = f"webhook-timestamp is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} our clock."
    return Check("clock", ok=abs(skew) <= MOST_SKEW, detail=f"{detail} {MOST_SKEW} s are allowed.")


def check_of_limits(left: list[Left]) -> Check:
    if not left:
        return Check("rate_limit", ok=True, detail="Nothing is counted at the moment.")
    first = left[0]
    detail = f"{first.remaining} of {first.limit.quota} calls left for {first.seconds} s."
    return Check("rate_limit", ok=first.remaining > 0, detail=detail)


def checks_of_brand(caller: Caller) -> Iterator[Check]:
    """Details about a brand are only for who has proved to be it."""
    if not caller.proved:
        yield Check("event_types", ok=True, detail=PROVE)
        yield Check("last_event", ok=True, detail=PROVE)
        return
    programme = programme_facts(brand_id=caller.brand.id)
    active = sorted(key for key, each in programme.event_types.items() if each.active)
    if active:
        yield Check("event_types", ok=True, detail=f"Active: {', '.join(active)}.")
    else:
        yield Check("event_types", ok=False, detail="Add an event type in the portal.")
    yield Check("last_event", ok=True, detail=last_event(caller.brand.id))


def last_event(brand_id: int) -> str:
    newest = [
        row.received_at
        for test in (False, True)
        for row in log_page(
            brand_id=brand_id, filters=LogFilters(test=test), cursor=None, limit=1
        ).rows
    ]
    return f"Received at {moment(max(newest))}." if newest else "None yet."
