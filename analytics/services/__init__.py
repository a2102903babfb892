"""Folding of events into figures. The one writer of this app's tables."""

from analytics.services.folding import (
    Progress,
    advance,
    fold_news,
    forget_minutes,
    next_limit,
    sweep,
)
from analytics.services.rebuilding import start_build

__all__ = [
    "Progress",
    "advance",
    "fold_news",
    "forget_minutes",
    "next_limit",
    "start_build",
    "sweep",
]
