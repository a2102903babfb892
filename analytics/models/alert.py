"""When something is far from usual: what counts as far, what was found, and who is told of it."""

import secrets

from django.db import models
from django.db.models import Q


def new_alert_id() -> str:
    """What receivers see as `alert_id`."""
    return f"alr_{secrets.token_hex(16)}"


class AlertLimits(models.Model):
    """From when on something is far more than usual: the network's limits (no brand), or what a brand sets instead.

    More than `factor` times the usual, and never below the floor. Of a brand, null is as the network has it.
    """

    brand = models.OneToOneField(
        "brands.Brand", models.PROTECT, null=True, related_name="alert_limits"
    )
    pay_factor = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    # Hundredths of RSNC in an hour, of one event type.
    pay_floor = models.BigIntegerField(null=True)
    refusal_factor = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    # Refused events in an hour, of all event types.
    refusal_floor = models.BigIntegerField(null=True)
    # Whether people are written to: the operators, or the brand's owners and managers.
    mail = models.BooleanField(default=True)
    # Of the network's: when a detector last looked. Whoever changes alerts holds this row.
    looked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "alert limits"
        constraints = [
            models.CheckConstraint(
                condition=Q(brand__isnull=False)
                | Q(
                    pay_factor__isnull=False,
                    pay_floor__isnull=False,
                    refusal_factor__isnull=False,
                    refusal_floor__isnull=False,
                ),
                name="alert_limits_of_the_network_are_complete",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(brand__isnull=True),
                name="alert_limits_of_the_network_are_one",
            ),
            models.CheckConstraint(
                condition=(Q(pay_factor__isnull=True) | Q(pay_factor__gte=1))
                & (Q(refusal_factor__isnull=True) | Q(refusal_factor__gte=1))
                & (Q(pay_floor__isnull=True) | Q(pay_floor__gt=0))
                & (Q(refusal_floor__isnull=True) | Q(refusal_floor__gt=0)),
                name="alert_limits_are_above_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"AlertLimits {self.pk}"


class Alert(models.Model):
    """One episode in which something was far from usual. Open until it is over; kept with its figures.

    Figures are of an hour: hundredths of RSNC for what was paid, events for refusals, findings for the books.
    """

    class Kind(models.TextChoices):
        PAY = "pay", "Pays far more than usual"
        REFUSALS = "refusals", "Refuses far more than usual"
        LEDGER = "ledger", "The books are off"

    public_id = models.CharField(max_length=40, unique=True, default=new_alert_id)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, null=True, db_index=False, related_name="alerts"
    )
    event_type = models.ForeignKey(
        "events.EventType", models.PROTECT, null=True, db_index=False, related_name="alerts"
    )
    opened_at = models.DateTimeField()
    # When it was last above its limit.
    over_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # In the hour before it was opened, and the most in any hour since.
    measured = models.BigIntegerField()
    peak = models.BigIntegerField()
    # The median of the same hour of so many days; null where it is too new to have a usual.
    usual = models.BigIntegerField(null=True)
    days = models.IntegerField(default=0)
    limit = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "brand", "event_type"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="alert_is_open_once_for_what_it_is_about",
            ),
            models.CheckConstraint(
                condition=Q(kind="pay", brand__isnull=False, event_type__isnull=False)
                | Q(kind="refusals", brand__isnull=False, event_type__isnull=True)
                | Q(kind="ledger", brand__isnull=True, event_type__isnull=True),
                name="alert_is_about_what_its_kind_says",
            ),
        ]
        indexes = [models.Index(fields=["brand", "-id"], name="alert_by_brand")]

    def __str__(self) -> str:
        return f"Alert {self.pk}"


class AlertNotice(models.Model):
    """Somebody who is to be told of an alert: a person by mail, or the operator's webhook."""

    class What(models.TextChoices):
        OPENED = "alert.opened", "Opened"
        CLOSED = "alert.closed", "Closed"

    class Way(models.TextChoices):
        MAIL = "mail", "E-mail"
        HOOK = "hook", "The operator's webhook"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notices")
    what = models.CharField(max_length=16, choices=What.choices)
    way = models.CharField(max_length=4, choices=Way.choices)
    to = models.ForeignKey("brands.User", models.CASCADE, null=True, related_name="+")
    attempts = models.IntegerField(default=0)
    # Null once it is sent or given up.
    next_attempt_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # Why the last attempt failed.
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "what", "way", "to"],
                nulls_distinct=False,
                name="alert_notice_goes_out_once",
            ),
            models.CheckConstraint(
                condition=Q(way="mail", to__isnull=False) | Q(way="hook", to__isnull=True),
                name="alert_notice_is_for_a_person_or_the_webhook",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(next_attempt_at__isnull=True),
                name="alert_notice_waits_or_is_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="alert_notice_due",
            )
        ]

    def __str__(self) -> str:
        return f"AlertNotice {self.pk}"


class OperatorHook(models.Model):
    """The address that the operator is told at. One, or none."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    url = models.CharField(max_length=2_000)
    # Sealed `whsec_…`.
    secret = models.BinaryField()
    created_at = models.DateTimeField()
    # What came of the last attempt.
    last_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)
    last_failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="operator_hook_is_one")]

    def __str__(self) -> str:
        return "OperatorHook"
