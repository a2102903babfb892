"""The team on its page, invitations included, and what holds from the next page on."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from brands import invitation_mail
from brands.models import Invitation, Membership, Role, User
from brands.roles import Permission
from brands.services import invitations
from portal.views.settings import team
from tests.sign_in import step_up


@pytest.fixture
def olga(brand):
    """The owner."""
    user = User.objects.create_user(
        "olga@northwind.example", "a long password of Olga", name="Olga"
    )
    Membership.objects.create(user=user, brand=brand, role=Role.OWNER)
    return user


@pytest.fixture
def as_olga(client, olga):
    client.force_login(olga)
    step_up(client, olga)
    return client


@pytest.fixture
def anns(ann, brand):
    return Membership.objects.get(user=ann, brand=brand)


def page_of(name, brand, *args):
    return reverse(f"portal:{name}", args=[brand.slug, *args])


def invite(client, brand, **changes):
    form = {"email": "stranger@elsewhere.example", "role": "DEVELOPER"} | changes
    return client.post(page_of("invite", brand), form, follow=True)


def link_of(invitation) -> str:
    assert invitation_mail.send(invitation_id=invitation.pk, now=timezone.now())
    return re.search(r"(/invitation/[^/\s]+/)", mail.outbox[-1].body)[1]


def test_everybody_in_the_team_sees_it_and_what_roles_may(as_ann, olga, brand):
    page = as_ann.get(page_of("team", brand))
    assert "olga@northwind.example" in page.text
    assert "Invite somebody" not in page.text
    assert "Change role" not in page.text
    assert set(team.WORDS) == set(Permission)
    assert dict(page.context["table"][-1].roles) == {
        "Owner": True,
        "Manager": False,
        "Developer": False,
        "Analyst": False,
    }


def test_a_role_is_changed_and_holds_from_the_next_page(as_olga, ann, anns, brand, client_class):
    her = client_class()
    her.force_login(ann)
    assert her.get(page_of("keys", brand)).status_code == 200
    page = as_olga.post(page_of("change-role", brand, anns.pk), {"role": "ANALYST"}, follow=True)
    assert "is analyst from now on" in page.text
    assert her.get(page_of("keys", brand)).status_code == 403
    as_olga.post(page_of("remove-member", brand, anns.pk))
    assert her.get(page_of("overview", brand)).status_code == 404


@pytest.fixture
def client_class(client):
    return type(client)


def test_the_last_owner_stays(as_olga, olga, brand):
    mine = olga.memberships.get()
    assert "The only owner" in as_olga.get(page_of("team", brand)).text
    for name, args in (("remove-member", [mine.pk]), ("leave-team", [])):
        address = page_of(name, brand, *args)
        assert "a brand needs one" in as_olga.get(address).text
        assert "needs an owner" in as_olga.post(address, follow=True).text
    page = as_olga.post(page_of("change-role", brand, mine.pk), {"role": "ANALYST"})
    assert "needs an owner" in page.context["form"].errors["role"][0]
    mine.refresh_from_db()
    assert mine.role == Role.OWNER


def test_a_role_that_is_none_is_explained(as_olga, anns, brand):
    page = as_olga.post(page_of("change-role", brand, anns.pk), {"role": "KING"})
    assert "valid choice" in page.context["form"].errors["role"][0]
    page = as_olga.post(page_of("change-role", brand, anns.pk), {})
    assert "Choose a role." in page.text


def test_anybody_may_leave(as_ann, ann, olga, brand):
    step_up(as_ann, ann)
    assert "you need an invitation" in as_ann.get(page_of("leave-team", brand)).text
    page = as_ann.post(page_of("leave-team", brand), follow=True)
    assert "You have left Northwind Roasters." in page.text
    assert as_ann.get(page_of("overview", brand)).status_code == 404


def test_handing_over_makes_the_owner_a_manager_at_once(as_olga, olga, ann, anns, brand):
    address = page_of("transfer-ownership", brand, anns.pk)
    assert "you become manager" in as_olga.get(address).text
    page = as_olga.post(address, follow=True)
    assert "is owner from now on, and you are manager" in page.text
    assert dict(brand.memberships.values_list("user__email", "role")) == {
        olga.email: "MANAGER",
        ann.email: "OWNER",
    }
    assert as_olga.get(address).status_code == 403


def test_handing_over_to_oneself_is_nothing(as_olga, olga, brand):
    address = page_of("transfer-ownership", brand, olga.memberships.get().pk)
    assert "yours already" in as_olga.get(address).text
    assert "somebody else" in as_olga.post(address, follow=True).text


def test_an_invitation_is_listed_with_the_state_of_its_e_mail(as_olga, brand):
    page = invite(as_olga, brand)
    assert "is on its way" in page.text
    assert "waiting to be sent" in page.text
    Invitation.objects.update(tries=1, tried_at=timezone.now())
    assert "being sent" in as_olga.get(page_of("team", brand)).text
    Invitation.objects.update(tried_at=timezone.now() - timedelta(minutes=3))
    assert "could not be sent" in as_olga.get(page_of("team", brand)).text
    Invitation.objects.update(sent_at=timezone.now())
    assert "sent " in as_olga.get(page_of("team", brand)).text
    Invitation.objects.update(expires_at=timezone.now())
    assert "expired" in as_olga.get(page_of("team", brand)).text


SOMEBODY = "(somebody)"  # not to be found in a nonce or a token


def test_an_address_with_an_account_is_treated_like_any_other(as_olga, stranger, brand):
    answers = [
        invite(as_olga, brand, email=email)
        for email in (stranger.email, "nobody@elsewhere.example")
    ]
    known, unknown = (
        page.text.replace("stranger@", "nobody@").replace("nobody@elsewhere.example", SOMEBODY)
        for page in answers
    )
    assert known.count(SOMEBODY) < unknown.count(SOMEBODY)
    assert "account" not in known.split('id="pending"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"email": ""}, "email", "Write the address"),
        ({"email": "nobody"}, "email", "such as ann@example.com"),
        ({"email": "x" * 300 + "@example.com"}, "email", "at most 254"),
        ({"email": "a\0@example.com"}, "email", "Null characters"),
        ({"email": "<script>@example.com"}, "email", "such as"),
        ({"email": "olga@northwind.example"}, "email", "in the team already"),
        ({"role": "KING"}, "role", "valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(as_olga, brand, change, field, sentence):
    page = invite(as_olga, brand, **change)
    assert sentence in page.context["form"].errors[field][0]
    assert not Invitation.objects.exists()


def test_an_open_invitation_is_sent_again_or_withdrawn(as_olga, brand):
    invite(as_olga, brand)
    assert "open invitation to this address" in invite(as_olga, brand).text
    invitation = Invitation.objects.get()
    link = link_of(invitation)
    again = as_olga.post(page_of("resend-invitation", brand, invitation.pk), follow=True)
    assert "waiting to be sent" in again.text
    link = link_of(invitation)
    address = page_of("withdraw-invitation", brand, invitation.pk)
    assert "is dead from now on" in as_olga.get(address).text
    assert "is withdrawn" in as_olga.post(address, follow=True).text
    assert as_olga.get(link).status_code == 410
    assert as_olga.get(address).status_code == 404


def test_the_e_mail_goes_to_the_worker_after_the_commit(
    as_olga, brand, monkeypatch, django_capture_on_commit_callbacks
):
    from brands import tasks

    handed = []
    monkeypatch.setattr(
        tasks.send_invitation, "apply_async", lambda **options: handed.append(options["kwargs"])
    )
    with django_capture_on_commit_callbacks(execute=True):
        invite(as_olga, brand)
    assert handed == [{"invitation_id": Invitation.objects.get().pk}]


@pytest.fixture
def link(brand, olga, stranger):
    """An invitation for the stranger."""
    return link_of(
        invitations.invite(
            brand=brand, email=stranger.email, role=Role.DEVELOPER, by=olga, now=timezone.now()
        )
    )


def test_who_is_not_signed_in_is_shown_the_way_and_comes_back(client, link):
    page = client.get(link)
    assert "Join the team of" in page.text
    assert "Olga" in page.text
    assert "stranger@elsewhere.example" not in page.text
    assert f"/accounts/login/?next={link.replace('/', '%2F')}" in page.text
    assert client.post(link)["Location"] == f"/accounts/login/?next={link}"


def test_who_was_invited_accepts_and_is_in(client, link, stranger, brand):
    client.force_login(stranger)
    assert "Accept" in client.get(link).text
    page = client.post(link, {"answer": "accept"}, follow=True)
    assert "Welcome to the team of Northwind Roasters." in page.text
    assert stranger.memberships.get().role == Role.DEVELOPER
    assert "not open" in client.get(link).text


def test_who_was_invited_may_decline(client, link, stranger, brand):
    client.force_login(stranger)
    page = client.post(link, {"answer": "decline"}, follow=True)
    assert "You have declined" in page.text
    assert not stranger.memberships.exists()


def test_another_account_is_told_why_it_cannot_answer(as_ann, link, ann):
    page = as_ann.get(link)
    assert "you are signed in as" in page.text
    assert 'value="accept"' not in page.text
    page = as_ann.post(link, {"answer": "accept"}, follow=True)
    assert ann.memberships.count() == 1
    assert "you are signed in as" in page.text


def test_an_unproved_address_is_told_what_to_do(client, link, stranger):
    EmailAddress.objects.filter(user=stranger).update(verified=False)
    client.force_login(stranger)
    assert "enter the code" in client.get(link).text
    client.post(link, {"answer": "accept"})
    assert not stranger.memberships.exists()


@pytest.mark.parametrize("token", ["x", "a" * 2_000, "%00", "%F0%9F%8E%81", "<script>"])
def test_a_link_that_is_none_says_so(client, db, token):
    page = client.get(f"/invitation/{token}/")
    assert page.status_code == 404
    assert "not open" in page.text


def test_a_hostile_brand_is_only_text(client, link, brand):
    brand.name = "<script>alert(1)</script>\u202e"
    brand.save()
    assert "<script>alert" not in client.get(link).text
