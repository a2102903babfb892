"""Make good what was missed: record the unmatched events of a name that has an event type by now.

A run is a row, done in chunks by a job. Each event is recorded under its own idempotency key, or under one that
is made of its row, and forgotten after that. So a chunk that is done twice, or at the same time by two, pays
once; and the partner who sends the event again with its key is given the answer that it got here.

An event is judged as of the moment at which it came: it earns what it would have earned, had the event type
been there. It is received, credited and shown now, with `replay` as its source: what was paid on a day that is
over stays as it was.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from brands import services as brands
from brands.models import Trust, User
from brands.queries import brand_facts
from events.models import EventType, Replay, UnmatchedEvent, UnmatchedName
from events.services import unmatched
from events.services.intake import receive_batch
from events.services.submission import (
    ConfigurationChanged,
    EventRefused,
    KeyReused,
    Outcome,
    Submission,
    TrustTooLow,
)

SOURCE = "replay"
CHUNK = 100
ATTEMPTS = 4
# A run on which nobody has worked for so long is taken up again.
LEFT_ALONE = timedelta(minutes=1)
# What became of an event beside the statuses of decisions.
REPEATED = "repeated"
REFUSALS: dict[type[EventRefused], str] = {
    TrustTooLow: "trust_too_low",
    KeyReused: "idempotency_key_reused",
}
NOT_RECORDED = "not_recorded"


class NothingMissed(Exception):
    """No event of this name is kept."""


class EventTypeOff(Exception):
    """It is switched off: its events would pay nothing, for good."""


@transaction.atomic
def start_replay(*, event_type: EventType, by: User | None, now: datetime) -> Replay:
    """Begin a run over what was missed of this event type; the one that is under way, where there is one.

    It does nothing by itself: see `replay_chunk`. Raises NothingMissed, EventTypeOff.
    """
    unmatched.lock(event_type.brand_id)
    running = Replay.objects.filter(event_type=event_type, finished_at=None).first()
    if running is not None:
        return running
    if not is_on(event_type):
        raise EventTypeOff
    total = of_event_type(event_type).count()
    if total == 0:
        raise NothingMissed
    brands.note(
        brand=event_type.brand,
        by=by,
        action="event_type.replayed",
        subject=event_type.key,
        after={"events": total},
        now=now,
    )
    return Replay.objects.create(
        brand_id=event_type.brand_id,
        event_type=event_type,
        total=total,
        by=by,
        created_at=now,
        touched_at=now,
    )


def of_event_type(event_type: EventType) -> QuerySet[UnmatchedEvent]:
    return UnmatchedEvent.objects.filter(
        name__brand_id=event_type.brand_id, name__name=event_type.key
    )


def is_on(event_type: EventType) -> bool:
    return EventType.objects.filter(pk=event_type.pk, active=True).exists()


def replay_chunk(*, replay_id: int, now: datetime) -> bool:
    """Do the next hundred of a run, in the order in which they came. Returns whether there may be more.

    Raises ConfigurationChanged where the brand is changed without end; django.db.OperationalError.
    """
    replay = Replay.objects.select_related("event_type").get(pk=replay_id)
    if replay.finished_at is not None:
        return False
    rows = list(
        of_event_type(replay.event_type)
        .filter(beyond(replay))
        .order_by("received_at", "id")[:CHUNK]
    )
    if not rows:
        finish(replay, now=now)
        return False
    for attempt in range(ATTEMPTS):
        brand = brand_facts(brand_id=replay.brand_id)
        why_not = "brand_suspended" if brand is None or not brand.active else ""
        if not why_not and not is_on(replay.event_type):
            why_not = "event_type_off"
        if why_not or brand is None:
            finish(replay, now=now, stopped=why_not)
            return False
        try:
            outcomes = receive_batch(
                brand=brand,
                submissions=[submission(replay.event_type.key, row, now=now) for row in rows],
            )
            break
        except ConfigurationChanged:
            if attempt == ATTEMPTS - 1:
                raise
    advance(replay, rows, outcomes, now=now)
    return True


def beyond(replay: Replay) -> Q:
    """Those that this run has not looked at."""
    if replay.after_at is None:
        return Q()
    return Q(received_at__gt=replay.after_at) | Q(
        received_at=replay.after_at, id__gt=replay.after_id
    )


def submission(key: str, row: UnmatchedEvent, *, now: datetime) -> Submission:
    """As it came, but later."""
    return Submission(
        name=key,
        address=row.address,
        metadata=row.metadata,
        trust=Trust(row.trust),
        source=SOURCE,
        request_id=row.request_id,
        received_at=now,
        came_at=row.received_at,
        request={**row.request, "first_received_at": row.received_at.isoformat()},
        client=row.client,
        # With a blank, which no caller can send in a key.
        idempotency_key=row.idempotency_key or f"{SOURCE} {row.pk}",
        occurred_at=row.occurred_at,
        judge_at_occurred=row.judge_at_occurred,
        test=row.test,
    )


@dataclass
class Tally:
    """What became of a chunk. Amounts in hundredths of RSNC."""

    counts: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    paid_test: int = 0
    settled: list[int] = field(default_factory=list)
    seen: set[str | None] = field(default_factory=set)

    def take(self, row: UnmatchedEvent, outcome: Outcome | EventRefused) -> None:
        if isinstance(outcome, EventRefused):
            # It is kept: what it lacks may come to be.
            self.counts[REFUSALS.get(type(outcome), NOT_RECORDED)] += 1
            return
        self.settled.append(row.pk)
        # A replayed answer with the row's own request is what this run recorded before it was cut off.
        repeated = outcome.replayed and (
            outcome.request_id != row.request_id or outcome.event_id in self.seen
        )
        self.seen.add(outcome.event_id)
        self.counts[REPEATED if repeated else outcome.status] += 1
        if repeated:
            return
        if outcome.test:
            self.paid_test += outcome.amount
        else:
            self.paid += outcome.amount


def advance(
    replay: Replay,
    rows: Sequence[UnmatchedEvent],
    outcomes: Sequence[Outcome | EventRefused],
    *,
    now: datetime,
) -> None:
    """Forget what is recorded, and say how far the run is: both or neither, by one of those who did it."""
    tally = Tally()
    for row, outcome in zip(rows, outcomes, strict=True):
        tally.take(row, outcome)
    counts = Counter(replay.counts) + tally.counts
    with transaction.atomic():
        mine = Replay.objects.filter(
            pk=replay.pk, after_id=replay.after_id, finished_at=None
        ).update(
            after_at=rows[-1].received_at,
            after_id=rows[-1].pk,
            counts=dict(counts),
            paid=F("paid") + tally.paid,
            paid_test=F("paid_test") + tally.paid_test,
            touched_at=now,
        )
        if mine:
            UnmatchedEvent.objects.filter(pk__in=tally.settled).delete()


@transaction.atomic
def finish(replay: Replay, *, now: datetime, stopped: str = "") -> None:
    """Close the run; a name of which nothing is left goes with it."""
    unmatched.lock(replay.brand_id)
    Replay.objects.filter(pk=replay.pk, finished_at=None).update(
        finished_at=now, touched_at=now, stopped=stopped
    )
    UnmatchedName.objects.filter(
        brand_id=replay.brand_id, name=replay.event_type.key, events__isnull=True
    ).delete()


def left_alone(*, now: datetime) -> list[int]:
    """The runs that are unfinished and that nobody works on."""
    runs = Replay.objects.filter(finished_at=None, touched_at__lt=now - LEFT_ALONE)
    return list(runs.order_by("pk").values_list("pk", flat=True))
