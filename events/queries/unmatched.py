"""What was posted under names that no event type has, and the runs that make it good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min

from brands.models import Trust
from events.models import EventType, Replay, UnmatchedEvent, UnmatchedName
from events.personal import masked
from wallets.addresses import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The events of one name that are kept. `open`, `key` and `signed` in `by_trust` add up to both worlds."""

    live: int = 0
    test: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    by_trust: Mapping[str, int] = field(default_factory=dict)
    # Live ones, by what their callers proved.
    live_by_trust: Mapping[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return self.live + self.test

    def provable(self, needed: Trust) -> int:
        """How many live ones came from callers who proved enough."""
        return sum(n for trust, n in self.live_by_trust.items() if Trust(trust).rank >= needed.rank)

    def short_of(self, needed: Trust) -> int:
        """How many, live and test, came from callers who proved too little."""
        return sum(n for trust, n in self.by_trust.items() if Trust(trust).rank < needed.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedRow:
    """One name. `times` counts every one, `missed` those that are kept. The sample is the last, masked."""

    id: int
    name: str
    times: int
    first_at: datetime
    last_at: datetime
    missed: Missed
    event_type: EventType | None
    person: str
    sample: dict[str, Any] | None


def unmatched_rows(*, brand_id: int) -> list[UnmatchedRow]:
    """The brand's unmatched names, the one that came last first, in four queries."""
    names = list(UnmatchedName.objects.filter(brand_id=brand_id).order_by("-last_at", "name"))
    kept = missed_of(UnmatchedEvent.objects.filter(name__brand_id=brand_id))
    samples = {
        row.name_id: row
        for row in UnmatchedEvent.objects.filter(name__brand_id=brand_id)
        .order_by("name_id", "-received_at", "-id")
        .distinct("name_id")
    }
    types = {
        each.key: each
        for each in EventType.objects.filter(
            brand_id=brand_id, key__in=[name.name for name in names]
        )
    }
    return [
        UnmatchedRow(
            id=name.pk,
            name=name.name,
            times=name.count,
            first_at=name.first_at,
            last_at=name.last_at,
            missed=kept.get(name.pk, Missed()),
            event_type=types.get(name.name),
            person=mask(samples[name.pk].address) if name.pk in samples else "",
            sample=masked(samples[name.pk].metadata) if name.pk in samples else None,
        )
        for name in names
    ]


def unmatched_names(*, brand_id: int) -> int:
    """How many names are waiting for somebody to look at them."""
    return UnmatchedName.objects.filter(brand_id=brand_id).count()


def missed(*, brand_id: int, key: str) -> Missed:
    """What is kept of one name, in one query."""
    found = missed_of(UnmatchedEvent.objects.filter(name__brand_id=brand_id, name__name=key))
    return next(iter(found.values()), Missed())


def missed_of(events: Any) -> dict[int, Missed]:
    """By the id of the name."""
    groups = events.values("name_id", "test", "trust").annotate(
        count=Count("pk"), first=Min("received_at"), last=Max("received_at")
    )
    by_name: dict[int, list[dict[str, Any]]] = {}
    for group in groups.order_by("name_id", "trust", "test"):
        by_name.setdefault(group["name_id"], []).append(group)
    return {name: summed(parts) for name, parts in by_name.items()}


def summed(parts: Iterable[dict[str, Any]]) -> Missed:
    parts = list(parts)
    by_trust: dict[str, int] = {}
    for part in parts:
        by_trust[part["trust"]] = by_trust.get(part["trust"], 0) + part["count"]
    return Missed(
        live=sum(part["count"] for part in parts if not part["test"]),
        test=sum(part["count"] for part in parts if part["test"]),
        first_at=min(part["first"] for part in parts),
        last_at=max(part["last"] for part in parts),
        by_trust=by_trust,
        live_by_trust={part["trust"]: part["count"] for part in parts if not part["test"]},
    )


def replays_of(*, event_type: EventType, last: int) -> list[Replay]:
    """The last runs over this event type, newest first."""
    runs = Replay.objects.filter(event_type=event_type).select_related("by")
    return list(runs.order_by("-pk")[:last])
