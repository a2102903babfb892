"""Record events: one round trip for any number of them, whatever they decide."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
import simplejson
from django.db import OperationalError, connection, transaction
from psycopg.rows import class_row

log = logging.getLogger(__name__)

ATTEMPTS = 3
RETRIED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
RECORD = (
    "SELECT *, pg_current_xact_id_if_assigned()::text::bigint AS transaction "
    "FROM events_record(%s::json)"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of `events_record`. `outcome`: recorded, replayed, reused, stale; `error` is ours."""

    place: int
    outcome: str
    event: UUID | None = None
    name: str | None = None
    status: str | None = None
    reason: str | None = None
    amount: int | None = None
    next_eligible_at: datetime | None = None
    wallet: int | None = None
    balance: int | None = None
    pending: int | None = None
    created: bool | None = None
    test: bool | None = None
    request_id: str | None = None
    decision: str | None = None
    transaction: int | None = None


def record(requests: Sequence[dict[str, Any]]) -> list[Recorded]:
    """Record these requests (rows of `events_request`), each answered at its own `place`.

    A call that fails is halved until the culprit stands alone with the outcome `error`; the others are
    recorded. Raises django.db.OperationalError where the database is out of reach.
    """
    if not requests:
        return []
    try:
        # In somebody's transaction (a rehearsal) a failed call must not spoil what comes after it.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return call(requests)
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError):
        if len(requests) == 1:
            log.exception("An event could not be recorded.")
            return [Recorded(place=requests[0]["place"], outcome="error")]
    half = len(requests) // 2
    return record(requests[:half]) + record(requests[half:])


def rehearse(requests: Sequence[dict[str, Any]]) -> list[Recorded]:
    """What `record` would answer. Nothing is kept."""
    with transaction.atomic():
        recorded = record(requests)
        transaction.set_rollback(True)
    return recorded


def call(requests: Sequence[dict[str, Any]]) -> list[Recorded]:
    """One round trip, in autocommit. Deadlocks and serialisation failures are tried again."""
    sent = simplejson.dumps(requests, default=as_text, use_decimal=True, separators=(",", ":"))
    for attempt in range(ATTEMPTS):
        try:
            return run(sent)
        except RETRIED as error:
            # A transaction that is not ours is lost already, and its owner's to begin again.
            if attempt == ATTEMPTS - 1 or connection.in_atomic_block:
                raise OperationalError(*error.args) from error
    return []


def run(sent: str) -> list[Recorded]:
    connection.ensure_connection()
    # Django's own cursor would write the body into the statement, to be parsed and planned anew each time.
    with psycopg.Cursor(connection.connection, row_factory=class_row(Recorded)) as cursor:
        try:
            return list(cursor.execute(RECORD, [sent], prepare=True))
        except psycopg.OperationalError as error:
            if isinstance(error, RETRIED):
                raise
            connection.errors_occurred = True
            raise OperationalError(*error.args) from error


def as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
