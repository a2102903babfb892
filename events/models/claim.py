"""What has been used up: cooldowns, limits and keys. A refused event leaves nothing here."""

from django.db import models


class Claim(models.Model):
    """When a person last earned a rule."""

    pk = models.CompositePrimaryKey("wallet_id", "rule_id")
    wallet = models.ForeignKey("wallets.Wallet", models.PROTECT, db_index=False, related_name="+")
    rule = models.ForeignKey(
        "events.Rule", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Claim {self.pk}"


class Usage(models.Model):
    """What a person earned in one window: of a rule, or (rule 0) of a brand through open calls."""

    pk = models.CompositePrimaryKey("wallet_id", "brand_id", "rule_id", "window_start")
    wallet = models.ForeignKey("wallets.Wallet", models.PROTECT, db_index=False, related_name="+")
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    rule_id = models.BigIntegerField()
    window_start = models.DateTimeField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="usage_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"Usage {self.pk}"


class BusinessKey(models.Model):
    """A metadata value that has earned. `holder` is 0 for authenticated calls, whom it blocks all;
    for an open call it is the wallet, which alone is blocked (order ids can be guessed)."""

    pk = models.CompositePrimaryKey("event_type_id", "value", "test", "holder")
    event_type = models.ForeignKey(
        "events.EventType", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    value = models.CharField(max_length=255)
    holder = models.BigIntegerField()
    # Null only inside the transaction that is judging it.
    event_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"BusinessKey {self.pk}"


class IdempotencyKey(models.Model):
    """The caller's own name for a call, kept for ever with the event that answered it first."""

    pk = models.CompositePrimaryKey("brand_id", "key", "test", "authenticated")
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    authenticated = models.BooleanField()
    key = models.CharField(max_length=255)
    event_id = models.UUIDField()
    # SHA-256 of the normalised event: the key reused for another event is refused.
    fingerprint = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"IdempotencyKey {self.pk}"


class OpenTotal(models.Model):
    """What open calls earned at a brand in a day, in slots so that no two connections share a row."""

    pk = models.CompositePrimaryKey("brand_id", "test", "day_start", "slot")
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    day_start = models.DateTimeField()
    slot = models.SmallIntegerField()
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"OpenTotal {self.pk}"


class NewWallets(models.Model):
    """How many wallets one anonymous client has made in an hour. `client` is a keyed hash."""

    pk = models.CompositePrimaryKey("client", "hour")
    client = models.CharField(max_length=64)
    hour = models.DateTimeField()
    made = models.IntegerField()

    def __str__(self) -> str:
        return f"NewWallets {self.pk}"
