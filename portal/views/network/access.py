"""Who may see the operator's pages, and what all of them show."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpResponse
from django.shortcuts import render

from analytics.models import Alert
from portal.views.access import PageRequest

P = ParamSpec("P")
View = Callable[Concatenate[PageRequest, P], HttpResponse]
TABS = [("overview", "Overview"), ("health", "Health"), ("alerts", "Alerts")]


def for_staff(view: View[P]) -> View[P]:
    """404 for everyone else, so that nobody learns what there is. What changes something asks again who it is
    (`portal.stepup`)."""

    @wraps(view)
    def guarded(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def show(request: PageRequest, template: str, tab: str, context: Mapping[str, Any]) -> HttpResponse:
    """A page in the network's frame, with what every one of them has to say first."""
    opened = list(Alert.objects.filter(closed_at=None).values_list("kind", flat=True))
    around = {
        "tab": tab,
        "tabs": TABS,
        "books_are_off": Alert.Kind.LEDGER in opened,
        "open_alerts": len(opened),
    }
    return render(request, template, {**around, **context})
