"""What a brand rewards, as a call needs it: read in one go, cached under the brand's `config_version`."""

from collections.abc import Mapping
from dataclasses import dataclass

from brands.models import Trust
from brands.queries import current_version
from events.models import Cooldown, EventType, RuleVersion


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule at the version in force. Amounts in hundredths of RSNC, the cooldown in seconds."""

    id: int
    version_id: int
    number: int
    amount: int
    cooldown: Cooldown
    cooldown_seconds: int | None
    business_key: str
    person_daily_cap: int | None


@dataclass(frozen=True, slots=True)
class EventTypeFacts:
    id: int
    key: str
    name: str
    active: bool
    least_trust: Trust | None
    rules: tuple[RuleFacts, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """Everything a brand rewards, at `version`, by event type key."""

    version: int
    event_types: Mapping[str, EventTypeFacts]


def programme_facts(*, brand_id: int) -> ProgrammeFacts:
    """Read a brand's programme.

    The version is read first: a change in between leaves a version that is merely too old, and the next
    call to record says so.
    """
    version = current_version(brand_id) or 0
    rules: dict[int, list[RuleFacts]] = {}
    for row in RuleVersion.objects.in_force().filter(rule__event_type__brand_id=brand_id):
        rules.setdefault(row.rule.event_type_id, []).append(
            RuleFacts(
                id=row.rule_id,
                version_id=row.pk,
                number=row.number,
                amount=row.amount,
                cooldown=Cooldown(row.cooldown),
                cooldown_seconds=row.cooldown_seconds,
                business_key=row.business_key,
                person_daily_cap=row.person_daily_cap,
            )
        )
    return ProgrammeFacts(
        version=version,
        event_types={
            each.key: EventTypeFacts(
                id=each.pk,
                key=each.key,
                name=each.name,
                active=each.active,
                least_trust=Trust(each.least_trust) if each.least_trust else None,
                rules=tuple(rules.get(each.pk, ())),
            )
            for each in EventType.objects.filter(brand_id=brand_id)
        },
    )
