"""Whoever may not watch any more is not let in again, and what they watch ends."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.urls import reverse

from brands.models import Membership, Role
from events.channels import ENDED
from portal import sessions
from portal.live.names import of_person
from portal.live.revoking import password_changed
from portal.live.tokens import admit
from tests.sign_in import step_up


@pytest.fixture
def ended():
    """The names that are told to `live`, waited for one at a time."""
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        listener = client.pubsub(ignore_subscribe_messages=True)
        listener.subscribe(ENDED)
        listener.get_message(timeout=1)

        def wait() -> str | None:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                message = listener.get_message(ignore_subscribe_messages=True, timeout=0.2)
                if message:
                    return str(message["data"])
            return None

        yield wait
        listener.close()


def names_of(client, brand) -> tuple[str, ...]:
    address = client.get(reverse("portal:live-stream", args=[brand.slug])).json()["address"]
    admitted = admit(parse_qs(urlsplit(address).query)["token"][0])
    assert admitted.brand == brand.pk
    return admitted.names


def test_signing_out_ends_what_this_session_watches(as_ann, brand, ended):
    names = names_of(as_ann, brand)
    as_ann.post(reverse("account_logout"))
    assert ended() == names[0]
    assert as_ann.get(reverse("portal:live-stream", args=[brand.slug])).status_code == 302


def test_a_session_that_is_ended_from_elsewhere_ends_what_it_watches(as_ann, ann, brand, ended):
    names = names_of(as_ann, brand)
    # As after five minutes: it is noted where this session is.
    session = as_ann.session
    del session[sessions.NOTED_AT]
    session.save()
    as_ann.get(reverse("account_security"))
    assert sessions.end_sessions(ann) == 1
    assert ended() == names[0]


def test_a_new_password_ends_all_that_the_person_watches(as_ann, ann, brand, ended):
    assert of_person(ann.pk) in names_of(as_ann, brand)
    password_changed(user=ann)
    assert ended() == of_person(ann.pk)


def test_who_is_taken_out_of_the_team_watches_this_brand_no_more(
    as_ann, ann, brand, stranger, ended
):
    names = names_of(as_ann, brand)
    Membership.objects.create(user=stranger, brand=brand, role=Role.OWNER)
    hers = Membership.objects.get(user=ann, brand=brand)
    theirs = Client()
    theirs.force_login(stranger)
    step_up(theirs, stranger)
    theirs.post(reverse("portal:remove-member", args=[brand.slug, hers.pk]))
    assert ended() == names[2]
    assert as_ann.get(reverse("portal:live-stream", args=[brand.slug])).status_code == 404
