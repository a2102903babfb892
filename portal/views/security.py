"""How a person's account is kept safe: password, second factors, where it is signed in."""

from typing import Any, cast

from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from brands.models import User
from brands.sealing import CannotUnseal
from brands.second_factors import relying_party
from portal import sessions
from portal.views.access import PageRequest


def person(request: HttpRequest) -> User:
    return cast("PageRequest", request).user


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    here = request.get_host().rpartition(":")[0] or request.get_host()
    signed_in = sessions.sessions_of(user, current=request.session.session_key)
    return render(
        request,
        "account/security.html",
        {
            **factors_of(user),
            "signed_in": signed_in,
            "elsewhere": sum(not each.current for each in signed_in),
            "passkeys_here": here == relying_party(),
        },
    )


def factors_of(user: User) -> dict[str, Any]:
    mine = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    codes = next((each for each in mine if each.type == Authenticator.Type.RECOVERY_CODES), None)
    return {
        "app": next((each for each in mine if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in mine if each.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": codes_left(codes) if codes else 0,
        "codes_made": mfa.RECOVERY_CODE_COUNT,
        "codes_seen": bool(codes and codes.wrap().did_view),
    }


def codes_left(codes: Authenticator) -> int:
    try:
        return len(codes.wrap().get_unused_codes())
    except CannotUnseal:
        return 0


@require_http_methods(["GET", "POST"])
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Ask, then sign out there. For the session that is asking, signing out has a page of its own."""
    session = get_object_or_404(UserSession, pk=session_id, user=person(request))
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    if request.method == "POST":
        sessions.end_session(session)
        messages.success(request, "That session has ended.")
        return redirect("account_security")
    shown = next(
        (
            each
            for each in sessions.sessions_of(person(request), current=None)
            if each.id == session.pk
        ),
        None,
    )
    if shown is None:
        messages.success(request, "That session has ended by itself.")
        return redirect("account_security")
    return render(request, "account/end_session.html", {"session": shown})


@require_http_methods(["GET", "POST"])
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        ended = sessions.end_sessions(person(request), but=request.session.session_key)
        messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
        return redirect("account_security")
    mine = sessions.sessions_of(person(request), current=request.session.session_key)
    return render(
        request, "account/end_sessions.html", {"others": [s for s in mine if not s.current]}
    )
