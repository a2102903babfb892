"""Take events in: decide, record, say what became of each."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from brands import metrics
from brands.models import Trust
from brands.queries import BrandFacts, current_version
from brands.timing import Timing
from events.queries.live import LiveRow
from events.queries.programme import EventTypeFacts
from events.services import unmatched
from events.services.broadcast import broadcast
from events.services.catalogue import programme_of
from events.services.decide import claims, decide
from events.services.gather import record
from events.services.record import Recorded, rehearse
from events.services.submission import (
    CannotRecord,
    ConfigurationChanged,
    EventRefused,
    KeyReused,
    Outcome,
    Submission,
    TrustTooLow,
    UnknownEvent,
    new_event_id,
    public_event_id,
)


def receive(
    *,
    brand: BrandFacts,
    submission: Submission,
    dry_run: bool = False,
    timing: Timing | None = None,
) -> Outcome:
    """Decide one event and record it with its credit, durably, in one round trip.

    `timing` is told how long that took, in its parts `decide` and `record`.
    Raises UnknownEvent (kept as unmatched unless dry), TrustTooLow, KeyReused, CannotRecord;
    ConfigurationChanged where `brand` is not today's; django.db.OperationalError.
    """
    (outcome,) = receive_batch(
        brand=brand, submissions=[submission], dry_run=dry_run, timing=timing
    )
    if isinstance(outcome, EventRefused):
        raise outcome
    return outcome


def receive_batch(
    *,
    brand: BrandFacts,
    submissions: Sequence[Submission],
    dry_run: bool = False,
    timing: Timing | None = None,
) -> list[Outcome | EventRefused]:
    """The same for many events of one brand, each on its own, judged in their order."""
    timing = timing or Timing()
    with timing.part("decide"):
        answers, requests = prepare(brand, submissions)
    with timing.part("record") as recording:
        rows = rehearse(requests) if dry_run else record(requests)
    if rows and all(row.outcome == "stale" for row in rows):
        raise ConfigurationChanged
    for row in rows:
        answers[row.place] = answer(row, submissions[row.place], dry_run=dry_run)
    if not dry_run:
        count(rows, submissions, recording.spent)
        tell(brand, rows, submissions, timing.whole)
        unmatched.keep(
            brand=brand,
            submissions=[
                submissions[n] for n, why in answers.items() if isinstance(why, UnknownEvent)
            ],
        )
    return [answers[place] for place in range(len(submissions))]


def prepare(
    brand: BrandFacts, submissions: Sequence[Submission]
) -> tuple[dict[int, Outcome | EventRefused], list[dict[str, Any]]]:
    """What is refused at once, by place, and the rows of the others. Raises ConfigurationChanged."""
    programme = programme_of(brand)
    answers: dict[int, Outcome | EventRefused] = {}
    requests: list[dict[str, Any]] = []
    for place, submission in enumerate(submissions):
        event_type = programme.event_types.get(submission.name)
        refusal = refuse(brand, event_type, submission)
        if refusal is not None:
            answers[place] = refusal
        elif event_type is not None:
            requests.append(request_row(place, brand, event_type, submission))
    if answers and current_version(brand.id) != brand.version:
        # What is refused is refused by today's configuration; recording checks that by itself.
        raise ConfigurationChanged
    return answers, requests


def refuse(
    brand: BrandFacts, event_type: EventTypeFacts | None, submission: Submission
) -> EventRefused | None:
    if event_type is None:
        return UnknownEvent(submission.name)
    needed = max(
        brand.least_trust, event_type.least_trust or Trust.OPEN, key=lambda each: each.rank
    )
    if submission.trust.rank < needed.rank:
        return TrustTooLow(needed)
    return None


def request_row(
    place: int, brand: BrandFacts, event_type: EventTypeFacts, submission: Submission
) -> dict[str, Any]:
    """One row of `events_request` (migration 0002)."""
    judgement = decide(event_type=event_type, submission=submission)
    row = {
        "place": place,
        "event": new_event_id(submission.received_at, place),
        "brand": brand.id,
        "config_version": brand.version,
        "test": submission.test,
        "trust": submission.trust.value,
        "authenticated": submission.trust != Trust.OPEN,
        "source": submission.source,
        "address": submission.address,
        "name": submission.name,
        "event_type": event_type.id,
        "received_at": submission.received_at,
        "occurred_at": submission.occurred_at,
        "judged_at": submission.judged_at,
        "request_id": submission.request_id,
        "decision": {"rules": judgement.looked_at},
        "metadata": submission.metadata,
        "observed": judgement.observed,
        "request": submission.request,
        **claims(brand=brand, submission=submission, judgement=judgement),
    }
    if submission.idempotency_key is not None:
        row["idempotency_key"] = submission.idempotency_key
        row["fingerprint"] = submission.fingerprint()
    return row


def count(rows: Sequence[Recorded], submissions: Sequence[Submission], seconds: float) -> None:
    if rows:
        metrics.RECORD_SECONDS.observe(seconds)
    for row in rows:
        if row.outcome == "recorded":
            world = "test" if row.test else "live"
            metrics.decisions(row.status, submissions[row.place].trust.value, world).inc()
        elif row.outcome == "replayed":
            metrics.REPLAYS.inc()


def tell(
    brand: BrandFacts, rows: Sequence[Recorded], submissions: Sequence[Submission], seconds: float
) -> None:
    """Show what is new on the live pages, as soon as it is durable."""
    new = [
        LiveRow(
            brand=brand.id,
            event=public_event_id(row.event),
            name=row.name or "",
            address=submissions[row.place].address,
            wallet=row.wallet,
            status=row.status or "",
            reason=row.reason or "",
            amount=row.amount or 0,
            balance=row.balance,
            trust=submissions[row.place].trust.value,
            source=submissions[row.place].source,
            test=bool(row.test),
            received_at=submissions[row.place].received_at,
            next_eligible_at=row.next_eligible_at,
            spent=seconds * 1000,
            transaction=row.transaction,
        )
        for row in rows
        if row.outcome == "recorded" and row.event is not None
    ]
    if new:
        transaction.on_commit(lambda: broadcast(new))


def answer(row: Recorded, submission: Submission, *, dry_run: bool) -> Outcome | EventRefused:
    if row.outcome == "stale":
        # A call that was halved can be overtaken by a change between the halves.
        return CannotRecord("The configuration changed meanwhile. Send this event again.")
    if row.outcome == "reused":
        return KeyReused("This idempotency key was used for another event.")
    if row.outcome == "error" or row.event is None:
        return CannotRecord("This event could not be recorded.")
    replayed = row.outcome == "replayed"
    return Outcome(
        event_id=None if dry_run and not replayed else public_event_id(row.event),
        event=row.name or submission.name,
        status=row.status or "",
        reason=row.reason or "",
        amount=row.amount or 0,
        next_eligible_at=row.next_eligible_at,
        wallet=row.wallet,
        balance=row.balance,
        pending=row.pending,
        wallet_created=bool(row.created),
        test=bool(row.test),
        request_id=row.request_id or submission.request_id,
        replayed=replayed,
        decision=row.decision or "{}",
    )
