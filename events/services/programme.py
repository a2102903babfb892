"""What a brand rewards, changed. Versions are added, never altered, and publishing resets nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from brands.models import Brand, User
from events.models import Cooldown, EventType, Rule, RuleVersion


class ProgrammeChanged(Exception):
    """Somebody has published a newer version meanwhile."""

    def __init__(self, newest: RuleVersion) -> None:
        super().__init__(
            f"Version {newest.number} was published meanwhile. Compare it with yours and publish again."
        )
        self.newest = newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a rule pays. `amount` and `person_daily_cap` in hundredths of RSNC, the cooldown in seconds."""

    amount: int
    cooldown: Cooldown = Cooldown.NONE
    cooldown_seconds: int | None = None
    business_key: str = ""
    person_daily_cap: int | None = None

    @classmethod
    def of(cls, version: RuleVersion) -> "Terms":
        return cls(
            amount=version.amount,
            cooldown=Cooldown(version.cooldown),
            cooldown_seconds=version.cooldown_seconds,
            business_key=version.business_key,
            person_daily_cap=version.person_daily_cap,
        )


@transaction.atomic
def create_event_type(
    *, brand: Brand, key: str, name: str, terms: Terms, by: User | None, now: datetime
) -> EventType:
    """Make an event type with one rule, in force at once. Raises ValidationError, saying what is wrong."""
    last = brand.event_types.aggregate(last=Max("position"))["last"]
    event_type = EventType(
        brand=brand, key=key, name=name, position=0 if last is None else last + 1, created_at=now
    )
    event_type.full_clean()
    event_type.save()
    rule = Rule.objects.create(event_type=event_type, created_at=now)
    add_version(rule, 1, terms, by=by, now=now)
    return event_type


@transaction.atomic
def publish(
    *, rule: Rule, terms: Terms, by: User | None, now: datetime, since: int | None = None
) -> RuleVersion:
    """Put new terms in force from the next event. The same terms again change nothing.

    `since` is the version that the terms were made from. Raises ProgrammeChanged where it is not the
    newest any more, ValidationError where the terms make no sense.
    """
    Rule.objects.select_for_update().get(pk=rule.pk)
    newest = rule.versions.latest("number")
    if since is not None and since != newest.number:
        raise ProgrammeChanged(newest)
    if Terms.of(newest) == terms:
        return newest
    return add_version(rule, newest.number + 1, terms, by=by, now=now)


def add_version(
    rule: Rule, number: int, terms: Terms, *, by: User | None, now: datetime
) -> RuleVersion:
    version = RuleVersion(
        rule=rule,
        number=number,
        amount=terms.amount,
        cooldown=terms.cooldown,
        cooldown_seconds=terms.cooldown_seconds,
        business_key=terms.business_key,
        person_daily_cap=terms.person_daily_cap,
        published_by=by,
        published_at=now,
    )
    version.full_clean()
    version.save()
    return version


def rename_event_type(*, event_type: EventType, name: str) -> EventType:
    """Change what people call it; what backends send stays. Raises ValidationError."""
    event_type.name = name
    event_type.full_clean()
    event_type.save(update_fields=["name"])
    return event_type


def switch_event_type(*, event_type: EventType, active: bool) -> EventType:
    """Switched off, its events are still recorded, and pay nothing (`no_reward`, `event_type_off`)."""
    event_type.active = active
    event_type.save(update_fields=["active"])
    return event_type
