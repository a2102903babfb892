"""What makes the log searchable: which events have which terms, in blocks of some thousand events.

Written behind the events by a job (`events.services.index_log`), never by the call that records one.
"""

from typing import Any

from django.db import models


class TermsField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's tsvector, of terms that we make ourselves. Read and written by SQL alone."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"


class LogBlock(models.Model):
    """Some thousand events of one brand and world that came one after the other.

    The terms of an event begin with its block, so that one look at the index answers for one block, however
    large the log is, and what is looked for is found newest first.
    """

    brand = models.ForeignKey("brands.Brand", models.PROTECT, db_index=False, related_name="+")
    test = models.BooleanField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    events = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_at__lte=models.F("last_at")),
                name="log_block_begins_before_it_ends",
            )
        ]
        indexes = [models.Index(fields=["brand", "test", "-last_at"], name="log_block_by_time")]

    def __str__(self) -> str:
        return f"LogBlock {self.pk}"


class LogEntry(models.Model):
    """The terms of one event. Those of its detail go when the detail goes (migration 0008)."""

    # No foreign key: an event is never deleted, and it was there when this was made of it.
    event = models.OneToOneField(
        "events.Event", models.PROTECT, primary_key=True, db_constraint=False, related_name="+"
    )
    received_at = models.DateTimeField()
    terms = TermsField()

    def __str__(self) -> str:
        return f"LogEntry {self.pk}"


class LogHorizon(models.Model):
    """How far a brand's events are searchable, as a place in its feed. Who moves it has locked it."""

    brand = models.OneToOneField("brands.Brand", models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField()
    event = models.UUIDField()

    def __str__(self) -> str:
        return f"LogHorizon {self.pk}"
