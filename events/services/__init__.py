"""The one door to events: what may be done with them."""

from events.services.catalogue import forget_programmes, programme_of
from events.services.intake import receive, receive_batch
from events.services.programme import (
    ProgrammeChanged,
    Terms,
    create_event_type,
    publish,
    rename_event_type,
    switch_event_type,
)
from events.services.submission import (
    CannotRecord,
    ConfigurationChanged,
    EventRefused,
    KeyReused,
    Outcome,
    Submission,
    TrustTooLow,
    UnknownEvent,
    parse_event_id,
    public_event_id,
)
from events.services.templates import TEMPLATES, Template

__all__ = [
    "TEMPLATES",
    "CannotRecord",
    "ConfigurationChanged",
    "EventRefused",
    "KeyReused",
    "Outcome",
    "ProgrammeChanged",
    "Submission",
    "Template",
    "Terms",
    "TrustTooLow",
    "UnknownEvent",
    "create_event_type",
    "forget_programmes",
    "parse_event_id",
    "programme_of",
    "public_event_id",
    "publish",
    "receive",
    "receive_batch",
    "rename_event_type",
    "switch_event_type",
]
