"""Events whose name no event type has: kept for 30 days, so that they can be made good."""

from django.db import models
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
    received_at = models.DateTimeField()
    request_id = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="unmatched_by_age")]

    def __str__(self) -> str:
        return f"UnmatchedEvent {self.pk}"
