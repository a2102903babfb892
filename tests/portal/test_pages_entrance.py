"""Signing in and out, where one lands, and the pages of trouble."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from brands.models import Membership, Role

PASSWORD = "a long password of Ann"


def sign_in(client: Client, password: str = PASSWORD, **more: str):
    form = {"login": "ann@northwind.example", "password": password, **more}
    return client.post(reverse("account_login"), form)


def test_signing_in_leads_to_the_brand(client, ann, brand):
    assert sign_in(client).url == "/"
    assert client.get("/").url == reverse("portal:overview", args=[brand.slug])


def test_a_wrong_password_is_explained_and_the_address_kept(client, ann):
    page = sign_in(client, password="not it")
    assert "do not belong together" in page.text
    assert 'value="ann@northwind.example"' in page.text
    assert "not it" not in page.text


def test_signing_in_leads_back_to_where_one_wanted_to_go(client, ann, brand):
    wanted = reverse("portal:log", args=[brand.slug])
    assert client.get(wanted).url == f"{reverse('account_login')}?next={wanted}"
    assert sign_in(client, next=wanted).url == wanted


def test_nobody_is_led_to_another_site(client, ann):
    assert sign_in(client, next="https://evil.example/").url == "/"


def test_with_several_brands_one_chooses(as_ann, ann, brand, other_brand):
    Membership.objects.create(user=ann, brand=other_brand, role=Role.ANALYST)
    assert as_ann.get("/").url == reverse("brands")
    page = as_ann.get(reverse("brands"))
    assert brand.name in page.text
    assert other_brand.name in page.text


def test_without_a_brand_one_is_told_what_to_do(client, stranger):
    client.force_login(stranger)
    page = client.get("/", follow=True)
    assert "You have no brand yet" in page.text
    assert stranger.email in page.text


def test_signing_out_asks_first(as_ann):
    assert "Sign out?" in as_ann.get(reverse("account_logout")).text
    assert as_ann.get("/brands/").status_code == 200
    as_ann.post(reverse("account_logout"))
    assert as_ann.get("/brands/").status_code == 302


def test_a_forgotten_password_is_chosen_anew(client, ann):
    client.post(reverse("account_reset_password"), {"email": ann.email})
    sent = mail.outbox[0]
    assert sent.subject.endswith("Choose a new password")
    link = re.search(r"http://\S+", f"{sent.body}")
    assert link is not None
    form = client.get(link[0], follow=True)
    assert "Choose a new password" in form.text
    new = {"password1": "something else entirely", "password2": "something else entirely"}
    done = client.post(form.request["PATH_INFO"], new, follow=True)
    assert "Your password is changed" in done.text
    assert sign_in(client, password="something else entirely").status_code == 302
    client.logout()
    assert "This link works no more" in client.get(link[0], follow=True).text


def test_an_unknown_address_gets_the_same_page(client, ann):
    known = client.post(reverse("account_reset_password"), {"email": ann.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "x@y.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert "Nobody signs in with this address" in mail.outbox[1].subject


def test_changing_the_password_ends_the_other_sessions(as_ann, ann):
    elsewhere = Client()
    sign_in(elsewhere)
    form = {
        "oldpassword": PASSWORD,
        "password1": "another long one!",
        "password2": "another long one!",
    }
    page = as_ann.post(reverse("account_change_password"), form, follow=True)
    assert "Your password is changed." in page.text
    assert elsewhere.get("/brands/").status_code == 302


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/"])
def test_pages_that_we_do_not_keep_are_not_there(as_ann, path):
    assert as_ann.get(path).status_code == 404


def test_what_is_not_there_is_said_in_our_frame(as_ann):
    page = as_ann.get("/nothing/here/")
    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_a_form_without_its_token_is_refused_with_a_way_on(ann):
    strict = Client(enforce_csrf_checks=True)
    page = strict.post(reverse("account_login"), {})
    assert page.status_code == 403
    assert "This form was open for too long" in page.text


def test_a_mistake_of_ours_says_so(client, brand, ann, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr("portal.views.log.log_page", broken)
    client.force_login(ann)
    client.raise_request_exception = False
    page = client.get(reverse("portal:log", args=[brand.slug]))
    assert page.status_code == 500
    assert "That is our mistake" in page.text


def test_scripts_carry_the_nonce_of_the_policy_and_nothing_is_inline(as_ann, brand):
    page = as_ann.get(reverse("portal:overview", args=[brand.slug]))
    nonce = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
    assert nonce is not None
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert len(scripts) == 2
    assert all(f'nonce="{nonce[1]}"' in script and "src=" in script for script in scripts)
    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on", page.text)
