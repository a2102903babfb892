"""Where django-allauth's choices are ours."""

import logging
import re
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from brands.services.invitations import invitation_of
from brands.sign_in import SignInAdapter

log = logging.getLogger(__name__)


class AccountAdapter(SignInAdapter):
    """Signing up and in by e-mail. RESONANCE_SIGNUP decides whether people can sign up by themselves."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "incorrect_code": "This is not the code. Look for the newest mail: each code replaces the one before.",
        "too_many_login_attempts": "Too many attempts. Wait five minutes and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whoever was invited to a team may always make the account that the invitation is for."""
        return settings.RESONANCE_SIGNUP == "open" or is_invited(request)

    def send_mail(self, template_prefix: str, email: str, context_: dict[str, Any]) -> None:
        """Say so where the mail could not be sent; the page that follows lets people try again."""
        try:
            super().send_mail(template_prefix, email, context_)
        except (SMTPException, OSError) as error:
            log.warning("mail could not be sent", extra={"error": type(error).__name__})
            # What only tells people about something that is done keeps nobody waiting.
            if not context_.get("tells_only"):
                messages.error(
                    context.request, "The mail could not be sent just now. Try again in a minute."
                )


INVITATION = re.compile(r"/invitation/([\w-]{1,128})/")


def is_invited(request: HttpRequest) -> bool:
    """Whether the form leads on to an open invitation, and is sent for the address that was invited."""
    data = request.POST if request.method == "POST" else request.GET
    found = INVITATION.fullmatch(data.get("next", ""))
    invitation = found and invitation_of(found[1])
    if not invitation or not invitation.is_open(timezone.now()):
        return False
    return request.method != "POST" or data.get("email", "").strip().lower() == invitation.address
