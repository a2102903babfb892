"""What reports are read from: figures folded from events. Nothing here is a truth: all of it can be made again."""

from analytics.models.figures import DayFigures, MinuteFigures, QuarterFigures
from analytics.models.fold import Fold
from analytics.models.people import BLOCK, Person, Presence

__all__ = [
    "BLOCK",
    "DayFigures",
    "Fold",
    "MinuteFigures",
    "Person",
    "Presence",
    "QuarterFigures",
]
