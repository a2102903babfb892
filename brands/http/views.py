"""What the views of the API share."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import simplejson
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from brands.http import cors
from brands.queries import BrandFacts
from brands.timing import Timing


class ApiRequest(HttpRequest):
    """What a view gets behind brands.http.middleware.ApiMiddleware."""

    request_id: str
    timing: Timing
    # Once the brand is known: its pages may read the answer.
    brand_facts: BrandFacts
    # Once the caller is known: whose call it is, for the brand's response times.
    called_for: BrandFacts


class AlwaysJson(BaseContentNegotiation):
    """Whatever the caller accepts: a refusal to answer would be a second way to fail."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Only the documented methods. OPTIONS is a browser asking first, where browsers may call at all."""

    content_negotiation_class = AlwaysJson
    for_browsers: ClassVar[bool] = False

    @property
    def allowed_methods(self) -> list[str]:
        return [method for method in super().allowed_methods if method != "OPTIONS"]

    def options(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:  # type: ignore[override]
        django_request = self.django_request(request)
        if not self.for_browsers or not cors.is_preflight(django_request):
            raise MethodNotAllowed("OPTIONS")
        return cors.preflight(django_request, ", ".join(self.allowed_methods))

    @staticmethod
    def django_request(request: Request) -> ApiRequest:
        return cast("ApiRequest", request._request)  # noqa: SLF001


def answer(data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(simplejson.dumps(data), content_type="application/json", headers=headers)
