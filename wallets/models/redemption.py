"""A member spending."""

import secrets

from django.db import models
from django.db.models import F, Q


def new_redemption_id() -> str:
    """What the brand sees as its id."""
    return f"red_{secrets.token_hex(16)}"


class Redemption(models.Model):
    """Credits that a person spends at a brand, whoever issued them: held first, then spent or given back.

    It ends once (a trigger holds it).
    """

    class Status(models.TextChoices):
        # Held until `expires_at`.
        RESERVED = "reserved", "Reserved"
        CAPTURED = "captured", "Captured"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    public_id = models.CharField(max_length=40, unique=True, default=new_redemption_id)
    # Where it is spent. Never deleted, so no foreign key in the database, as for accounts.
    brand = models.ForeignKey(
        "brands.Brand",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="redemptions",
    )
    wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, db_index=False, related_name="redemptions"
    )
    test = models.BooleanField()
    # Hundredths of RSNC.
    amount = models.BigIntegerField()
    # Asked for again with the same key, it is the same redemption, for ever.
    idempotency_key = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RESERVED)
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "test", "idempotency_key"],
                name="redemption_is_one_per_brand_world_and_key",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="redemption_spends_something"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("reserved_at")),
                name="redemption_expires_after_it_was_reserved",
            ),
            models.CheckConstraint(
                condition=Q(status="reserved", ended_at__isnull=True)
                | Q(status="captured", ended_at__isnull=False, ended_at__lt=F("expires_at"))
                | Q(status="cancelled", ended_at__isnull=False)
                | Q(status="expired", ended_at__isnull=False, ended_at__gte=F("expires_at")),
                name="redemption_ends_in_time_or_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "-id"], name="redemption_log"),
            models.Index(fields=["wallet", "-id"], name="redemption_by_wallet"),
            models.Index(
                fields=["expires_at"], condition=Q(status="reserved"), name="redemption_expiring"
            ),
        ]

    def __str__(self) -> str:
        return f"Redemption {self.pk}"
