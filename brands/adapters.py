"""Where django-allauth's choices are ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by e-mail; accounts are made by invitation and by the operator for now."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "too_many_login_attempts": "Too many attempts. Wait five minutes and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that attempts are counted under.

        TrustedProxyMiddleware has put the client's own into REMOTE_ADDR; no header is believed here.
        Behind a Unix socket there is none: then all attempts share one count.
        """
        return request.META.get("REMOTE_ADDR") or "unknown"
