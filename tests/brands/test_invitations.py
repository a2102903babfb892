"""Asking people into a team: who may answer, for how long, and an e-mail that is never lost silently."""

import re
from datetime import timedelta
from smtplib import SMTPException

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction

from brands import invitation_mail, services, tasks
from brands.models import Ending, Invitation, Role
from brands.services import invitations
from tests.brands.conftest import NOON

WEEK = timedelta(days=7)


@pytest.fixture
def invited(acme, olga):
    return invitations.invite(
        brand=acme, email=" Dan@Acme.example ", role=Role.DEVELOPER, by=olga, now=NOON
    )


def sent(invitation, now=NOON) -> str:
    """Send the e-mail; the token in it."""
    assert invitation_mail.send(invitation_id=invitation.pk, now=now)
    return re.search(r"/invitation/([^/\s]+)/", mail.outbox[-1].body)[1]


def test_an_invitation_is_for_an_address_in_lower_case_and_open_for_seven_days(invited):
    assert (invited.address, invited.expires_at) == ("dan@acme.example", NOON + WEEK)
    assert invited.is_open(NOON + WEEK - timedelta(seconds=1))
    assert not invited.is_open(NOON + WEEK)


def test_the_e_mail_says_who_invites_whom_as_what(invited, settings):
    token = sent(invited)
    (message,) = mail.outbox
    assert message.to == ["dan@acme.example"]
    assert message.subject == "Join the team of Acme on Resonance"
    assert "olga@acme.example invites you to the team of Acme on Resonance, as Developer" in (
        message.body
    )
    assert f"{settings.RESONANCE_URL}/invitation/{token}/" in message.body
    assert invitations.invitation_of(token) == invited


def test_the_token_is_kept_nowhere(invited, acme):
    token = sent(invited)
    row = Invitation.objects.values().get()
    assert bytes(row["digest"]) == invitations.digest_of(token)
    assert token not in f"{row} {list(acme.audit_entries.values())}"


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud800", "a" * 10_000])
def test_a_token_that_is_none_leads_nowhere(invited, text):
    sent(invited)
    assert invitations.invitation_of(text) is None


def test_a_hostile_name_adds_no_line_to_the_e_mail(acme, olga):
    services.change_brand(brand=acme, by=None, now=NOON, name="A\u2028B\u202ecme")
    invitation = invitations.invite(
        brand=acme, email="eve@acme.example", role=Role.ANALYST, by=olga, now=NOON
    )
    sent(invitation)
    assert mail.outbox[0].subject == "Join the team of A B cme on Resonance"


def test_who_was_invited_joins(invited, acme, dan):
    membership = invitations.accept(invitation=invited, user=dan, now=NOON)
    assert (membership.brand, membership.user, membership.role) == (acme, dan, Role.DEVELOPER)
    invited.refresh_from_db()
    assert (invited.ending, invited.ended_at) == (Ending.ACCEPTED, NOON)
    with pytest.raises(invitations.InvitationEnded):
        invitations.accept(invitation=invited, user=dan, now=NOON)


def test_who_is_in_the_team_already_keeps_the_role(invited, acme, dan):
    services.add_member(brand=acme, user=dan, role=Role.MANAGER, now=NOON)
    assert invitations.accept(invitation=invited, user=dan, now=NOON).role == Role.MANAGER
    assert not invitations.Invitation.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("answer", [invitations.accept, invitations.decline])
def test_nobody_else_answers_it(invited, acme, answer):
    eve = services.create_user(email="eve@acme.example", password=None, now=NOON)
    with pytest.raises(invitations.AnotherAddress, match="da•••@acme"):
        answer(invitation=invited, user=eve, now=NOON)
    assert acme.memberships.count() == 1


@pytest.mark.parametrize("answer", [invitations.accept, invitations.decline])
def test_an_address_that_was_not_proved_answers_nothing(invited, dan, answer):
    EmailAddress.objects.filter(user=dan).update(verified=False)
    with pytest.raises(invitations.AddressNotProved, match="code"):
        answer(invitation=invited, user=dan, now=NOON)


def test_it_can_be_declined(invited, acme, dan):
    invitations.decline(invitation=invited, user=dan, now=NOON)
    assert acme.memberships.count() == 1
    with pytest.raises(invitations.InvitationEnded):
        invitations.accept(invitation=invited, user=dan, now=NOON)
    with pytest.raises(invitations.InvitationEnded, match="declined already"):
        invitations.withdraw(invitation=invited, by=dan, now=NOON)


def test_an_expired_one_is_not_accepted_and_can_be_sent_again(invited, olga, dan):
    later = NOON + WEEK
    with pytest.raises(invitations.InvitationEnded):
        invitations.accept(invitation=invited, user=dan, now=later)
    invitations.resend(invitation=invited, by=olga, now=later)
    assert invitations.accept(invitation=invited, user=dan, now=later).user == dan


def test_a_withdrawn_one_is_dead(invited, olga, dan):
    invitations.withdraw(invitation=invited, by=olga, now=NOON)
    invitations.withdraw(invitation=invited, by=olga, now=NOON)
    for act in (
        lambda: invitations.accept(invitation=invited, user=dan, now=NOON),
        lambda: invitations.resend(invitation=invited, by=olga, now=NOON),
    ):
        with pytest.raises(invitations.InvitationEnded):
            act()
    assert not invitation_mail.send(invitation_id=invited.pk, now=NOON)
    assert mail.outbox == []


