"""Who sets from when on something is far more than usual."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from analytics.models import AlertLimits
from analytics.queries.alert_limits import FIRST
from brands import services as brands
from brands.models import Brand, User

NAMES = (*FIRST, "mail")
MOST_FACTOR = Decimal(100)
# Hundredths of RSNC, and events.
MOST_PAID, MOST_REFUSED = 1_000_000_000_00, 1_000_000_000


class InvalidLimits(Exception):
    """A limit that makes no sense; the message says why. `field`: which one."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def network_row() -> AlertLimits:
    """The network's limits, written down on first use."""
    return AlertLimits.objects.get_or_create(brand=None, defaults=dict(FIRST))[0]


@transaction.atomic
def set_network_limits(*, by: User, now: datetime, **limits: Any) -> list[str]:
    """Set what holds where a brand has set nothing. Returns the names of what was changed.

    `pay_floor` in hundredths of RSNC, `refusal_floor` in events, both in an hour. Raises InvalidLimits.
    """
    if missing := [name for name in FIRST if limits.get(name) is None]:
        raise InvalidLimits(missing[0], "The network needs one.")
    row = AlertLimits.objects.select_for_update().get(pk=network_row().pk)
    before, changed = change(row, limits)
    if changed:
        # The network has no audit log of its own: this is where the operator's desk keeps what operators did.
        LogEntry.objects.create(
            user=by,
            action_time=now,
            content_type=ContentType.objects.get_for_model(AlertLimits),
            object_id=f"{row.pk}",
            object_repr="Limits of alerts",
            action_flag=CHANGE,
            change_message="; ".join(
                f"{name}: {said(name, before[name])} to {said(name, limits[name])}"
                for name in changed
            ),
        )
    return changed


@transaction.atomic
def set_brand_limits(*, brand: Brand, by: User | None, now: datetime, **limits: Any) -> list[str]:
    """Set what the brand wants instead of the network's limits; None is as the network has it.

    Returns the names of what was changed. Raises InvalidLimits.
    """
    # Two people who set it for the first time at once must not meet at the key.
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    row = AlertLimits.objects.filter(brand=brand).first() or AlertLimits(brand=brand)
    before, changed = change(row, limits)
    if changed:
        brands.note(
            brand=brand,
            by=by,
            action="alerts.changed",
            before={f"alert_{name}": said(name, before[name]) for name in changed},
            after={f"alert_{name}": said(name, limits[name]) for name in changed},
            now=now,
        )
    return changed


def change(row: AlertLimits, limits: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Write what differs. Returns what it was, and the names. Raises InvalidLimits."""
    for name in limits:
        check(name, limits[name])
    before = {name: getattr(row, name) for name in limits}
    changed = [name for name in NAMES if name in limits and before[name] != limits[name]]
    for name in changed:
        setattr(row, name, limits[name])
    if changed:
        row.save(update_fields=changed if row.pk else None)
    return before, changed


def check(name: str, value: Any) -> None:
    if value is None or name == "mail":
        return
    if name.endswith("factor") and not 1 <= value <= MOST_FACTOR:
        raise InvalidLimits(name, f"Write a factor from 1 to {MOST_FACTOR}.")
    most = MOST_PAID if name == "pay_floor" else MOST_REFUSED
    if name.endswith("floor") and not 0 < value <= most:
        raise InvalidLimits(name, "Write more than nothing, and no more than can be counted.")


def said(name: str, value: Any) -> Any:
    """As it is noted: amounts in RSNC, and what is left to the network as None."""
    if value is None or name == "mail":
        return value
    if name == "pay_floor":
        return f"{value // 100}.{value % 100:02}"
    return f"{value}"
