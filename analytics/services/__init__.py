"""Folding of events into figures, and counting how long answers take. The one writer of this app's tables."""

from analytics.services.answers import begin_counting, count_answer, forget_quarters
from analytics.services.counting_gone import count_gone, count_gone_anew
from analytics.services.folding import (
    Progress,
    advance,
    fold_news,
    forget_minutes,
    next_limit,
    sweep,
)
from analytics.services.rebuilding import start_build
from analytics.services.verifying import verify_brand, verify_some

__all__ = [
    "Progress",
    "advance",
    "begin_counting",
    "count_answer",
    "count_gone",
    "count_gone_anew",
    "fold_news",
    "forget_minutes",
    "forget_quarters",
    "next_limit",
    "start_build",
    "sweep",
    "verify_brand",
    "verify_some",
]
