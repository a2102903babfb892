"""Who works for a brand. It always keeps an owner; the database holds that too."""

from datetime import datetime

from django.db import IntegrityError, transaction

from brands.masking import masked
from brands.models import Brand, Ending, Invitation, Membership, Role, User
from brands.roles import Permission, may
from brands.services.audit import note


class AlreadyInTeam(Exception):
    """The person is in the brand's team; change the role instead."""


class UnknownRole(Exception):
    """Not one of the four roles."""


class NeedsAnOwner(Exception):
    """The last owner can neither leave nor become something else."""


class NotAnOwner(Exception):
    """Only an owner has something to hand over, and only to somebody else."""


@transaction.atomic
def add_member(
    *, brand: Brand, user: User, role: str, now: datetime, by: User | None = None
) -> Membership:
    """Let the person in, from the next page on. Raises AlreadyInTeam, UnknownRole."""
    known(role)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                brand=brand, user=user, role=role, created_at=now
            )
    except IntegrityError:
        raise AlreadyInTeam(
            "This person is in the team already. Change the role instead."
        ) from None
    after = {"role": role}
    note(
        brand=brand, by=by, action="membership.added", subject=who(membership), after=after, now=now
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User | None, now: datetime) -> None:
    """Give the person another role, from the next page on. Whoever may not invite any more has invited nobody.

    The same role again changes nothing. Raises NeedsAnOwner, UnknownRole.
    """
    known(role)
    lock(membership)
    before = Membership.objects.get(pk=membership.pk).role
    if role != Role.OWNER:
        leave_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.role = role
    if before == role:
        return
    withdraw_invitations(membership=membership, now=now)
    note(
        brand=membership.brand,
        by=by,
        action="membership.changed",
        subject=who(membership),
        before={"role": before},
        after={"role": role},
        now=now,
    )


@transaction.atomic
def remove_member(*, membership: Membership, by: User | None, now: datetime) -> None:
    """Take the person out of the team, from the next page on, and their open invitations back.

    Raises NeedsAnOwner.
    """
    lock(membership)
    leave_an_owner(membership)
    deleted, _ = Membership.objects.filter(pk=membership.pk).delete()
    if not deleted:
        return
    withdraw_invitations(membership=membership, now=now, left=True)
    left = by is not None and by.pk == membership.user_id
    note(
        brand=membership.brand,
        by=by,
        action="membership.left" if left else "membership.removed",
        subject=who(membership),
        before={"role": membership.role},
        now=now,
    )


@transaction.atomic
def transfer_ownership(
    *, owner: Membership, to: Membership, by: User | None, now: datetime
) -> None:
    """Make another member an owner, and the owner a manager. Raises NotAnOwner."""
    lock(owner)
    owner.refresh_from_db(fields=["role"])
    if owner.role != Role.OWNER:
        raise NotAnOwner("Only an owner can hand the brand over.")
    if to.pk == owner.pk or to.brand_id != owner.brand_id:
        raise NotAnOwner("Hand the brand over to somebody else in its team.")
    change_role(membership=to, role=Role.OWNER, by=by, now=now)
    change_role(membership=owner, role=Role.MANAGER, by=by, now=now)


def known(role: str) -> None:
    if role not in Role.values:
        raise UnknownRole(f"Choose a role: {', '.join(Role.labels)}.")


def who(membership: Membership) -> str:
    return masked(membership.user.email)


def withdraw_invitations(*, membership: Membership, now: datetime, left: bool = False) -> None:
    """Take back what somebody has sent who may not invite any more: nobody joins on their word.

    `left`: they are out of the team.
    """
    if not left and may(membership.role, Permission.MANAGE_TEAM):
        return
    Invitation.objects.filter(
        brand_id=membership.brand_id, invited_by_id=membership.user_id, ended_at=None
    ).update(ended_at=now, ending=Ending.WITHDRAWN)


def lock(membership: Membership) -> None:
    """Changes of one team come one after the other."""
    Brand.objects.select_for_update(no_key=True).get(pk=membership.brand_id)


def leave_an_owner(membership: Membership) -> None:
    """Raise NeedsAnOwner where nobody but this member owns the brand. The brand is locked."""
    owners = Membership.objects.filter(brand_id=membership.brand_id, role=Role.OWNER)
    if set(owners.values_list("pk", flat=True)) == {membership.pk}:
        raise NeedsAnOwner("A brand needs an owner. Make somebody else an owner first.")
