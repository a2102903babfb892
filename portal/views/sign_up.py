"""Proving the address that one signed up with, by the code that was mailed to it."""

from typing import Any

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.internal.stagekit import unstash_login
from allauth.account.views import ConfirmEmailVerificationCodeView
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from brands import services as brands

EXPIRED = "The code has expired. Sign in with your new password, and another one is sent."
WORN_OUT = "That was not the code, too many times. Sign in, and another one is sent."


@method_decorator([login_not_required, never_cache], name="dispatch")
class EnterCode(ConfirmEmailVerificationCodeView):  # type: ignore[misc]
    """Whoever signed up with an address that has an account sees the same, with a code that nobody has."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("home")
        waited = EMAIL_VERIFICATION_CODE_SESSION_KEY in request.session
        process = EmailVerificationProcess.resume(request)
        if process is None:
            if waited:
                messages.error(request, EXPIRED)
            return redirect("account_login")
        action = request.POST.get("action")
        if action in {"restart", "sign-in"}:
            page = "account_signup" if action == "restart" else "account_login"
            return start_over(request, process, page=page)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def _verify_form_invalid(self, form: Any) -> HttpResponse:
        if self._process.record_invalid_attempt():
            again: HttpResponse = self.render_to_response(self.get_context_data(form=form))
            return again
        messages.error(self.request, WORN_OUT)
        return redirect("account_login")

    def _resend_form_valid(self, _form: Any) -> HttpResponse:
        try:
            self._process.resend()
        except ImmediateHttpResponse:
            messages.warning(self.request, "One was sent just now. Give it ten seconds.")
        else:
            messages.success(
                self.request, "Another code is on its way. The one before holds no more."
            )
        return redirect("account_email_verification_sent")


def start_over(
    request: HttpRequest, process: EmailVerificationProcess, *, page: str
) -> HttpResponse:
    """Back to signing up with another address, or to signing in. What was begun is forgotten.

    Signing in needs it too: while a code is awaited, its page stands before every other.
    """
    login = unstash_login(request, peek=True)
    user = process.user
    process.abort()
    if user is not None:
        brands.forget_unfinished(user=user)
    query = {"next": login.redirect_url} if login and login.redirect_url else {}
    return redirect(f"{reverse(page)}?{urlencode(query)}".rstrip("?"))
