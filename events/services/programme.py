"""What a brand rewards, changed. Versions are added, never altered, and publishing resets nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from brands import services as brands
from brands.models import Brand, Trust, User
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

    def noted(self) -> dict[str, Any]:
        """As the audit log keeps it."""
        cooldown = str(self.cooldown.label)
        if self.cooldown_seconds is not None:
            cooldown = f"{cooldown}, {self.cooldown_seconds} seconds"
        cap = self.person_daily_cap
        return {
            "reward": amount(self.amount),
            "cooldown": cooldown,
            "once_per": self.business_key,
            "person_daily_cap": None if cap is None else amount(cap),
        }


def amount(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


@transaction.atomic
def create_event_type(
    *,
    brand: Brand,
    key: str,
    name: str,
    terms: Terms,
    by: User | None,
    now: datetime,
    least_trust: Trust | None = None,
) -> EventType:
    """Make an event type with one rule, in force at once. Raises ValidationError, saying what is wrong.

    `least_trust`: what callers must prove to report it; None: what the brand asks.
    """
    last = brand.event_types.aggregate(last=Max("position"))["last"]
    event_type = EventType(
        brand=brand,
        key=key,
        name=name,
        position=0 if last is None else last + 1,
        least_trust=least_trust or "",
        created_at=now,
    )
    event_type.full_clean()
    event_type.save()
    rule = Rule.objects.create(event_type=event_type, created_at=now)
    add_version(rule, 1, terms, by=by, now=now)
    brands.note(
        brand=brand,
        by=by,
        action="event_type.created",
        subject=key,
        after={"name": name, "least_trust": event_type.least_trust, **terms.noted()},
        now=now,
    )
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
    before = Terms.of(newest)
    if before == terms:
        return newest
    version = add_version(rule, newest.number + 1, terms, by=by, now=now)
    brands.note(
        brand=rule.event_type.brand,
        by=by,
        action="rule.published",
        subject=rule.event_type.key,
        before={"version": newest.number, **before.noted()},
        after={"version": version.number, **terms.noted()},
        now=now,
    )
    return version


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


def rename_event_type(
    *, event_type: EventType, name: str, by: User | None, now: datetime
) -> EventType:
    """Change what people call it; what backends send stays. Raises ValidationError."""
    return change(event_type, by=by, now=now, action="event_type.renamed", name=name)


def switch_event_type(
    *, event_type: EventType, active: bool, by: User | None, now: datetime
) -> EventType:
    """Switched off, its events are still recorded, and pay nothing (`no_reward`, `event_type_off`)."""
    return change(event_type, by=by, now=now, action="event_type.switched", active=active)


def require_trust(
    *, event_type: EventType, least_trust: Trust | None, by: User | None, now: datetime
) -> EventType:
    """Accept it only from callers that prove so much; None: what the brand asks."""
    changed = {"least_trust": least_trust or ""}
    return change(event_type, by=by, now=now, action="event_type.trust_changed", **changed)


@transaction.atomic
def change(
    event_type: EventType, *, by: User | None, now: datetime, action: str, **fields: Any
) -> EventType:
    """Set these fields and note it. What is so already changes nothing. Raises ValidationError."""
    row = EventType.objects.select_for_update(of=("self",)).get(pk=event_type.pk)
    before = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(event_type, name, value)
    if before == fields:
        return event_type
    event_type.full_clean()
    event_type.save(update_fields=list(fields))
    brands.note(
        brand=row.brand, by=by, action=action, subject=row.key, before=before, after=fields, now=now
    )
    return event_type


@transaction.atomic
def move_event_type(*, event_type: EventType, up: bool, by: User | None, now: datetime) -> int:
    """Change places with the one above or below it. Returns its place now, from 1.

    The first one moved up, and the last one moved down, stay where they are.
    """
    # All of them, in one order: two who move at once move one after the other.
    rows = EventType.objects.select_for_update(of=("self",)).filter(brand=event_type.brand_id)
    by_id = {row.pk: row for row in rows.order_by("pk")}
    order = sorted(by_id, key=lambda pk: (by_id[pk].position, pk))
    was = order.index(event_type.pk)
    place = min(max(was + (-1 if up else 1), 0), len(order) - 1)
    order[was], order[place] = order[place], order[was]
    if place != was:
        moved = [pk for position, pk in enumerate(order) if by_id[pk].position != position]
        for pk in moved:
            by_id[pk].position = order.index(pk)
        EventType.objects.bulk_update([by_id[pk] for pk in moved], ["position"])
        brands.note(
            brand=event_type.brand,
            by=by,
            action="event_types.reordered",
            subject=event_type.key,
            before={"place": was + 1},
            after={"place": place + 1},
            now=now,
        )
    return place + 1
