"""What a brand rewards: event types, their rules, and the rules' immutable versions."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class EventType(models.Model):
    """What a brand can report. `key` is what its backend sends as `event`."""

    brand = models.ForeignKey("brands.Brand", models.PROTECT, related_name="event_types")
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    position = models.IntegerField(default=0)
    active = models.BooleanField(default=True)
    # Empty: the brand's own.
    least_trust = models.CharField(max_length=8, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "key"],
                name="event_type_key_is_unique_in_the_brand",
                violation_error_message="There is an event type with this key already.",
            ),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[a-z0-9_.:-]{1,64}$"),
                name="event_type_key_is_well_formed",
                violation_error_message="Use a-z, 0-9 and _ . : - only, at most 64 characters.",
            ),
            models.CheckConstraint(
                condition=Q(least_trust__in=["", "open", "key", "signed"]),
                name="event_type_least_trust_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"EventType {self.pk}"


class Rule(models.Model):
    """When an event type earns. Stable: what people claim hangs on it, so publishing resets nothing."""

    event_type = models.ForeignKey(EventType, models.PROTECT, related_name="rules")
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Rule {self.pk}"


class Cooldown(models.TextChoices):
    """The window in which the same person earns the same rule once."""

    NONE = "NONE", "None"
    ROLLING = "ROLLING", "Rolling"
    DAY = "DAY", "Once a calendar day"
    WEEK = "WEEK", "Once a calendar week"
    MONTH = "MONTH", "Once a calendar month"
    EVER = "EVER", "Once ever"


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def in_force(self) -> "RuleVersionQuerySet":
        """The newest version of each rule, with its rule, in the order in which rules are looked at."""
        newest = (
            RuleVersion.objects.filter(rule=models.OuterRef("rule"))
            .order_by("-number")
            .values("pk")[:1]
        )
        return (
            self.filter(pk=models.Subquery(newest))
            .select_related("rule")
            .order_by("rule__event_type", "rule__position", "rule_id")
        )


class RuleVersion(models.Model):
    """What a rule pays. Immutable: a trigger refuses changes. The highest number is in force."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    # Hundredths of RSNC.
    amount = models.BigIntegerField()
    cooldown = models.CharField(max_length=8, choices=Cooldown.choices, default=Cooldown.NONE)
    # Seconds; for a rolling cooldown only.
    cooldown_seconds = models.BigIntegerField(null=True, blank=True)
    # A path such as metadata.order_id; empty for none.
    business_key = models.CharField(max_length=128, blank=True, default="")
    # Hundredths of RSNC a person and calendar day in the brand's zone; null for no limit.
    person_daily_cap = models.BigIntegerField(null=True, blank=True)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(
        "brands.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RuleVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "number"], name="rule_version_number_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(amount__lte=1_000_000_00),
                name="rule_version_pays_something",
                violation_error_message="A reward is between 0.01 and 1,000,000.00 RSNC.",
            ),
            models.CheckConstraint(
                condition=Q(
                    cooldown="ROLLING",
                    cooldown_seconds__isnull=False,
                    cooldown_seconds__gt=0,
                    cooldown_seconds__lte=400 * 86_400,
                )
                | (~Q(cooldown="ROLLING") & Q(cooldown_seconds__isnull=True)),
                name="rule_version_rolling_cooldown_has_a_length",
                violation_error_message="A rolling cooldown lasts between a second and 400 days.",
            ),
            models.CheckConstraint(
                condition=Q(cooldown__in=Cooldown.values), name="rule_version_cooldown_is_known"
            ),
            models.CheckConstraint(
                condition=Q(business_key="") | Q(business_key__regex=r"^metadata(\.[^.\s]+)+$"),
                name="rule_version_business_key_is_a_metadata_path",
                violation_error_message="Write a path such as metadata.order_id.",
            ),
            models.CheckConstraint(
                condition=Q(person_daily_cap__isnull=True)
                | Q(person_daily_cap__gte=models.F("amount")),
                name="rule_version_cap_lets_one_reward_through",
                violation_error_message="A daily limit below one reward would never pay.",
            ),
        ]

    def __str__(self) -> str:
        return f"RuleVersion {self.pk}"
