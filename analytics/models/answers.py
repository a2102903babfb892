"""How long calls of the API took to answer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from analytics.buckets import BUCKETS


class Call(models.TextChoices):
    """What is timed apart, since a batch takes its time and an event should not."""

    EVENT = "event", "One event"
    BATCH = "batch", "A batch"
    READ = "read", "Reading back"


class Answers(models.Model):
    """How many calls of a brand were answered within each bucket (`analytics/buckets.py`) or faster.

    The last number is how many there were. Counts add up number by number, and where one of them passes a share
    of the last, there is a percentile.
    """

    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    call = models.CharField(max_length=8, choices=Call.choices)
    within = ArrayField(models.BigIntegerField())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class QuarterAnswers(Answers):
    """By quarter of an hour. Kept for some weeks."""

    pk = models.CompositePrimaryKey("brand", "call", "quarter")
    quarter = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(within__len=BUCKETS), name="quarter_answers_have_every_bucket"
            ),
        ]


class DayAnswers(Answers):
    """By day in the zone that the brand had on it."""

    pk = models.CompositePrimaryKey("brand", "call", "day")
    day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(within__len=BUCKETS), name="day_answers_have_every_bucket"
            ),
        ]
