"""A brand's picture, drawn by us: small, square, without anything else that was in the file."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


class Logo(models.Model):
    """A PNG, apart from the brand's row, which every call and page reads. `digest` is its SHA-256."""

    brand = models.OneToOneField(
        "brands.Brand", models.CASCADE, primary_key=True, related_name="drawn_logo"
    )
    digest = models.CharField(max_length=64, db_index=True)
    png = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="logo_digest_is_hexadecimal"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("png"), 300_000), name="logo_is_small"
            ),
        ]

    def __str__(self) -> str:
        return f"Logo {self.pk}"
