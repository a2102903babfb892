"""Secret keys and signing secrets on their page: shown once, rotated with an overlap, ended at once."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from brands import services as brands
from brands.models import Role
from tests.sign_in import step_up

SECRET = re.compile(r"rsk_[0-9A-Za-z]{49}")
SIGNING = re.compile(r"whsec_[0-9A-Za-z+/]{43}=")


@pytest.fixture
def ann_again(as_ann, ann):
    """Ann, who has just proved who she is."""
    step_up(as_ann, ann)
    return as_ann


@pytest.fixture
def key(brand, ann):
    now = timezone.now()
    return brands.create_key(brand=brand, name="Till", scopes=["events:write"], by=ann, now=now).key


@pytest.fixture
def secret(brand, ann):
    return brands.create_signing_secret(brand=brand, by=ann, now=timezone.now()).row


def page_of(name, brand, *args):
    return reverse(f"portal:{name}", args=[brand.slug, *args])


def new(**changes):
    return {"name": "Shop backend", "scopes": ["events:write"], "form": f"{uuid4()}"} | changes


def test_without_a_key_the_page_says_what_one_is_for(as_ann, brand):
    page = as_ann.get(page_of("keys", brand))
    assert "No key yet" in page.text
    assert "Make a signing secret" in page.text


def test_a_key_is_made_and_shown_once(ann_again, ann, brand):
    page = ann_again.post(page_of("add-key", brand), new(scopes=["events:write", "events:read"]))
    secret = SECRET.search(page.text)[0]
    key = brand.api_keys.get()
    assert bytes(key.digest) == brands.key_digest(secret)
    assert (key.name, key.created_by, key.scopes) == (
        "Shop backend",
        ann,
        ["events:read", "events:write"],
    )
    assert "no-store" in page["Cache-Control"]
    assert page.text.count(secret) == 1
    assert "Bearer $RESONANCE_KEY" in page.context["call"]
    listed = ann_again.get(page_of("keys", brand)).text
    assert f"rsk_…{secret[-4:]}" in listed
    assert "Send events" in listed
    assert secret not in listed


def test_the_secret_is_stored_nowhere(ann_again, brand):
    page = ann_again.post(page_of("add-key", brand), new())
    secret = SECRET.search(page.text)[0]
    kept = "".join(f"{each.get_decoded()}" for each in Session.objects.all())
    cookies = "".join(each.value for each in ann_again.cookies.values())
    assert secret not in kept + cookies + f"{list(brand.audit_entries.values())}"


def test_a_form_that_is_sent_again_makes_no_second_key(ann_again, brand):
    form = new()
    secret = SECRET.search(ann_again.post(page_of("add-key", brand), form).text)[0]
    page = ann_again.post(page_of("add-key", brand), form, follow=True)
    assert "no second one" in page.text
    assert secret not in page.text
    assert brand.api_keys.count() == 1
    ann_again.post(page_of("add-key", brand), new())
    assert brand.api_keys.count() == 2


def test_every_form_is_another_one(ann_again, brand):
    forms = [ann_again.get(page_of("add-key", brand)).context["form"] for _ in range(2)]
    first, second = (form["form"].value() for form in forms)
    assert first != second
    assert [box.data["selected"] for box in forms[0]["scopes"]] == [True, False, False]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": " "}, "name", "Give the key a name"),
        ({"name": "x" * 81}, "name", "at most 80"),
        ({"name": "a\0b"}, "name", "Null characters"),
        ({"scopes": []}, "scopes", "at least one"),
        ({"scopes": ["events:destroy"]}, "scopes", "valid choice"),
        ({"form": "nonsense"}, "form", "valid UUID"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(ann_again, brand, change, field, sentence):
    page = ann_again.post(page_of("add-key", brand), new(**change))
    assert sentence in page.context["form"].errors[field][0]
    assert f'id="id_{field}_error"' in page.text
    assert not brand.api_keys.exists()


def test_a_hostile_name_is_only_text(ann_again, brand):
    name = "<script>alert(1)</script>\u202e" + "W" * 40
    ann_again.post(page_of("add-key", brand), new(name=name))
    text = ann_again.get(page_of("keys", brand)).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_rotating_shows_the_new_one_and_says_until_when_the_old_one_lives(ann_again, brand, key):
    address = page_of("rotate-key", brand, key.pk)
    assert "for 24 hours" in ann_again.get(address).text
    page = ann_again.post(address)
    assert bytes(brand.api_keys.latest("pk").digest) == brands.key_digest(
        SECRET.search(page.text)[0]
    )
    key.refresh_from_db()
    assert key.expires_at - timezone.now() > timedelta(hours=23, minutes=59)
    ends = f"{key.expires_at.astimezone(brand.zone):%H:%M:%S}"
    assert ends in page.text
    again = ann_again.post(address, follow=True)
    assert "is being replaced already" in again.text
    assert brand.api_keys.count() == 2
    assert "Ends" in again.text


def test_a_revoked_key_is_folded_away(ann_again, brand, key):
    address = page_of("revoke-key", brand, key.pk)
    asked = ann_again.get(address).text
    assert "refused from the next one on" in asked
    assert "never been used" in asked
    page = ann_again.post(address, follow=True)
    assert "is revoked" in page.text
    key.refresh_from_db()
    assert key.revoked_at
    assert page.context["living"] == []
    assert "1 that has ended" in page.text
    assert "has ended already" in ann_again.get(address).text
    assert "Make a new key" in ann_again.get(page_of("rotate-key", brand, key.pk)).text


def test_when_a_key_was_last_used_is_said(as_ann, brand, key):
    assert "never" in as_ann.get(page_of("keys", brand)).text
    brand.api_keys.update(last_used_at=timezone.now() - timedelta(minutes=3, seconds=5))
    assert "3\xa0minutes ago" in as_ann.get(page_of("keys", brand)).text


def test_a_signing_secret_is_shown_once_and_made_once(ann_again, brand):
    address = page_of("add-signing-secret", brand)
    assert "highest trust" in ann_again.get(address).text
    page = ann_again.post(address)
    secret = SIGNING.search(page.text)[0]
    assert secret == brands.signing_secret(brand.signing_secrets.get())
    assert "no-store" in page["Cache-Control"]
    again = ann_again.post(address, follow=True)
    assert "There is a signing secret already" in again.text
    assert secret not in again.text


def test_a_signing_secret_is_rotated_and_the_old_one_ended_early(ann_again, brand, secret):
    address = page_of("rotate-signing-secret", brand)
    assert secret.last_four in ann_again.get(address).text
    page = ann_again.post(address)
    assert SIGNING.search(page.text)
    assert f"whsec_…{secret.last_four}" in page.text
    assert "End the older one first" in ann_again.post(address, follow=True).text
    end = page_of("end-signing-secret", brand, secret.pk)
    assert "now?" in ann_again.get(end).text
    assert "has ended" in ann_again.post(end, follow=True).text
    assert brand.signing_secrets.get().expires_at is None
    last = page_of("end-signing-secret", brand, brand.signing_secrets.get().pk)
    assert "the only one" in ann_again.get(last).text
    ann_again.post(last)
    assert not brand.signing_secrets.exists()


def test_the_shown_code_signs_as_the_api_wants_it(as_ann, brand, secret, facts):
    """Run in a process of its own, with the network taken away."""
    code = as_ann.get(page_of("keys", brand)).context["signed_call"]
    caught = code.replace(
        "print(urllib.request.urlopen(call).read().decode())",
        "print(json.dumps([call.data.decode(), dict(call.header_items())]))",
    )
    run = subprocess.run(
        [sys.executable, "-c", caught],
        env={**os.environ, "RESONANCE_SIGNING_SECRET": brands.signing_secret(secret)},
        capture_output=True,
        text=True,
        check=True,
    )
    import json

    from brands.http import signatures

    body, headers = json.loads(run.stdout)
    lower = {name.lower(): value for name, value in headers.items()}
    assert lower["x-resonance-brand"] == brand.public_id
    assert signatures.holds(body.encode(), lower, [facts().secrets[0].secret])


def test_writing_asks_again_who_it_is_and_goes_on_where_it_was(as_ann, brand):
    page = as_ann.post(page_of("add-key", brand), new())
    assert "/reauthenticate/" in page["Location"]
    assert not brand.api_keys.exists()
    page = as_ann.post(page["Location"], {"password": "a long password of Ann"})
    assert SECRET.search(page.text)
    assert brand.api_keys.count() == 1


@pytest.mark.parametrize("role", [Role.ANALYST])
def test_who_may_not_manage_keys_sees_none(as_role, brand, role):
    assert as_role(role).get(page_of("keys", brand)).status_code == 403
