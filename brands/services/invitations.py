"""Asking people into a brand's team, by e-mail. The row is the queue: whoever sends claims it first."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F, Q, QuerySet

from brands.masking import masked
from brands.models import AuditEntry, Brand, Ending, Invitation, Membership, User
from brands.services.accounts import sound_email
from brands.services.audit import note
from brands.services.team import AlreadyInTeam, add_member, known

OPEN_FOR = timedelta(days=7)
MOST_A_DAY = 20
# How long one sender has for one e-mail before another may take over, and how often it is tried by itself.
CLAIMED_FOR = timedelta(minutes=2)
MOST_TRIES = 5
ASKED = ("invitation.created", "invitation.resent")


class AlreadyInvited(Exception):
    """There is an open invitation to this address."""


class TooManyInvitations(Exception):
    """The brand has sent as many as it may in a day."""


class InvitationEnded(Exception):
    """It was accepted, declined or withdrawn, or its time is over."""


class AnotherAddress(Exception):
    """The account belongs to another address than the one that was invited."""


class AddressNotProved(Exception):
    """The account's owner has not shown yet that mail to its address reaches them."""


@transaction.atomic
def invite(*, brand: Brand, email: str, role: str, by: User, now: datetime) -> Invitation:
    """An invitation that is open for seven days; its e-mail waits to be sent.

    Whether the address has an account makes no difference that anybody could see.
    Raises InvalidEmail, UnknownRole, AlreadyInTeam, AlreadyInvited, TooManyInvitations.
    """
    address = sound_email(email)
    known(role)
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if Membership.objects.filter(brand=brand, user__email=address).exists():
        raise AlreadyInTeam("This person is in the team already. Change the role instead.")
    former = Invitation.objects.filter(brand=brand, address=address, ended_at=None).first()
    if former is not None:
        if former.is_open(now):
            raise AlreadyInvited("There is an open invitation to this address. Send it again.")
        end(former, Ending.WITHDRAWN, now)
    check_number(brand, now)
    invitation = Invitation.objects.create(
        brand=brand,
        address=address,
        role=role,
        invited_by=by,
        created_at=now,
        asked_at=now,
        expires_at=now + OPEN_FOR,
    )
    noted(invitation, "created", by, now, role=role)
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Open it for another seven days under a new link. The former link ends when the new one is sent.

    Raises InvitationEnded, TooManyInvitations.
    """
    Brand.objects.select_for_update(no_key=True).get(pk=invitation.brand_id)
    invitation.refresh_from_db()
    if invitation.ended_at is not None:
        raise InvitationEnded("This invitation has ended. Invite the person anew.")
    check_number(invitation.brand, now)
    Invitation.objects.filter(pk=invitation.pk).update(
        expires_at=now + OPEN_FOR,
        invited_by=by,
        asked_at=now,
        tries=0,
        tried_at=None,
        sent_at=None,
    )
    noted(invitation, "resent", by, now)


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Let nobody in by it any more. Twice is the same as once. Raises InvitationEnded if it was accepted."""
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if locked.ending in {Ending.ACCEPTED, Ending.DECLINED}:
        raise InvitationEnded(f"It has been {Ending(locked.ending).label.lower()} already.")
    if locked.ended_at is None:
        end(locked, Ending.WITHDRAWN, now)
        noted(locked, "withdrawn", by, now)


