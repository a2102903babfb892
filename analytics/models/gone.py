"""What left people, by the month in which it was issued."""

from django.db import models


class Departure(models.Model):
    """A transfer by which credits left a person, and that is in no figures yet. A trigger writes it with the transfer.

    So nothing is missed and nothing counted twice, in whatever order transactions commit: to count it is to delete it.
    """

    # Transfers stay for ever (a trigger holds it).
    transfer = models.OneToOneField(
        "wallets.Transfer",
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    # Who issued what left.
    brand = models.ForeignKey(
        "brands.Brand", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["brand", "test", "transfer"], name="departure_by_brand")]

    def __str__(self) -> str:
        return f"Departure {self.pk}"


class GoneFigures(models.Model):
    """So many hundredths of RSNC that a brand issued in one month left people in another, and how.

    Whatever leaves somebody takes the oldest of it. Months by their first day, in the zone of the count.
    """

    pk = models.CompositePrimaryKey("brand", "test", "kind", "issued", "gone")
    brand = models.ForeignKey(
        "brands.Brand", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    test = models.BooleanField()
    # The kind of transfer; of what was spent, `redeemed` at the brand itself or `obligation` at another one.
    kind = models.CharField(max_length=16)
    issued = models.DateField()
    gone = models.DateField()
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"GoneFigures {self.pk}"


class GoneCount(models.Model):
    """That a brand's departures are counted, but for those that wait. Without it they are all looked at."""

    brand = models.OneToOneField(
        "brands.Brand",
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    # Whose months are counted by.
    zone = models.CharField(max_length=64)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"GoneCount {self.pk}"
