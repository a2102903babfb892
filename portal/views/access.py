"""What a view gets behind the middleware, and who may enter it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from brands.models import Brand, Membership, User
from brands.roles import Permission, may

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """Behind LoginRequiredMiddleware and HtmxMiddleware."""

    user: User
    htmx: HtmxDetails


class BrandPageRequest(PageRequest):
    """Behind BrandMiddleware as well: the brand is one of the person's own."""

    brand: Brand
    membership: Membership


BrandView = Callable[Concatenate[BrandPageRequest, P], HttpResponse]


def needs(permission: Permission) -> Callable[[BrandView[P]], BrandView[P]]:
    """Refuse members of the team whose role does not include the permission."""

    def decorate(view: BrandView[P]) -> BrandView[P]:
        @wraps(view)
        def guarded(
            request: BrandPageRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if not may(request.membership.role, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
