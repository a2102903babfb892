"""Outgoing webhooks as the pages, the jobs and the operator look at them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from brands.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

State = WebhookDelivery.State
# Beyond it nobody counts: "999+" says enough.
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Listener:
    """An endpoint that is on, and what it asks for."""

    id: int
    kinds: frozenset[str]
    tests: bool
    since: datetime

    def wants(self, kind: str, *, test: bool, at: datetime) -> bool:
        return kind in self.kinds and (self.tests or not test) and at >= self.since


def listeners(*, brand_id: int) -> list[Listener]:
    """The brand's endpoints that are on."""
    rows = WebhookEndpoint.objects.filter(brand_id=brand_id, disabled_at=None)
    return [Listener(row.pk, frozenset(row.kinds), row.tests, row.listening_since) for row in rows]


def listening() -> QuerySet[WebhookEndpoint]:
    """Every endpoint that is on, of every brand."""
    return WebhookEndpoint.objects.filter(disabled_at=None)


def seconds_overdue(*, now: datetime) -> float:
    """For how long the oldest delivery has been due that nobody has finished. 0 where none is."""
    waiting = WebhookDelivery.objects.filter(
        endpoint=OuterRef("pk"), state=State.WAITING, next_attempt_at__lte=now
    ).order_by("next_attempt_at", "id")
    first = Subquery(waiting.values("next_attempt_at")[:1])
    oldest = listening().annotate(first=first).aggregate(oldest=Min("first"))["oldest"]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """An endpoint with what waits for it and what failed, counted up to 1,000."""

    endpoint: WebhookEndpoint
    waiting: int
    dead: int


def endpoints_with_health(endpoints: Iterable[WebhookEndpoint]) -> list[Health]:
    """One query for all of them."""
    endpoints = list(endpoints)
    counts = counted([endpoint.pk for endpoint in endpoints])
    return [
        Health(
            endpoint,
            waiting=counts.get((endpoint.pk, State.WAITING.value), 0),
            dead=counts.get((endpoint.pk, State.DEAD.value), 0),
        )
        for endpoint in endpoints
    ]


def counted(endpoints: Sequence[int]) -> dict[tuple[int, str], int]:
    """(endpoint, state) to how many, for what waits and what failed, up to 1,000 of each."""
    some = [
        WebhookDelivery.objects.filter(endpoint=endpoint, state=state)
        .order_by()
        .values("endpoint", "state")[:MOST_COUNTED]
        for endpoint in endpoints
        for state in (State.WAITING, State.DEAD)
    ]
    if not some:
        return {}
    found: dict[tuple[int, str], int] = {}
    for row in some[0].union(*some[1:], all=True):
        key = (row["endpoint"], row["state"])
        found[key] = found.get(key, 0) + 1
    return found


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Some deliveries, newest first, and where the next older ones begin."""

    rows: Sequence[WebhookDelivery]
    next: int | None


# What a filter shows. Each part has an index that leads to it, past whatever was delivered.
FILTERS: dict[str, list[Q]] = {
    "all": [Q()],
    "failed": [Q(state=State.DEAD), Q(state=State.WAITING, attempts__gt=0)],
    "waiting": [Q(state=State.WAITING)],
}


def delivery_page(
    *, endpoint: WebhookEndpoint, chosen: str, before: int | None, limit: int
) -> DeliveryPage:
    """Each row with its message and, as `last_status`, `last_failure` and `last_at`, its last attempt."""
    below = Q(pk__lt=before) if before is not None else Q()
    newest: list[int] = []
    for part in FILTERS[chosen]:
        some = WebhookDelivery.objects.filter(part, below, endpoint=endpoint).order_by("-pk")
        newest += some.values_list("pk", flat=True)[: limit + 1]
    newest = sorted(newest, reverse=True)
    last = WebhookAttempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
    rows = (
        WebhookDelivery.objects.filter(pk__in=newest[:limit])
        .select_related("message")
        .annotate(
            last_status=Subquery(last.values("status")[:1]),
            last_failure=Subquery(last.values("failure")[:1]),
            last_at=Subquery(last.values("at")[:1]),
        )
        .order_by("-pk")
    )
    return DeliveryPage(list(rows), newest[limit - 1] if len(newest) > limit else None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the last replay is."""

    total: int
    left: int

    @property
    def done(self) -> int:
        return max(0, self.total - self.left)


def replay_progress(endpoint: WebhookEndpoint) -> Progress | None:
    """Of the last replay, or None where there was none. What failed again is no longer waited for."""
    if endpoint.replayed_at is None or not endpoint.replayed:
        return None
    left = WebhookDelivery.objects.filter(
        endpoint=endpoint, state=State.WAITING, attempts=0, replayed_at=endpoint.replayed_at
    ).aggregate(left=Count("pk"))["left"]
    return Progress(endpoint.replayed, left)


@dataclass(frozen=True, slots=True)
class NetworkHealth:
    """Endpoints of all brands, and what is on its way to them. `waiting` is counted up to a bound."""

    on: int
    failing: int
    switched_off: int
    waiting: int
    counted_up_to: int
    overdue: float


MOST_WAITING = 100_000


def network_health(*, now: datetime) -> NetworkHealth:
    """How outgoing webhooks are doing. `switched_off`: by themselves; `overdue` in seconds."""
    by_itself = [WebhookEndpoint.Disabled.GONE, WebhookEndpoint.Disabled.FAILING]
    counts = WebhookEndpoint.objects.aggregate(
        on=Count("pk", filter=Q(disabled_at=None)),
        failing=Count("pk", filter=Q(disabled_at=None, failures__gt=0)),
        switched_off=Count("pk", filter=Q(disabled_because__in=by_itself)),
    )
    waiting = WebhookDelivery.objects.filter(endpoint__disabled_at=None, state=State.WAITING)
    return NetworkHealth(
        **counts,
        waiting=waiting.order_by()[:MOST_WAITING].count(),
        counted_up_to=MOST_WAITING,
        overdue=seconds_overdue(now=now),
    )
