"""What was done for a brand, by whom: written once, with the change itself."""

from datetime import datetime
from typing import Self

from django.db import models


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def about(self, noun: str) -> Self:
        """What was done to things of one kind: key, domain, brand."""
        return self.filter(action__startswith=f"{noun}.")

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """From one moment on, before the other; None for no end."""
        found = self if since is None else self.filter(created_at__gte=since)
        return found if until is None else found.filter(created_at__lt=until)

    def newest_first(self, *, before: int | None = None) -> Self:
        """Each with who did it; with `before`, those that are older than this one."""
        found = self if before is None else self.filter(pk__lt=before)
        return found.select_related("by").order_by("-pk")


class AuditEntry(models.Model):
    """One act. Append-only (a trigger refuses); never with a secret or a person's address in it.

    `before` and `after` hold what changed, by field, as it is shown.
    """

    brand = models.ForeignKey("brands.Brand", models.PROTECT, related_name="audit_entries")
    # Null for what the system did by itself.
    by = models.ForeignKey(
        "brands.User", models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    # noun.verb, such as key.created
    action = models.CharField(max_length=60)
    # What it was done to, as people call it.
    subject = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # Where the request came from; empty where there was none.
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["brand", "-id"], name="audit_log"),
            models.Index(fields=["brand", "by", "-id"], name="audit_log_of_person"),
        ]

    def __str__(self) -> str:
        return f"AuditEntry {self.pk}"
