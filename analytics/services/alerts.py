"""Alerts: opened, kept up to date and closed, each once, with those who are to be told of it.

Everything here happens while the network's limits are held (`hold`), so that nobody else opens or closes meanwhile.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from analytics.models import Alert, AlertLimits, AlertNotice, OperatorHook
from analytics.queries.alert_limits import own_limits
from analytics.services.alert_limits import network_row
from brands.models import Role, User
from brands.roles import Permission, may
from brands.services.webhooks import News, queue
from brands.webhook_queries import listeners

What, Way = AlertNotice.What, AlertNotice.Way


def hold(*, wait: bool) -> AlertLimits | None:
    """The network's limits, held until the transaction ends. None where somebody holds them and it is not to wait."""
    free = AlertLimits.objects.select_for_update(skip_locked=not wait)
    return free.filter(pk=network_row().pk).first()


def open_alert(*, alert: Alert, network: AlertLimits, now: datetime) -> None:
    """Write it down, and who is to be told."""
    alert.save(force_insert=True)
    people = [User.objects.filter(is_staff=True, is_active=True)] if network.mail else []
    if alert.brand_id is not None and wants_mail(alert.brand_id):
        people.append(managers(alert.brand_id))
    notices = [
        AlertNotice(alert=alert, what=What.OPENED, way=Way.MAIL, to_id=person, next_attempt_at=now)
        for person in dict.fromkeys(
            pk for some in people for pk in some.values_list("pk", flat=True)
        )
    ]
    AlertNotice.objects.bulk_create(notices)
    tell_hooks(alert, What.OPENED, now)


def close_alert(*, alert: Alert, now: datetime) -> None:
    """It is over. Nobody is written to; servers are told."""
    alert.closed_at = now
    alert.save(update_fields=["closed_at"])
    tell_hooks(alert, What.CLOSED, now)


def tell_hooks(alert: Alert, what: AlertNotice.What, now: datetime) -> None:
    """The operator's address, and the endpoints of the brand that ask for it."""
    if OperatorHook.objects.exists():
        AlertNotice.objects.create(alert=alert, what=what, way=Way.HOOK, next_attempt_at=now)
    if alert.brand_id is None:
        return
    told_to = [
        each.id
        for each in listeners(brand_id=alert.brand_id)
        if each.wants(what, test=False, at=now)
    ]
    if told_to:
        news = News(what, alert.public_id, now, told(alert), told_to)
        queue(brand_id=alert.brand_id, news=[news], now=now)


def wants_mail(brand_id: int) -> bool:
    own = own_limits(brand_id)
    return own is None or own.mail


def managers(brand_id: int) -> QuerySet[User]:
    """The brand's owners and managers."""
    may_change = [role for role in Role if may(role, Permission.CHANGE_SETTINGS)]
    team = Q(memberships__brand=brand_id, memberships__role__in=may_change)
    return User.objects.filter(team, is_active=True)


def told(alert: Alert) -> dict[str, Any]:
    """What a receiver is told. Amounts as strings in RSNC, refusals and findings as numbers."""
    brand, event_type = alert.brand, alert.event_type
    return {
        "alert_id": alert.public_id,
        "kind": alert.kind,
        "brand_id": brand.public_id if brand else None,
        "event": event_type.key if event_type else None,
        "measured": figure(alert, alert.measured),
        "peak": figure(alert, alert.peak),
        "usual": figure(alert, alert.usual),
        "limit": figure(alert, alert.limit),
        "opened_at": moment(alert.opened_at),
        "closed_at": moment(alert.closed_at),
        "url": page_of(alert),
    }


def page_of(alert: Alert, *, for_operator: bool = False) -> str:
    """Where it is shown."""
    if alert.brand is None or for_operator:
        return f"{settings.RESONANCE_URL}/network/alerts/"
    return f"{settings.RESONANCE_URL}/b/{alert.brand.slug}/alerts/"


def figure(alert: Alert, value: int | None) -> str | int | None:
    if alert.kind != Alert.Kind.PAY or value is None:
        return value
    return f"{value // 100}.{value % 100:02}"


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def open_ones(kinds: Iterable[str]) -> list[Alert]:
    """Those that are open, of these kinds."""
    rows = Alert.objects.filter(kind__in=list(kinds), closed_at=None)
    return list(rows.select_related("brand", "event_type"))
