"""Whoever signs out, or changes their password, watches nothing any more in what was signed in before."""

from typing import Any

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from brands.models import User
from events import services as events
from portal.live.names import of_person, of_session


def signed_out(*, request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None and request.session.session_key:
        events.end_streams(of_session(request.session.session_key))


def password_changed(*, user: User, **_: Any) -> None:
    """Their pages load again, and the other sessions find that they have ended."""
    events.end_streams(of_person(user.pk))


def connect() -> None:
    user_logged_out.connect(signed_out, weak=False, dispatch_uid="live.signed_out")
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(password_changed, weak=False, dispatch_uid="live.password_changed")
