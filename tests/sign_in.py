"""Signing in without the form, as recently as a test wants."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows import login
from django.test import Client

from brands.models import User


def step_up(client: Client, user: User, *, seconds_ago: float = 0) -> None:
    """As if the signed-in person had just proved again who they are."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    ]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = f"{user.pk}"
    session.save()
