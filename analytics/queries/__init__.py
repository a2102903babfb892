"""Questions about what happened. Amounts in hundredths of RSNC."""

from analytics.queries.event_types import (
    EventTypeRow,
    VersionFigures,
    event_type_rows,
    version_figures,
)
from analytics.queries.pulse import Pulse, pulse
from analytics.queries.today import Refusals, Today, today

__all__ = [
    "EventTypeRow",
    "Pulse",
    "Refusals",
    "Today",
    "VersionFigures",
    "event_type_rows",
    "pulse",
    "today",
    "version_figures",
]
