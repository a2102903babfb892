"""What a partner's backend proves itself with. Neither is stored in a form that can be used."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Scope(models.TextChoices):
    """What a secret key may do."""

    EVENTS_WRITE = "events:write", "Send events"
    EVENTS_READ = "events:read", "Read events"
    WALLETS_READ = "wallets:read", "Read wallets"


class ApiKey(models.Model):
    """A secret key `rsk_…`: only its SHA-256 is kept (32 random bytes need no salt)."""

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    last_four = models.CharField(max_length=4)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope.choices))
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        "brands.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Set by rotation: the old key lives on for a while.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Its mere presence ends the key, so that no clock that is behind lets it live on.
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # The form that it was made with: sent again, it makes no second key.
    form = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["form"], name="api_key_is_made_once_per_form"),
        ]

    def __str__(self) -> str:
        return f"ApiKey {self.pk}"

    def lives(self, now: datetime) -> bool:
        """Whether calls with it are accepted."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def scopes_said(self) -> str:
        """What it may do, in words."""
        return ", ".join(f"{Scope(each).label}" for each in self.scopes)


class SigningSecret(models.Model):
    """A secret `whsec_…` for signed calls, encrypted under the installation's key."""

    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="signing_secrets")
    encrypted = models.BinaryField()
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        "brands.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"SigningSecret {self.pk}"
