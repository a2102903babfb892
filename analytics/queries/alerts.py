"""Alerts as the pages list them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from analytics.models import Alert

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Those that are open, and some that are over, newest first; `next`: where the older ones begin."""

    open: Sequence[Alert]
    over: Sequence[Alert]
    next: int | None


def alert_page(*, brand_id: int | None, before: int | None) -> AlertPage:
    """One brand's, or the whole network's."""
    whose = Q() if brand_id is None else Q(brand=brand_id)
    rows = Alert.objects.filter(whose).select_related("brand", "event_type").order_by("-pk")
    over = rows.filter(closed_at__isnull=False)
    if before is not None:
        over = over.filter(pk__lt=before)
    found = list(over[: A_PAGE + 1])
    return AlertPage(
        list(rows.filter(closed_at=None)),
        found[:A_PAGE],
        found[A_PAGE - 1].pk if len(found) > A_PAGE else None,
    )
