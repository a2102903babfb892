"""What reports are read from: figures folded from events, which can be made again, and how long answers took.

Nothing here is a truth.
"""

from analytics.models.alert import Alert, AlertLimits, AlertNotice, OperatorHook
from analytics.models.answers import Call, DayAnswers, QuarterAnswers
from analytics.models.figures import DayFigures, MinuteFigures, QuarterFigures
from analytics.models.fold import Fold
from analytics.models.gone import Departure, GoneCount, GoneFigures
from analytics.models.ledger import LedgerCheck
from analytics.models.people import BLOCK, Person, Presence

__all__ = [
    "BLOCK",
    "Alert",
    "AlertLimits",
    "AlertNotice",
    "Call",
    "DayAnswers",
    "DayFigures",
    "Departure",
    "Fold",
    "GoneCount",
    "GoneFigures",
    "LedgerCheck",
    "MinuteFigures",
    "OperatorHook",
    "Person",
    "Presence",
    "QuarterAnswers",
    "QuarterFigures",
]
