"""Who is asked to join a brand's team."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from brands.models.user import Role


class Ending(models.TextChoices):
    """How an invitation ended."""

    ACCEPTED = "ACCEPTED", "Accepted"
    DECLINED = "DECLINED", "Declined"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class Invitation(models.Model):
    """An e-mail with a link to a place in the team. Its row is also the queue of what is still to be sent."""

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="invitations")
    address = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    invited_by = models.ForeignKey(
        "brands.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=16, choices=Ending.choices, blank=True)

    # SHA-256 of the token in the newest e-mail. The token itself is made for the e-mail and kept nowhere.
    digest = models.BinaryField(max_length=32, null=True, unique=True)
    # Since when the e-mail is waiting to be sent; how often that was tried, and when it was done.
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "address"],
                condition=Q(ended_at__isnull=True),
                name="invitation_is_open_once_per_brand_and_address",
            ),
            models.CheckConstraint(
                condition=Q(address=Lower("address")), name="invitation_address_is_in_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="invitation_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | Q(ended_at__isnull=False, ending__in=Ending.values),
                name="invitation_says_how_it_ended",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="invitation_expires_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.ended_at is None and now < self.expires_at
