"""Places that hold credits, and every movement between them."""

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """A place that holds credits. Balance = credits - debits, in hundredths of RSNC."""

    class Kind(models.TextChoices):
        AVAILABLE = "available", "Available"
        PENDING = "pending", "Pending"
        RESERVED = "reserved", "Reserved"
        OWED = "owed", "Owed"
        ISSUED = "issued", "Issued"
        REDEEMED = "redeemed", "Redeemed"
        OBLIGATION = "obligation", "Obligation"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    test = models.BooleanField(default=False)
    # Null for what belongs to the brand itself.
    wallet = models.ForeignKey(
        "wallets.Wallet",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="accounts",
    )
    # The brand that issued what the account holds, and so the debtor of an obligation. Never deleted (a trigger refuses), so no
    # foreign key in the database: its row lock would be shared by every event of a busy brand.
    brand = models.ForeignKey(
        "brands.Brand",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="accounts",
    )
    # To whom the brand owes what the account of an obligation holds.
    creditor = models.ForeignKey(
        "brands.Brand",
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # Null where it is folded from transfers by those who ask, so that no row is shared by a brand's events.
    balance = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "brand", "kind"],
                condition=Q(wallet__isnull=False),
                name="account_is_one_per_wallet_issuer_and_kind",
            ),
            models.UniqueConstraint(
                fields=["brand", "kind", "test", "creditor"],
                condition=Q(wallet__isnull=True),
                nulls_distinct=False,
                name="account_is_one_per_brand_kind_and_world",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["available", "pending", "reserved", "owed"], wallet__isnull=False
                )
                | Q(kind__in=["issued", "redeemed", "obligation"], wallet__isnull=True),
                name="account_belongs_to_who_its_kind_says",
            ),
            models.CheckConstraint(
                condition=(Q(kind="obligation", creditor__isnull=False) & ~Q(creditor=F("brand")))
                | (~Q(kind="obligation") & Q(creditor__isnull=True)),
                name="account_of_an_obligation_has_another_brand_as_creditor",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["issued", "redeemed", "obligation"], balance__isnull=True)
                | Q(
                    kind__in=["available", "pending", "reserved"],
                    balance__isnull=False,
                    balance__gte=0,
                )
                | Q(kind="owed", balance__isnull=False, balance__lte=0),
                name="account_balance_has_the_sign_of_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "kind", "test", "-id"], name="account_by_issuer"),
            models.Index(
                fields=["creditor", "test"],
                condition=Q(creditor__isnull=False),
                name="account_by_creditor",
            ),
        ]

    def __str__(self) -> str:
        return f"Account {self.pk}"


class Transfer(models.Model):
    """One movement: `amount` leaves `debit` and reaches `credit`. Never changed, never deleted."""

    class Kind(models.TextChoices):
        EARN = "earn", "Earned"
        ADJUST = "adjust", "Adjusted by hand"
        RESERVE = "reserve", "Held to be spent"
        CAPTURE = "capture", "Spent"
        RELEASE = "release", "Given back unspent"

    # A trigger (migration 0002) holds both sides to exist and to be of one world. A foreign key would
    # lock the brand's `issued` row in every event.
    debit = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    credit = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField(default=False)
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # The event behind it. The books know nothing of events, so this is its id and no more.
    event_id = models.UUIDField(null=True, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    # The decision of people behind it, where it was no event.
    adjustment = models.ForeignKey(
        "wallets.Adjustment",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="transfers",
    )
    # What the person spends it on.
    redemption = models.ForeignKey(
        "wallets.Redemption",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="transfers",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_goes_elsewhere"),
            models.UniqueConstraint(
                fields=["event_id"], condition=Q(kind="earn"), name="transfer_pays_an_event_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="adjust", adjustment__isnull=False, event_id__isnull=True)
                | (~Q(kind="adjust") & Q(adjustment__isnull=True)),
                name="transfer_by_hand_names_its_adjustment",
            ),
            models.UniqueConstraint(
                fields=["adjustment"],
                condition=Q(kind="adjust"),
                name="transfer_posts_an_adjustment_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["reserve", "capture", "release"],
                    redemption__isnull=False,
                    event_id__isnull=True,
                )
                | (~Q(kind__in=["reserve", "capture", "release"]) & Q(redemption__isnull=True)),
                name="transfer_that_spends_names_its_redemption",
            ),
            # What is held of an issuer leaves its available account once, and its reserved one once.
            models.UniqueConstraint(
                fields=["redemption", "debit"],
                condition=Q(redemption__isnull=False),
                name="transfer_moves_each_part_of_a_redemption_once",
            ),
        ]
        indexes = [
            models.Index(fields=["credit", "-id"], name="transfer_by_credit"),
            models.Index(fields=["debit", "-id"], name="transfer_by_debit"),
            models.Index(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="transfer_by_reversed",
            ),
            # What was spent where, by time, without a look at anything else.
            models.Index(
                fields=["credit", "created_at"],
                include=["amount"],
                condition=Q(kind="capture"),
                name="transfer_captured",
            ),
        ]

    def __str__(self) -> str:
        return f"Transfer {self.pk}"
