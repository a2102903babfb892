"""Checks of the ledger that were asked for, and what they found."""

from django.db import models
from django.db.models import Q


class LedgerCheck(models.Model):
    """One run of `verify_ledger` by the worker. One at a time."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        PASSED = "passed", "In order"
        FAILED = "failed", "Off"
        # The worker died, or the database went away: nothing is known.
        BROKEN = "broken", "Not finished"

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    # Null: it was the schedule.
    asked_by = models.ForeignKey("brands.User", models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    # When the worker was last heard of.
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Of its parts.
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    # Findings, of which the first of each part are kept: [{"check", "count", "sentences"}].
    wrong = models.BigIntegerField(default=0)
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["waiting", "running"]),
                name="ledger_check_is_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["passed", "failed", "broken"], finished_at__isnull=False),
                name="ledger_check_is_under_way_or_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"LedgerCheck {self.pk}"
