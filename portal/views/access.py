"""What a view gets behind the middleware, and who may enter it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from brands.models import Brand, Membership, User
from brands.roles import Permission, may
from portal.middleware import admit
from portal.stepup import is_proved

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """Behind LoginRequiredMiddleware and HtmxMiddleware."""

    user: User
    htmx: HtmxDetails


class BrandPageRequest(PageRequest):
    """Behind BrandMiddleware as well: the brand is one of the person's own."""

    brand: Brand
    membership: Membership


BrandView = Callable[Concatenate[BrandPageRequest, P], HttpResponseBase]


def needs(
    permission: Permission, *, step_up: bool = False
) -> Callable[[BrandView[P]], BrandView[P]]:
    """Refuse members of the team whose role does not include the permission.

    With `step_up` the person must besides have proved who they are within the last five minutes
    (ACCOUNT_REAUTHENTICATION_TIMEOUT); if not, they are asked to, and come back to where they were.
    """

    def decorate(view: BrandView[P]) -> BrandView[P]:
        @wraps(view)
        def guarded(
            request: BrandPageRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            # A form that waited for the person to step up comes here without the middleware.
            admit(request, kwargs)
            if not may(request.membership.role, permission):
                raise PermissionDenied
            if step_up and not is_proved(request):
                raise ReauthenticationRequired
            return view(request, *args, **kwargs)

        guarded.step_up = step_up  # type: ignore[attr-defined]
        return guarded

    return decorate
