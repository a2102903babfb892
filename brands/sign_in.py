"""What happens when somebody has signed in: it counts as proof for a while, and new devices are told."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context as current
from django.http import HttpRequest, HttpResponse

from brands import devices
from brands.models import User

# Behind a Unix socket nobody has an address.
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - not listened on


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The part of the account adapter that signing in and telling people belong to."""

    def login(self, request: HttpRequest, user: User) -> None:
        request.was_here_before = user.last_login is not None  # type: ignore[attr-defined]
        super().login(request, user)
        # Every step that this person has to pass is passed. Who has just done so is not asked again.
        record_authentication(request, user, "signed-in", reauthenticated=True)

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        # The very first sign-in is no news to whoever has just chosen the password.
        if getattr(request, "was_here_before", False) and not devices.is_known(request, user):
            self.send_notification_mail("account/email/new_sign_in", user)
        devices.remember(request, response, user)
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        device = devices.device_of(current.request)
        about = {"device": device, "tells_only": True, **(context or {})}
        super().send_notification_mail(template_prefix, user, about, email)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that attempts are counted under, and sessions are listed with.

        TrustedProxyMiddleware has put the client's own into REMOTE_ADDR; no header is believed here.
        Where there is none, all attempts share one count.
        """
        try:
            return f"{ip_address(request.META.get('REMOTE_ADDR', '').partition('%')[0])}"
        except ValueError:
            return NO_ADDRESS