def test_one_is_open_at_a_time_for_an_address(invited, acme, olga):
    again = {"brand": acme, "email": "DAN@acme.example", "role": "ANALYST", "by": olga}
    with pytest.raises(invitations.AlreadyInvited, match="Send it again"):
        invitations.invite(**again, now=NOON)
    other = invitations.invite(**again, now=NOON + WEEK)
    invited.refresh_from_db()
    assert (invited.ending, other.role) == (Ending.WITHDRAWN, Role.ANALYST)
    with (
        pytest.raises(IntegrityError, match="invitation_is_open_once_per_brand_and_address"),
        transaction.atomic(),
    ):
        Invitation.objects.filter(pk=invited.pk).update(ended_at=None, ending="")


def test_who_is_in_the_team_is_not_invited(acme, olga):
    with pytest.raises(services.AlreadyInTeam):
        invitations.invite(brand=acme, email="olga@acme.example", role="ANALYST", by=olga, now=NOON)


@pytest.mark.parametrize("email", ["", "dan", "dan@", "fran\u212a@example.com", "a\0@example.com"])
def test_an_address_that_makes_no_sense_is_refused(acme, olga, email):
    with pytest.raises(services.InvalidEmail):
        invitations.invite(brand=acme, email=email, role="ANALYST", by=olga, now=NOON)
    with pytest.raises(services.UnknownRole):
        invitations.invite(brand=acme, email="d@example.com", role="KING", by=olga, now=NOON)


def test_a_brand_sends_twenty_in_a_day_counting_those_sent_again(invited, acme, olga):
    for n in range(18):
        invitations.invite(brand=acme, email=f"p{n}@example.com", role="ANALYST", by=olga, now=NOON)
    invitations.resend(invitation=invited, by=olga, now=NOON)
    one_more = {"brand": acme, "email": "z@example.com", "role": "ANALYST", "by": olga}
    with pytest.raises(invitations.TooManyInvitations, match="At most 20"):
        invitations.invite(**one_more, now=NOON)
    with pytest.raises(invitations.TooManyInvitations):
        invitations.resend(invitation=invited, by=olga, now=NOON)
    invitations.invite(**one_more, now=NOON + timedelta(days=1))


def test_sending_again_replaces_the_link(invited, olga):
    first = sent(invited)
    invitations.resend(invitation=invited, by=olga, now=NOON)
    # Until the new one is out, the old one leads on.
    assert invitations.invitation_of(first)
    second = sent(invited)
    assert invitations.invitation_of(first) is None
    assert invitations.invitation_of(second)


def test_an_e_mail_is_sent_once_however_often_it_is_asked_for(invited):
    sent(invited)
    for _ in range(3):
        tasks.send_invitation(invitation_id=invited.pk)
    assert len(mail.outbox) == 1


def test_an_e_mail_that_fails_is_said_and_tried_again(invited, monkeypatch):
    def fail(*_args):
        raise SMTPException("no")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
        assert not invitation_mail.send(invitation_id=invited.pk, now=NOON)
    invited.refresh_from_db()
    assert (invited.tries, invited.sent_at) == (1, None)
    assert invitations.unsent(now=NOON + timedelta(minutes=1)) == []
    later = NOON + timedelta(minutes=3)
    assert invitations.unsent(now=later) == [invited.pk]
    sent(invited, later)
    assert invitations.unsent(now=later + timedelta(hours=1)) == []


def test_a_lost_message_is_found_by_the_sweep(invited):
    Invitation.objects.update(expires_at=NOON + timedelta(days=9_000))
    tasks.send_waiting_invitations()
    assert len(mail.outbox) == 1
    tasks.send_waiting_invitations()
    assert len(mail.outbox) == 1


def test_after_five_times_it_is_left_to_people(invited, olga):
    Invitation.objects.update(tries=5, tried_at=NOON)
    later = NOON + timedelta(hours=1)
    assert invitations.unsent(now=later) == []
    invitations.resend(invitation=invited, by=olga, now=later)
    assert invitations.unsent(now=later + timedelta(minutes=3)) == [invited.pk]


@pytest.mark.parametrize("change", ["removed", "made a manager"])
def test_nobody_joins_on_the_word_of_who_may_not_invite_any_more(acme, olga, dan, change):
    services.add_member(brand=acme, user=dan, role=Role.OWNER, now=NOON)
    eve = services.create_user(email="eve@acme.example", password=None, now=NOON)
    invited = invitations.invite(
        brand=acme, email="eve@acme.example", role=Role.OWNER, by=dan, now=NOON
    )
    theirs = dan.memberships.get(brand=acme)
    if change == "removed":
        services.remove_member(membership=theirs, by=olga, now=NOON)
    else:
        services.change_role(membership=theirs, role=Role.MANAGER, by=olga, now=NOON)
    with pytest.raises(invitations.InvitationEnded):
        invitations.accept(invitation=invited, user=eve, now=NOON)


def test_what_is_done_to_invitations_is_noted_with_a_masked_address(invited, acme, olga, dan):
    invitations.resend(invitation=invited, by=olga, now=NOON)
    invitations.accept(invitation=invited, user=dan, now=NOON)
    entries = acme.audit_entries.filter(action__startswith="invitation.").order_by("pk")
    assert [(each.action, each.by, each.subject) for each in entries] == [
        ("invitation.created", olga, "da•••@acme.example"),
        ("invitation.resent", olga, "da•••@acme.example"),
        ("invitation.accepted", dan, "da•••@acme.example"),
    ]
