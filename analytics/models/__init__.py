"""What reports are read from: figures folded from events, which can be made again, and how long answers took.

Nothing here is a truth.
"""

from analytics.models.answers import Call, DayAnswers, QuarterAnswers
from analytics.models.figures import DayFigures, MinuteFigures, QuarterFigures
from analytics.models.fold import Fold
from analytics.models.people import BLOCK, Person, Presence

__all__ = [
    "BLOCK",
    "Call",
    "DayAnswers",
    "DayFigures",
    "Fold",
    "MinuteFigures",
    "Person",
    "Presence",
    "QuarterAnswers",
    "QuarterFigures",
]