@transaction.atomic
def accept(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """The person's place in the team, from the next page on. Who is in it already keeps the role they have.

    Raises InvitationEnded, AnotherAddress, AddressNotProved.
    """
    locked = answerable(invitation, user, now)
    end(locked, Ending.ACCEPTED, now)
    if membership := Membership.objects.filter(brand=locked.brand, user=user).first():
        return membership
    membership = add_member(brand=locked.brand, user=user, role=locked.role, by=user, now=now)
    noted(locked, "accepted", user, now, role=locked.role)
    return membership


@transaction.atomic
def decline(*, invitation: Invitation, user: User, now: datetime) -> None:
    """End it without a place in the team. Raises InvitationEnded, AnotherAddress, AddressNotProved."""
    locked = answerable(invitation, user, now)
    end(locked, Ending.DECLINED, now)
    noted(locked, "declined", user, now)


def answerable(invitation: Invitation, user: User, now: datetime) -> Invitation:
    """The invitation, locked, where this person may answer it now."""
    # Whoever changes the team holds the brand; taken in the same order, nobody waits for each other.
    Brand.objects.select_for_update(no_key=True).get(pk=invitation.brand_id)
    locked = Invitation.objects.select_related("brand", "invited_by").get(pk=invitation.pk)
    shut_out = locked.invited_by is not None and not locked.invited_by.is_active
    if not locked.is_open(now) or shut_out:
        raise InvitationEnded("This invitation is not open any more. Ask for a new one.")
    check_person(locked, user)
    return locked


def check_person(invitation: Invitation, user: User) -> None:
    """Raises AnotherAddress, AddressNotProved."""
    if user.email.lower() != invitation.address:
        raise AnotherAddress(
            f"This invitation is for {masked(invitation.address)}, and you are signed in as "
            f"{user.email}. Sign out, and come back with the account of that address."
        )
    proved = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
    if not proved.exists():
        raise AddressNotProved(
            "Prove first that this address is yours: sign out and in again, and enter the code "
            "that is mailed to you."
        )


def check_number(brand: Brand, now: datetime) -> None:
    """Every e-mail that was asked for is in the audit log. Raises TooManyInvitations."""
    asked = AuditEntry.objects.filter(
        brand=brand, action__in=ASKED, created_at__gt=now - timedelta(days=1)
    )
    if asked.count() >= MOST_A_DAY:
        raise TooManyInvitations(
            f"At most {MOST_A_DAY} invitations are sent in 24 hours. Send the next one tomorrow."
        )


def end(invitation: Invitation, ending: Ending, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(ended_at=now, ending=ending)


def noted(invitation: Invitation, verb: str, by: User, now: datetime, **after: str) -> None:
    note(
        brand=invitation.brand,
        by=by,
        action=f"invitation.{verb}",
        subject=masked(invitation.address),
        after=after,
        now=now,
    )


def begin_sending(*, invitation_id: int, now: datetime) -> tuple[Invitation, str] | None:
    """The invitation with the token of its e-mail, to whoever comes first; None where nothing is to be sent.

    The token is in the e-mail and nowhere else. Who does not say `mark_sent` within two minutes has failed.
    """
    token = secrets.token_urlsafe(32)
    claimed = waiting(now).filter(pk=invitation_id)
    if not claimed.update(digest=digest_of(token), tried_at=now, tries=F("tries") + 1):
        return None
    found = Invitation.objects.select_related("brand", "invited_by").get(pk=invitation_id)
    return found, token


def mark_sent(*, invitation: Invitation, now: datetime) -> None:
    """The mail server has taken it. Not of one that was asked for again meanwhile."""
    mine = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest)
    mine.filter(asked_at=invitation.asked_at).update(sent_at=now)


def unsent(*, now: datetime) -> list[int]:
    """Those that a lost message or a mail server left behind, which are to be tried again."""
    due = waiting(now).filter(tries__lt=MOST_TRIES, asked_at__lt=now - CLAIMED_FOR)
    return list(due.order_by("asked_at").values_list("pk", flat=True)[:100])


def waiting(now: datetime) -> QuerySet[Invitation]:
    """Open ones whose e-mail is not sent and that nobody is sending just now."""
    free = Q(tried_at=None) | Q(tried_at__lte=now - CLAIMED_FOR)
    return Invitation.objects.filter(free, ended_at=None, sent_at=None, expires_at__gt=now)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def invitation_of(token: str) -> Invitation | None:
    """The invitation with this token in its newest e-mail, whatever became of it."""
    rows = Invitation.objects.select_related("brand", "invited_by")
    return rows.filter(digest=digest_of(token)).first()
