"""Who the books are about: a wallet, and the addresses that point to it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Wallet(models.Model):
    """What one person holds, in one world. Pregenerated until its owner signs in and claims it."""

    class Status(models.TextChoices):
        PREGENERATED = "PREGENERATED", "Pregenerated"
        CLAIMED = "CLAIMED", "Claimed"

    test = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PREGENERATED)
    member = models.ForeignKey(
        "brands.User", models.PROTECT, null=True, blank=True, related_name="wallets"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="PREGENERATED", member__isnull=True)
                | Q(status="CLAIMED", member__isnull=False),
                name="wallet_is_claimed_by_its_member",
            ),
        ]

    def __str__(self) -> str:
        return f"Wallet {self.pk}"


class Identity(models.Model):
    """A normalised e-mail address, real or deterministic, that points to one wallet."""

    address = models.CharField(max_length=254)
    test = models.BooleanField(default=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="identities")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "test"], name="identity_points_to_one_wallet"
            ),
        ]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"Identity {self.pk}"
