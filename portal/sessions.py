"""Where a person is signed in: noted now and then, listed, and ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from brands import devices
from brands.models import User
from brands.sign_in import NO_ADDRESS
from events import services as events
from portal import stepup
from portal.live.names import of_session

# Seconds. "Last seen" need not be truer, and a page that is read costs no write.
NOTED_EVERY = 300
NOTED_AT = "noted_at"
GetResponse = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class SignedIn:
    """One session, as its owner sees it."""

    id: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    current: bool


class SessionsMiddleware:
    """Note where and when a session was last seen, at most every five minutes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        # A page without a session asks nothing of the database here.
        if request.session.session_key and request.user.is_authenticated:
            now = time.time()
            if now - request.session.get(NOTED_AT, 0) > NOTED_EVERY:
                request.session[NOTED_AT] = now
                stepup.forget_stale(request.session)
                UserSession.objects.create_from_request(request)


def sessions_of(user: User, *, current: str | None) -> list[SignedIn]:
    """The living ones, this one first, then the last seen. Those that have ended are forgotten."""
    living = [
        SignedIn(
            id=each.pk,
            device=devices.describe(each.user_agent),
            address="" if each.ip == NO_ADDRESS else each.ip,
            began_at=each.created_at,
            seen_at=each.last_seen_at,
            current=each.session_key == current,
        )
        for each in UserSession.objects.purge_and_list(user)
    ]
    return sorted(living, key=lambda each: (each.current, each.seen_at), reverse=True)


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session with the key `but`. How many have ended."""
    ending = UserSession.objects.filter(user_id=user.pk).exclude(session_key=but)
    count = 0
    for each in ending:
        end_session(each)
        count += 1
    return count


def end_session(session: UserSession) -> None:
    """Sign out there. Pages that are kept open there hear of it at once."""
    session.end()
    events.end_streams(of_session(session.session_key))


def forget_ended() -> None:
    """Drop sessions whose time is over, and the notes about them."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
