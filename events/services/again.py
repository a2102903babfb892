"""Looking closely at one event: whose it is, what was sent, and what it would do today."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from brands.models import Brand, Trust, User
from brands.queries import brand_facts
from brands.services import note, pseudonym
from events.queries.event import EventTold
from events.services.intake import receive
from events.services.submission import (
    ConfigurationChanged,
    Outcome,
    Submission,
    public_event_id,
)

ATTEMPTS = 4
SOURCE = "portal"


class NothingToSend(Exception):
    """What was sent has been erased, so it cannot be sent again."""


def note_revealed(*, brand: Brand, event: EventTold, by: User, now: datetime) -> None:
    """Write down that somebody has looked at the whole address and metadata of an event."""
    subject = public_event_id(event.id)
    note(brand=brand, by=by, action="event.revealed", subject=subject, now=now)


def note_exported(*, brand: Brand, filters: Mapping[str, Any], by: User, now: datetime) -> None:
    """Write down that somebody has taken the log away with whole addresses. `filters` are shown as they are."""
    note(brand=brand, by=by, action="log.exported", after=dict(filters), now=now)


def send_again(
    *, brand: Brand, event: EventTold, by: User, request_id: str, now: datetime
) -> Outcome:
    """The same name, address and metadata into the test world, with the trust that the event had, as a new
    event under today's rules.

    Raises NothingToSend, EventRefused, ConfigurationChanged where the brand is changed without end;
    django.db.OperationalError.
    """
    if event.address is None:
        raise NothingToSend
    submission = Submission(
        name=event.name,
        address=event.address,
        metadata=event.metadata or {},
        trust=Trust(event.trust),
        source=SOURCE,
        request_id=request_id,
        received_at=now,
        request={"again": public_event_id(event.id)},
        client=pseudonym("client", brand.pk, SOURCE),
        occurred_at=event.occurred_at,
        test=True,
    )
    for attempt in range(ATTEMPTS):
        try:
            return receive_and_note(brand=brand, submission=submission, by=by, now=now)
        except ConfigurationChanged:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt answers or raises")


@transaction.atomic
def receive_and_note(*, brand: Brand, submission: Submission, by: User, now: datetime) -> Outcome:
    facts = brand_facts(brand_id=brand.pk)
    if facts is None:
        raise ConfigurationChanged
    outcome = receive(brand=facts, submission=submission)
    note(
        brand=brand,
        by=by,
        action="event.sent_again",
        subject=submission.request["again"],
        after={"event": outcome.event_id},
        now=now,
    )
    return outcome
