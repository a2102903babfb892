"""The event log: narrowed by the URL, watched, and taken away as a file."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from brands.roles import Permission
from events import services as events
from events.queries.log import LogPage, count_newer, log_page, newest_place
from events.queries.search import NOBODY, LogFilters, Search
from events.words import asked
from portal import export
from portal.forms.filters import WALLET, Chip, LogFilterForm
from portal.views.access import BrandPageRequest, needs
from wallets.queries import wallet_of_address
from wallets.services import wallet_behind

PAGE = 50
MOST_NEWS = 99
NOTHING = LogPage(rows=[])


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def log(request: BrandPageRequest) -> HttpResponse:
    form = form_of(request)
    query = form.query()
    context: dict[str, Any] = {
        "room": "log",
        "form": form,
        "query": query,
        "chosen": form.chosen(),
        "chips": form.chips(),
        "here_path": request.path,
        "cursor": request.GET.get("before") or request.GET.get("after"),
        "page": NOTHING,
        "exported": export.MOST,
        "most": MOST_NEWS,
    }
    if not form.errors:
        filters = filters_of(request, form)
        # Asked before the page is: what comes between the two is told as new, and not left out.
        context["seen"] = newest_place(brand_id=request.brand.pk, test=filters.test)
        context["page"] = log_page(
            brand_id=request.brand.pk,
            filters=filters,
            cursor=request.GET.get("before"),
            after=request.GET.get("after"),
            limit=PAGE,
        )
        if not context["page"].rows:
            context["drops"] = drops(request, form)
    return answer(request, context)


def answer(request: BrandPageRequest, context: dict[str, Any]) -> HttpResponse:
    """The page, or what of it is to be changed. The URL says what is shown, and nothing that is empty."""
    template = "portal/log/list.html"
    if not request.htmx:
        return render(request, template, context)
    part = "found" if request.htmx.target == "found" else "log"
    query = context["query"]
    response = render(request, f"{template}#{part}", context)
    address = f"{request.path}?{query}" if query else request.path
    # Asked twice for the same, there is one way back.
    return response if request.htmx.current_url_abs_path == address else push_url(response, address)


def form_of(request: BrandPageRequest) -> LogFilterForm:
    data = request.POST if request.method == "POST" else request.GET
    event_types = request.brand.event_types.order_by("position", "pk")
    return LogFilterForm(data, event_types=event_types, zone=request.brand.zone)


def filters_of(request: BrandPageRequest, form: LogFilterForm, *, without: str = "") -> LogFilters:
    """What the form says, or would say without one of its fields."""
    chosen = {name: value for name, value in form.cleaned_data.items() if name != without}
    test = chosen.get("world") == "test"
    person = chosen.get("person")
    return LogFilters(
        event=chosen.get("event_type", ""),
        status=chosen.get("status", ""),
        trust=chosen.get("trust", ""),
        source=chosen.get("source", ""),
        test=test,
        wallet=wallet_of(request, person, test=test) if person else None,
        since=form.begins(timezone.now(), without=without),
        until=chosen.get("until"),
        words=tuple(asked(chosen.get("words", ""))),
    )


def wallet_of(request: BrandPageRequest, person: str, *, test: bool) -> int:
    """Whose events are meant. Nobody's, where nobody is known by this name."""
    if person.startswith(WALLET):
        found = wallet_behind(brand_id=request.brand.pk, public_id=person)
    else:
        found = wallet_of_address(address=person, test=test)
    return found or NOBODY


def drops(request: BrandPageRequest, form: LogFilterForm) -> list[Chip]:
    """The filters without which there are events, as far as a short look can tell."""
    chips = dict(zip(form.chosen(), form.chips(), strict=True))
    return [
        chip
        for name, chip in chips.items()
        if Search(
            brand_id=request.brand.pk, filters=filters_of(request, form, without=name)
        ).has_any_lately()
    ]


@require_GET
@never_cache
def log_news(request: BrandPageRequest) -> HttpResponse:
    """How many events that match have come since the page was made. Asked again and again, so one look."""
    form = form_of(request)
    seen, told = request.GET.get("seen", ""), request.GET.get("told", "")
    count = 0
    if not form.errors:
        count = count_newer(
            brand_id=request.brand.pk,
            filters=filters_of(request, form),
            than=seen,
            most=MOST_NEWS + 1,
        )
    if f"{count}" == (told or "0"):
        # Nothing is said twice.
        return HttpResponse(status=204)
    context = {"query": form.query(), "seen": seen, "count": count, "most": MOST_NEWS}
    return render(request, "portal/log/news.html", context)


@require_GET
def export_log(request: BrandPageRequest) -> HttpResponseBase:
    """The log as it is filtered, as CSV, people masked."""
    return as_file(request, whole=False)


@require_POST
@needs(Permission.REVEAL_PEOPLE)
def export_people(request: BrandPageRequest) -> HttpResponseBase:
    """The same with whole addresses and metadata, which is written down."""
    filters = form_of(request).noted()
    events.note_exported(brand=request.brand, filters=filters, by=request.user, now=timezone.now())
    return as_file(request, whole=True)


def as_file(request: BrandPageRequest, *, whole: bool) -> HttpResponseBase:
    form = form_of(request)
    if form.errors:
        # Where it is said what is wrong.
        return redirect(f"{reverse('portal:log', args=[request.brand.slug])}?{form.typed()}")
    search = Search(brand_id=request.brand.pk, filters=filters_of(request, form))
    lines = export.lines(search, zone=request.brand.zone, whole=whole)
    day = timezone.now().astimezone(request.brand.zone).date()
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="log-{request.brand.slug}-{day}.csv"',
            "Cache-Control": "no-store",
        },
    )
