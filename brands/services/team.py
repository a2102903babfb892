"""Who works for a brand. It always keeps an owner; the database holds that too."""

from datetime import datetime

from django.db import IntegrityError, transaction

from brands.models import Brand, Membership, Role, User


class AlreadyInTeam(Exception):
    """The person is in the brand's team; change the role instead."""


class UnknownRole(Exception):
    """Not one of the four roles."""


class NeedsAnOwner(Exception):
    """The last owner can neither leave nor become something else."""


@transaction.atomic
def add_member(*, brand: Brand, user: User, role: str, now: datetime) -> Membership:
    """Let the person in, from the next page on. Raises AlreadyInTeam, UnknownRole."""
    known(role)
    try:
        with transaction.atomic():
            return Membership.objects.create(brand=brand, user=user, role=role, created_at=now)
    except IntegrityError:
        raise AlreadyInTeam(
            "This person is in the team already. Change the role instead."
        ) from None


@transaction.atomic
def change_role(*, membership: Membership, role: str) -> None:
    """Give the person another role, from the next page on. Raises NeedsAnOwner, UnknownRole."""
    known(role)
    if role != Role.OWNER:
        leave_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.role = role


@transaction.atomic
def remove_member(*, membership: Membership) -> None:
    """Take the person out of the team, from the next page on. Raises NeedsAnOwner."""
    leave_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).delete()


def known(role: str) -> None:
    if role not in Role.values:
        raise UnknownRole(f"Choose a role: {', '.join(Role.labels)}.")


def leave_an_owner(membership: Membership) -> None:
    """Raise NeedsAnOwner where nobody but this member owns the brand, also if two leave at once."""
    Brand.objects.select_for_update(no_key=True).get(pk=membership.brand_id)
    owners = Membership.objects.filter(brand_id=membership.brand_id, role=Role.OWNER)
    if set(owners.values_list("pk", flat=True)) == {membership.pk}:
        raise NeedsAnOwner("A brand needs an owner. Make somebody else an owner first.")
