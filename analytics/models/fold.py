"""How far a brand's events have been folded into figures."""

from django.db import models
from django.db.models import Q


class Fold(models.Model):
    """One folding of a brand's events, from the first one on.

    Figures belong to a fold and not to a brand: another one is built from nothing beside the one that is read,
    and takes its place when it has caught up.
    """

    class State(models.TextChoices):
        # Made from nothing, not read yet.
        BUILDING = "building", "Building"
        LIVE = "live", "Live"
        # Another one is live: to be deleted, a part at a time.
        OLD = "old", "Old"

    # Never deleted (a trigger refuses).
    brand = models.ForeignKey(
        "brands.Brand", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices)
    # The zone whose days it counts by.
    zone = models.CharField(max_length=64)
    # Everything up to this event is in the figures, in the order of the feed.
    position = models.BigIntegerField(default=-1)
    event = models.UUIDField(default="00000000-0000-0000-0000-000000000000")
    events = models.BigIntegerField(default=0)
    # How many people have a number, in each world.
    live_people = models.IntegerField(default=0)
    test_people = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    folded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["building", "live", "old"]), name="fold_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["brand"], condition=Q(state="live"), name="fold_is_one_live_per_brand"
            ),
            models.UniqueConstraint(
                fields=["brand"],
                condition=Q(state="building"),
                name="fold_is_one_building_per_brand",
            ),
        ]

    def __str__(self) -> str:
        return f"Fold {self.pk}"
