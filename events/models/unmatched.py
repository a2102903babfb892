"""Events whose name no event type has: kept for 30 days, so that they can be made good by a replay."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from events.exact import ExactDecoder


class UnmatchedName(models.Model):
    """A name that was posted. At most 100 a brand."""

    brand = models.ForeignKey("brands.Brand", models.PROTECT, related_name="unmatched_names")
    name = models.CharField(max_length=64)
    count = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "name"], name="unmatched_name_is_listed_once_per_brand"
            ),
        ]

    def __str__(self) -> str:
        return f"UnmatchedName {self.pk}"


class UnmatchedEvent(models.Model):
    """One such event, whole. At most 10,000 a brand."""

    name = models.ForeignKey(UnmatchedName, models.CASCADE, related_name="events")
    test = models.BooleanField(default=False)
    trust = models.CharField(max_length=8)
    address = models.CharField(max_length=254)
    metadata = models.JSONField(decoder=ExactDecoder)
    idempotency_key = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField(null=True)
    judge_at_occurred = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    request_id = models.CharField(max_length=40)
    # As in the detail of an event: headers and the like, credentials masked.
    request = models.JSONField(default=dict)
    # A pseudonym of the client's network address: bounds the wallets that an open caller makes.
    client = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="unmatched_by_age"),
            models.Index(fields=["name", "received_at", "id"], name="unmatched_by_name"),
        ]

    def __str__(self) -> str:
        return f"UnmatchedEvent {self.pk}"


class Replay(models.Model):
    """One run over the events that were missed before their event type was there, and how far it is."""

    brand = models.ForeignKey("brands.Brand", models.PROTECT, related_name="replays")
    event_type = models.ForeignKey("events.EventType", models.PROTECT, related_name="replays")
    # How many there were when it began.
    total = models.IntegerField()
    # What became of those that were looked at, by status; by the code of the refusal where it was refused.
    counts = models.JSONField(default=dict)
    # Hundredths of RSNC: of what this run recorded, live and test.
    paid = models.BigIntegerField(default=0)
    paid_test = models.BigIntegerField(default=0)
    # The last one that was looked at: they go in the order in which they came.
    after_at = models.DateTimeField(null=True)
    after_id = models.BigIntegerField(default=0)
    by = models.ForeignKey("brands.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    # When a chunk was last done, so that a run which nobody works on is found.
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Why it ended before its end; empty where it did not.
    stopped = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_type"],
                condition=Q(finished_at__isnull=True),
                name="event_type_is_replayed_by_one_run_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0) & Q(paid__gte=0) & Q(paid_test__gte=0),
                name="replay_counts_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"Replay {self.pk}"

    @property
    def done(self) -> int:
        """How many were looked at."""
        return sum(self.counts.values())
