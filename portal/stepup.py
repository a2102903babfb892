"""Asking again who it is: a form that has to wait for the answer is kept, and sent once it came.

django-allauth would keep it as well, but with every header, in the clear, for as long as the session
lives, and would send it for another visit to the same page.
"""

import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from brands.sealing import CannotUnseal, seal, unseal

# Seconds that a form waits. Then it is typed again: what is in it may be secret.
KEPT_FOR = 600
# Characters; nothing that a person types is longer.
LONGEST = 200_000
CALLBACK = "portal.stepup.resume"
OPERATING = {"admin", "network"}
TYPE_AGAIN = "You are confirmed. Your form was not sent, so look at it and send it again."
GetResponse = Callable[[HttpRequest], HttpResponse]


def is_proved(request: HttpRequest) -> bool:
    """Whether the person has proved who they are within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    oldest = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(each.get("reauthenticated") and each["at"] > oldest for each in records)


class StepUpMiddleware:
    """Send whoever has to prove again who they are to the page that asks, and a fragment's page with them.

    An operator's pages (the desk, and those of the network) reach every brand: whatever is changed on them asks
    for it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if is_operating(request) and request.user.is_authenticated and not is_proved(request):
            return suspend(request)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return suspend(request) if isinstance(error, ReauthenticationRequired) else None


def is_operating(request: HttpRequest) -> bool:
    """Whether an operator changes something."""
    match = request.resolver_match
    if match is None or match.app_name not in OPERATING or request.method != "POST":
        return False
    return match.url_name != "logout"


def suspend(request: HttpRequest) -> HttpResponse:
    """To the page that asks; what was sent waits, sealed, in the session."""
    request.session.pop(STATE_SESSION_KEY, None)
    if request.method == "POST":
        keep(request)
    methods = get_adapter().get_reauthentication_methods(request.user)
    # Somebody who came by another site's account may have nothing yet that we could ask for.
    page = methods[0]["url"] if methods else reverse("account_set_password")
    address = f"{page}?{urlencode({'next': request.get_full_path()})}"
    if request.htmx:  # type: ignore[attr-defined]
        return cast("HttpResponse", HttpResponseClientRedirect(address))
    return redirect(address)


def keep(request: HttpRequest) -> None:
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    text = form.urlencode()
    # A file does not wait, and without it the form would be another one.
    whole = len(text) <= LONGEST and not request.FILES
    kept = {
        "user": request.user.pk,
        "at": time.time(),
        "address": request.get_full_path(),
        "page": page_of(request),
        "form": seal(text).decode() if whole else None,
    }
    request.session[STATE_SESSION_KEY] = {"callback": CALLBACK, "state": kept}


def page_of(request: HttpRequest) -> str:
    """The page of ours that the form was on; not every address that takes forms is one."""
    said = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(said, {request.get_host()}, request.is_secure()):
        page = urlsplit(said)
        return page._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return request.get_full_path()


def resume(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    """What django-allauth calls once the person has proved who they are: send the form that waits.

    Only for the same person, to the page that it was for, and for ten minutes.
    """
    asked_for = get_next_redirect_url(request) or get_adapter().get_login_redirect_url(request)
    if kept["address"] != asked_for or kept["user"] != request.user.pk:
        return redirect(asked_for)
    form = None if is_stale(kept) else opened(kept["form"])
    if form is None:
        messages.warning(request, TYPE_AGAIN)
        return redirect(kept["page"])
    return send(request, kept["address"], form)


def opened(sealed: str | None) -> str | None:
    try:
        return unseal(sealed.encode()) if sealed else None
    except CannotUnseal:
        return None


def is_stale(kept: dict[str, Any]) -> bool:
    return bool(time.time() - kept["at"] > KEPT_FOR)


def forget_stale(session: SessionBase) -> None:
    """Drop what was typed into a form that has waited for too long."""
    kept = session.get(STATE_SESSION_KEY, {}).get("state")
    if kept and kept["form"] and is_stale(kept):
        kept["form"] = None
        session.modified = True


def send(request: HttpRequest, address: str, form: str) -> HttpResponse:
    """The view's answer to the form, as if it had been sent now, by a page and not by a fragment.

    The request that waited has passed the check of its token, and so has the one that is here.
    """
    path, _, query = address.partition("?")
    match = resolve(path)
    request.path = request.path_info = path
    request.META |= {"PATH_INFO": path, "QUERY_STRING": query}
    request.GET = QueryDict(query)
    request.POST = QueryDict(form)
    request._files = MultiValueDict()  # type: ignore[attr-defined]  # noqa: SLF001
    request.resolver_match = match
    return cast("HttpResponse", match.func(request, *match.args, **match.kwargs))
