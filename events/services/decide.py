"""Decide what an event may earn, from the brand's rules alone. Pure: no clock, no database.

What only the books know (has this person earned it already?) is decided by `events_record`, with the claims
that are set out here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from brands.models import Trust
from brands.queries import BrandFacts
from events.models import Cooldown, Status
from events.queries.programme import EventTypeFacts, RuleFacts
from events.services.submission import Submission
from events.services.windows import CALENDAR, day_window

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
LONGEST_BUSINESS_KEY = 255


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that matches, and the business key it claims."""

    rule: RuleFacts
    business_key: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say: a candidate, or the reason why there is none. `looked_at` is kept with the event,
    `observed` with its detail, since it is the partner's data."""

    candidate: Candidate | None
    reason: str
    looked_at: list[dict[str, Any]]
    observed: dict[str, Any]


def decide(*, event_type: EventTypeFacts, submission: Submission) -> Judgement:
    """The first rule that matches; rules are looked at in their order."""
    looked_at: list[dict[str, Any]] = []
    observed: dict[str, Any] = {}
    if not event_type.active:
        return Judgement(None, "event_type_off", looked_at, observed)
    reason = "no_rule"
    for rule in event_type.rules:
        key = None
        line: dict[str, Any] = {"rule": rule.id, "version": rule.number, "matched": True}
        looked_at.append(line)
        if rule.business_key:
            value = look_up(submission.metadata, rule.business_key)
            observed[rule.business_key] = value
            key = business_key(value)
            if key is None:
                reason = "business_key_missing"
                line |= {"matched": False, "reason": reason}
                continue
        return Judgement(Candidate(rule, key), "", looked_at, observed)
    return Judgement(None, reason, looked_at, observed)


def look_up(metadata: dict[str, Any], path: str) -> Any:
    """The value at a path such as metadata.customer.id, or None."""
    value: Any = metadata
    for step in path.split(".")[1:]:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def business_key(value: Any) -> str | None:
    """Text, or a whole number as text; None for anything that cannot name one thing."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.strip() and len(value) <= LONGEST_BUSINESS_KEY:
        return value
    return None


def claims(*, brand: BrandFacts, submission: Submission, judgement: Judgement) -> dict[str, Any]:
    """What `events_record` must find free, as columns of its request."""
    found: dict[str, Any] = {}
    if judgement.candidate is None:
        found |= {"status": Status.NO_REWARD.value, "reason": judgement.reason}
    else:
        rule = judgement.candidate.rule
        found |= {
            "rule": rule.id,
            "rule_version": rule.version_id,
            "amount": rule.amount,
            "business_key": judgement.candidate.business_key,
        }
        found |= cooldown(rule, brand=brand, submission=submission)
        # Counted under every version, so that a limit that comes later finds what was earned before it.
        day = day_window(submission.judged_at, brand.zone)
        found |= {"cap": rule.person_daily_cap, "cap_from": day.start, "cap_until": day.end}
    if submission.trust == Trust.OPEN:
        found |= open_bounds(brand, submission)
    return found


def cooldown(rule: RuleFacts, *, brand: BrandFacts, submission: Submission) -> dict[str, Any]:
    """A claim later than `cooldown_after` blocks. At the very end of a cooldown the person earns again."""
    moment = submission.judged_at
    if rule.cooldown == Cooldown.NONE:
        return {}
    if rule.cooldown == Cooldown.EVER:
        return {"cooldown_after": LONG_AGO}
    if rule.cooldown == Cooldown.ROLLING:
        seconds = rule.cooldown_seconds or 0
        return {
            "cooldown_after": moment - timedelta(seconds=seconds),
            "cooldown_seconds": seconds,
        }
    window_at = CALENDAR[rule.cooldown]
    # An event that is judged as of last month may be blocked by a claim of today. What comes next is told for
    # whoever asks now.
    current = window_at(max(moment, submission.received_at), brand.zone)
    return {
        "cooldown_after": window_at(moment, brand.zone).start - timedelta(microseconds=1),
        "cooldown_from": current.start,
        "cooldown_until": current.end,
    }


def open_bounds(brand: BrandFacts, submission: Submission) -> dict[str, Any]:
    """The bounds of callers who proved nothing: always by arrival, whatever they say."""
    day = day_window(submission.arrival, brand.zone)
    return {
        "open_person": brand.open_person_daily,
        "open_brand": brand.open_brand_daily,
        "open_from": day.start,
        "open_until": day.end,
        "new_wallets": brand.open_new_wallets_hourly,
        # The worlds count for themselves.
        "client": f"{submission.client}/test" if submission.test else submission.client,
        "client_hour": submission.arrival.replace(minute=0, second=0, microsecond=0),
    }
