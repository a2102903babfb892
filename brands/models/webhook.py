"""Outgoing webhooks: who is told, of what, and how it went."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


def new_message_id() -> str:
    """What receivers see as `webhook-id`: the same for every attempt."""
    return f"msg_{secrets.token_hex(16)}"


class WebhookKind(models.TextChoices):
    """What an endpoint can be told of. `ping` is sent by hand and asked for by nobody."""

    WALLET_CREDITED = "wallet.credited", "wallet.credited: somebody earned RSNC"
    EVENT_REFUSED = "event.refused", "event.refused: an event was recorded and earned nothing"
    ALERT_OPENED = "alert.opened", "alert.opened: something is far from usual"
    ALERT_CLOSED = "alert.closed", "alert.closed: it is as usual again"


PING = "ping"


class WebhookEndpoint(models.Model):
    """An address of the brand's own that is told what happens. At most ten a brand.

    The circuit breaker lives here, so that every worker sees it: `failures` in a row, `failing_since`
    the first of them, and nothing is sent before `resting_until`.
    """

    class Disabled(models.TextChoices):
        BY_HAND = "BY_HAND", "Switched off by hand"
        GONE = "GONE", "It answered 410 Gone"
        FAILING = "FAILING", "It failed for days"

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=2_000)
    kinds = ArrayField(models.CharField(max_length=32, choices=WebhookKind.choices))
    tests = models.BooleanField(default=False)
    # Sealed `whsec_…`. Of two the former one signs as well until `former_until`.
    secret = models.BinaryField()
    former_secret = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("brands.User", models.SET_NULL, null=True, related_name="+")
    # What happened before is never sent to it.
    listening_since = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.CharField(max_length=16, choices=Disabled.choices, blank=True)

    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    # The last replay of failures: when it was asked for, and of how many deliveries.
    replayed_at = models.DateTimeField(null=True)
    replayed = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_because="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_because="")),
                name="webhook_endpoint_says_why_it_is_disabled",
            ),
            models.CheckConstraint(
                condition=Q(kinds__len__gt=0)
                & Q(kinds__contained_by=[kind.value for kind in WebhookKind]),
                name="webhook_endpoint_asks_for_something_that_exists",
            ),
            models.CheckConstraint(
                condition=Q(former_secret__isnull=True, former_until__isnull=True)
                | Q(former_secret__isnull=False, former_until__isnull=False),
                name="webhook_endpoint_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"WebhookEndpoint {self.pk}"


class WebhookMessage(models.Model):
    """What is told, once for all endpoints and attempts. The payload is text: it is signed as it is."""

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="webhook_messages")
    public_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    kind = models.CharField(max_length=32)
    # What it is about, such as evt_…; empty for a ping.
    subject = models.CharField(max_length=64, blank=True)
    payload = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "kind", "subject"],
                condition=~Q(subject=""),
                name="webhook_message_tells_a_thing_once",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="webhook_message_by_age")]

    def __str__(self) -> str:
        return f"WebhookMessage {self.pk}"


class WebhookDelivery(models.Model):
    """One message on its way to one endpoint.

    A worker owns it while `claim` is its own. A claim that has run out may be taken by another: the
    message is then sent again, under the same id.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        DONE = "DONE", "Delivered"
        DEAD = "DEAD", "Failed"

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # Attempts of this round of the schedule; a resend begins anew. `tried` counts them all.
    attempts = models.IntegerField(default=0)
    tried = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "message"], name="webhook_message_goes_to_an_endpoint_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="WAITING", next_attempt_at__isnull=False, finished_at__isnull=True
                )
                | Q(
                    state__in=["DONE", "DEAD"],
                    next_attempt_at__isnull=True,
                    finished_at__isnull=False,
                ),
                name="webhook_delivery_waits_or_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(claim__isnull=True, claimed_until__isnull=True)
                | Q(claim__isnull=False, claimed_until__isnull=False),
                name="webhook_delivery_claim_runs_out",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                condition=Q(state="WAITING"),
                name="webhook_delivery_due",
            ),
            models.Index(
                fields=["endpoint", "-id"],
                condition=Q(state="DEAD"),
                name="webhook_delivery_dead",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_log"),
            models.Index(
                fields=["endpoint", "claimed_until"],
                condition=Q(claim__isnull=False),
                name="webhook_delivery_claimed",
            ),
            models.Index(
                fields=["finished_at"], condition=Q(state="DONE"), name="webhook_delivery_done"
            ),
        ]

    def __str__(self) -> str:
        return f"WebhookDelivery {self.pk}"


class WebhookAttempt(models.Model):
    """One request and what came back. Kept for 30 days."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="tries")
    number = models.IntegerField()
    at = models.DateTimeField()
    seconds = models.FloatField()
    # Null where nothing came back; then `failure` says why (brands.outgoing.Failure).
    status = models.IntegerField(null=True)
    failure = models.CharField(max_length=16, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    # The first 4 KB, as text.
    response = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="webhook_attempt_has_a_number_of_its_own"
            ),
            models.CheckConstraint(
                condition=Q(status__isnull=False, failure="")
                | (Q(status__isnull=True) & ~Q(failure="")),
                name="webhook_attempt_was_answered_or_failed",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="webhook_attempt_by_age")]

    def __str__(self) -> str:
        return f"WebhookAttempt {self.pk}"
