"""Events and amounts by time, event type and decision, the two worlds apart."""

from django.db import models


class Figures(models.Model):
    """So many events were decided so, and paid so many hundredths of RSNC together."""

    # No foreign keys in the database: thousands of rows in every fold would each look them up.
    fold = models.ForeignKey(
        "analytics.Fold", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    event_type = models.ForeignKey(
        "events.EventType", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    status = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)
    events = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class MinuteFigures(Figures):
    """By minute, for the live page. Kept for some days."""

    pk = models.CompositePrimaryKey("fold", "test", "minute", "event_type", "status", "reason")
    minute = models.DateTimeField()


class QuarterFigures(Figures):
    """By quarter of an hour, of which the hours and days of every time zone are sums."""

    pk = models.CompositePrimaryKey("fold", "test", "quarter", "event_type", "status", "reason")
    quarter = models.DateTimeField()


class DayFigures(Figures):
    """By day in the zone of the fold."""

    pk = models.CompositePrimaryKey("fold", "test", "day", "event_type", "status", "reason")
    day = models.DateField()
