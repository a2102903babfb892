"""Pages of second factors: django-allauth's, where they would lead astray."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator


@method_decorator(login_not_required, name="dispatch")
class SignInByPasskey(LoginWebAuthnView):  # type: ignore[misc]
    """A challenge for the browser's script, then its answer. Nobody is led away by a wrong one."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Each challenge is a row in the table of sessions, for somebody who is nobody yet.
        limited = ratelimit.consume_or_429(
            request, app="allauth.mfa", action="passkey_challenge", limit_get=True
        )
        return cast("HttpResponse", limited or super().get(request, *args, **kwargs))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        tell(self.request, form)
        return redirect(add_query_params(reverse("account_login"), next_of(self.request)))


class StepUpByPasskey(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Stays where it is when the passkey is refused, so that what waits is not lost."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        tell(self.request, form)
        return redirect(add_query_params(self.request.path, next_of(self.request)))


def tell(request: HttpRequest, form: BaseForm) -> None:
    for sentences in form.errors.values():
        for sentence in sentences:
            get_adapter().add_message(request, messages.ERROR, message=sentence)


def next_of(request: HttpRequest) -> dict[str, str]:
    wanted = request.POST.get("next") or request.GET.get("next")
    return {"next": wanted} if wanted else {}
