"""Why an event was decided as it was, a line for each check. Pure: facts in, sentences out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.text import Truncator

from events import services as events
from events.models import Cooldown, RuleVersion, Status
from portal.wording import REASONS, length, plain, rsnc

BOUNDS = {"open_new_wallets", "open_person_daily", "open_brand_daily"}
WINDOWS = {
    Cooldown.DAY: "calendar day",
    Cooldown.WEEK: "calendar week",
    Cooldown.MONTH: "calendar month",
}


class Judged(Protocol):
    """What an event and a dry run have in common: what was asked, and what was found."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def trust(self) -> str: ...
    @property
    def rule(self) -> RuleVersion | None: ...
    @property
    def observed(self) -> Mapping[str, Any] | None: ...
    @property
    def decision(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One check. The first that is not `ok` decided."""

    check: str
    ok: bool
    sentence: str
    # The public id of another event that it comes from.
    see: str = ""


def explain(event: Judged, zone: ZoneInfo, *, dry_run: bool = False) -> list[Line]:
    """The checks in the order in which they were made, as far as they got."""
    lines: list[Line] = []
    for check in (rule_line, key_line, cooldown_line, cap_line, bounds_line):
        line = check(event, zone)
        if line is not None:
            lines.append(line)
            if not line.ok:
                return lines
    paid = f"{rsnc(event.amount)} RSNC {'would be ' if dry_run else ''}credited."
    return [*lines, Line("paid", event.status == Status.REWARDED, paid)]


def rule_line(event: Judged, _zone: ZoneInfo) -> Line:
    if event.status == Status.NO_REWARD:
        if event.reason == "business_key_missing":
            return Line("rule", ok=False, sentence=missing_key(event))
        why = REASONS.get(event.reason, "no rule matches")
        return Line("rule", ok=False, sentence=f"Nothing to pay: {why}.")
    number = event.rule.number if event.rule else 0
    return Line("rule", ok=True, sentence=f"The rule of {event.name} matches, version {number}.")


def missing_key(event: Judged) -> str:
    paths = ", ".join(event.observed or {}) or "a value of the metadata"
    return (
        f"It pays once per {paths}, and that was not sent: it must be text or a whole number, "
        "and not empty."
    )


def key_line(event: Judged, _zone: ZoneInfo) -> Line | None:
    if event.rule is None or not event.rule.business_key:
        return None
    path = event.rule.business_key
    value = quoted(event)
    if event.status == Status.DUPLICATE:
        taken_by = event.decision.get("taken_by")
        return Line(
            "key",
            ok=False,
            sentence=f"{path} is {value}, and that has earned already.",
            see=events.public_event_id(UUID(taken_by)) if taken_by else "",
        )
    return Line("key", ok=True, sentence=f"{path} is {value}, and that had not earned before.")


def quoted(event: Judged) -> str:
    """The value that was sent, which a stranger wrote: cut, and isolated from the sentence around it."""
    if event.rule is None or event.observed is None:
        return "erased"
    value = plain(f"{event.observed.get(event.rule.business_key)}")
    return f"\N{FIRST STRONG ISOLATE}{Truncator(value).chars(80)}\N{POP DIRECTIONAL ISOLATE}"


def cooldown_line(event: Judged, zone: ZoneInfo) -> Line | None:
    if event.rule is None or event.rule.cooldown == Cooldown.NONE:
        return None
    window = window_of(Cooldown(event.rule.cooldown), event.rule.cooldown_seconds)
    last = event.decision.get("last_at")
    if event.status == Status.COOLDOWN:
        return Line(
            "cooldown", ok=False, sentence=f"{window} The last reward was {at(last, zone)}."
        )
    if last:
        return Line("cooldown", ok=True, sentence=f"{window} The last reward was {at(last, zone)}.")
    return Line("cooldown", ok=True, sentence=f"{window} The person had not earned it before.")


def window_of(cooldown: Cooldown, seconds: int | None) -> str:
    if cooldown == Cooldown.ROLLING:
        return f"Once every {length(seconds or 0)} per person."
    if cooldown == Cooldown.EVER:
        return "Once ever per person."
    return f"Once a {WINDOWS[cooldown]} per person."


def at(moment: str | None, zone: ZoneInfo) -> str:
    if moment is None:
        return "before"
    here = datetime.fromisoformat(moment).astimezone(zone)
    return f"on {here.day} {here:%B %Y at %H:%M:%S}"


def cap_line(event: Judged, _zone: ZoneInfo) -> Line | None:
    if event.rule is None or event.rule.person_daily_cap is None:
        return None
    cap, used = rsnc(event.rule.person_daily_cap), rsnc(event.decision.get("used") or 0)
    refused = event.reason == "rule_daily_cap"
    limit = f"At most {cap} RSNC a day per person, and {used} had been earned"
    asked = f", too much for {rsnc(event.rule.amount)} more." if refused else "."
    return Line("cap", ok=not refused, sentence=limit + asked)


def bounds_line(event: Judged, _zone: ZoneInfo) -> Line | None:
    """The bounds of callers who have proved nothing."""
    if event.reason in BOUNDS:
        return Line("bounds", ok=False, sentence=f"Beyond {REASONS[event.reason]}.")
    if event.trust == "open" and event.rule is not None:
        return Line("bounds", ok=True, sentence="Within the limits for open calls.")
    return None
