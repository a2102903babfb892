"""How far the outgoing webhooks have read the feed of events, which is their outbox."""

from django.db import models


class Announced(models.Model):
    """A brand's place in the feed. Whoever locks the row announces; the row moves with what it wrote."""

    brand = models.OneToOneField(
        "brands.Brand", models.PROTECT, primary_key=True, related_name="announced"
    )
    position = models.BigIntegerField()
    event = models.UUIDField()
    # Whatever began to listen after this has to be looked at before reading on from the place.
    looked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "announced"

    def __str__(self) -> str:
        return f"Announced {self.pk}"


class WalletSequence(models.Model):
    """The number of the last message about a wallet, for one brand: receivers order by it."""

    brand = models.ForeignKey("brands.Brand", models.PROTECT, db_index=False, related_name="+")
    wallet = models.ForeignKey("wallets.Wallet", models.PROTECT, related_name="+")
    last = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "wallet"], name="wallet_has_one_sequence_per_brand"
            ),
        ]

    def __str__(self) -> str:
        return f"WalletSequence {self.pk}"
