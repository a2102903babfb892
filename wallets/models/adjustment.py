"""What people move by hand."""

from django.db import models
from django.db.models import F, Q


class Adjustment(models.Model):
    """What people of a brand add to a wallet or take from it by hand. Decided once (a trigger holds it)."""

    class Status(models.TextChoices):
        # Waits for a second person, until `expires_at`.
        PROPOSED = "proposed", "Proposed"
        POSTED = "posted", "Posted"
        REFUSED = "refused", "Refused"

    brand = models.ForeignKey("brands.Brand", models.PROTECT, related_name="adjustments")
    wallet = models.ForeignKey("wallets.Wallet", models.PROTECT, related_name="adjustments")
    test = models.BooleanField()
    # Hundredths of RSNC that this brand issues (above zero) or takes back (below).
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    # The form that it was sent with: sent again, it is the same adjustment, for ever.
    token = models.UUIDField()
    status = models.CharField(max_length=16, choices=Status.choices)
    proposed_by = models.ForeignKey("brands.User", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    # Null where one person was enough.
    expires_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("brands.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "token"], name="adjustment_is_one_per_brand_and_form"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_moves_something"),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S.{1,}\S"), name="adjustment_says_why"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="adjustment_is_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("proposed_at")),
                name="adjustment_expires_after_it_was_proposed",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="proposed",
                    expires_at__isnull=False,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    status="posted",
                    expires_at__isnull=True,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                )
                | Q(
                    status__in=["posted", "refused"],
                    expires_at__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    decided_at__lt=F("expires_at"),
                ),
                name="adjustment_above_the_limit_is_decided_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "-id"], name="adjustment_log"),
            models.Index(
                fields=["brand", "expires_at"],
                condition=Q(status="proposed"),
                name="adjustment_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"Adjustment {self.pk}"
