"""What happened: the event, immutable and without personal data, and its detail that can be erased."""

from django.db import models
from django.db.models import Q

from events.exact import ExactDecoder


class Status(models.TextChoices):
    """How an event was decided, in the order in which it is checked."""

    NO_REWARD = "no_reward", "No reward"
    DUPLICATE = "duplicate", "Duplicate"
    COOLDOWN = "cooldown", "Cooldown"
    CAPPED = "capped", "Capped"
    REWARDED = "rewarded", "Rewarded"


class Event(models.Model):
    """One report with its decision, written once by `events_record` (migration 0002).

    Brand, event type and rule version carry no foreign key in the database: they are never deleted
    (triggers refuse), and the row locks of a key check would be shared by every event of a busy brand.
    """

    # UUIDv7 (RFC 9562), so that the index grows at one end.
    id = models.UUIDField(primary_key=True)
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="events"
    )
    test = models.BooleanField()
    event_type = models.ForeignKey(
        "events.EventType",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="events",
    )
    rule_version = models.ForeignKey(
        "events.RuleVersion",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # Null where an anonymous caller was not allowed to make one more wallet.
    wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=64)
    trust = models.CharField(max_length=8)
    source = models.CharField(max_length=16)
    status = models.CharField(max_length=20)
    # Why, where the status alone does not say: business_key_missing, rule_daily_cap, …
    reason = models.CharField(max_length=40, blank=True)
    # Hundredths of RSNC; zero unless rewarded.
    amount = models.BigIntegerField()
    received_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField()
    next_eligible_at = models.DateTimeField(null=True)
    # What the answer said of the wallet, so that a replay says the same. Hundredths of RSNC.
    balance_after = models.BigIntegerField(null=True)
    pending_after = models.BigIntegerField(null=True)
    wallet_created = models.BooleanField()
    request_id = models.CharField(max_length=40)
    # Which rules were looked at and what was found, without personal data.
    decision = models.JSONField()
    # Where it stands in the feed (migration 0004): by transaction, since times and ids come out of order.
    position = models.BigIntegerField(db_default=models.Func(function="events_position"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["rewarded"], amount__gt=0, wallet__isnull=False)
                | (~Q(status="rewarded") & Q(amount=0)),
                name="event_pays_when_it_is_rewarded_and_only_then",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="event_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(trust__in=["open", "key", "signed"]), name="event_trust_is_known"
            ),
        ]
        indexes = [
            # Ascending, and read backwards: what is written at the end of a brand's stretch fills its pages. What
            # the pages count comes along, so that a week is summed up from the index alone.
            models.Index(
                fields=["brand", "test", "received_at", "id"],
                include=["event_type", "rule_version", "status", "reason", "amount"],
                name="event_by_time",
            ),
            models.Index(fields=["wallet", "brand", "-received_at"], name="event_by_wallet"),
            models.Index(fields=["brand", "position", "id"], name="event_feed"),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk}"

    @property
    def public_id(self) -> str:
        return f"evt_{self.id.hex}"


class EventDetail(models.Model):
    """What was sent. Personal: erased on request, while the event stays."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="detail")
    address = models.CharField(max_length=254)
    metadata = models.JSONField(decoder=ExactDecoder)
    # Values that the rules looked at, by path.
    observed = models.JSONField(decoder=ExactDecoder)
    # Headers and address of the caller, credentials masked.
    request = models.JSONField()

    def __str__(self) -> str:
        return f"EventDetail {self.pk}"
