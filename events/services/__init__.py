"""The one door to events: what may be done with them."""

from events.services.again import NothingToSend, note_exported, note_revealed, send_again
from events.services.broadcast import begin_telling, end_streams
from events.services.catalogue import forget_programmes, programme_of
from events.services.intake import receive, receive_batch
from events.services.log import index_log
from events.services.programme import (
    ProgrammeChanged,
    Terms,
    create_event_type,
    move_event_type,
    publish,
    rename_event_type,
    require_trust,
    switch_event_type,
)
from events.services.replay import (
    EventTypeOff,
    NothingMissed,
    left_alone,
    replay_chunk,
    start_replay,
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
from events.services.unmatched import dismiss_unmatched

__all__ = [
    "TEMPLATES",
    "CannotRecord",
    "ConfigurationChanged",
    "EventRefused",
    "EventTypeOff",
    "KeyReused",
    "NothingMissed",
    "NothingToSend",
    "Outcome",
    "ProgrammeChanged",
    "Submission",
    "Template",
    "Terms",
    "TrustTooLow",
    "UnknownEvent",
    "begin_telling",
    "create_event_type",
    "dismiss_unmatched",
    "end_streams",
    "forget_programmes",
    "index_log",
    "left_alone",
    "move_event_type",
    "note_exported",
    "note_revealed",
    "parse_event_id",
    "programme_of",
    "public_event_id",
    "publish",
    "receive",
    "receive_batch",
    "rename_event_type",
    "replay_chunk",
    "require_trust",
    "send_again",
    "start_replay",
    "switch_event_type",
]
