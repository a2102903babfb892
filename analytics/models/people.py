"""Who came when. People are counted exactly: each has a number at a brand, and a day is a set of numbers."""

from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Cast

# Numbers a row of `Presence`: a kilobyte, which stays in its row.
BLOCK = 8_192


class BitsField(models.Field):  # type: ignore[type-arg]
    """A PostgreSQL `bit(BLOCK)`. Read and written by SQL only."""

    def db_type(self, connection: Any) -> str:
        return f"bit({BLOCK})"


class Person(models.Model):
    """Somebody with an event at the brand of the fold. `earned` in hundredths of RSNC, by events."""

    pk = models.CompositePrimaryKey("fold", "test", "wallet")
    fold = models.ForeignKey(
        "analytics.Fold", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    wallet = models.ForeignKey(
        "wallets.Wallet", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # Counted from 0 in each fold and world, without gaps.
    number = models.IntegerField()
    first_at = models.DateTimeField()
    earned = models.BigIntegerField()

    class Meta:
        indexes = [
            # Fold and world as one number: by the columns themselves, the planner would look a person up in it
            # and read everybody. A fold that has just begun is in no statistics, so both indexes look alike to it.
            models.Index(
                F("fold") * 2 + Cast("test", models.IntegerField()),
                "first_at",
                include=["number"],
                name="person_by_first_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"Person {self.pk}"


class Presence(models.Model):
    """Which people had an event on a day (of the fold's zone): bit n of a block is number block * BLOCK + n."""

    pk = models.CompositePrimaryKey("fold", "test", "day", "block")
    fold = models.ForeignKey(
        "analytics.Fold", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    day = models.DateField()
    block = models.IntegerField()
    bits = BitsField()

    def __str__(self) -> str:
        return f"Presence {self.pk}"
