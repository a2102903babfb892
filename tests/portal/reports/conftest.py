"""Reports as they are asked for at noon of 18 March 2026."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from brands.models import Brand
from events.models import EventType
from tests.analytics.raw import write
from tests.portal.conftest import NOON
from wallets.models import Wallet

Ask = Callable[..., Any]


@pytest.fixture
def ask(as_ann, brand) -> Ask:
    """A report's page, by the name of its URL: the answer, as at noon."""

    def get(name: str = "analytics", at=NOON, htmx: bool = False, **query: str) -> Any:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"} if htmx else {}
        with time_machine.travel(at, tick=False):
            return as_ann.get(reverse(f"portal:{name}", args=[brand.slug]), query, headers=headers)

    return get


@pytest.fixture
def table(as_ann, brand) -> Ask:
    """A report's table as a file: its rows, the head among them."""

    def get(report: str, table: str, at=NOON, **query: str) -> list[list[str]]:
        with time_machine.travel(at, tick=False):
            answer = as_ann.get(
                reverse("portal:report-csv", args=[brand.slug, report, table]), query
            )
            text = answer.getvalue().decode("utf-8-sig")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return [*csv.reader(StringIO(text, newline=""))]

    return get


@pytest.fixture
def happened(brand: Brand) -> Callable[..., None]:
    """Write events of a type as if they had come then. `paid` in hundredths of RSNC."""
    people = {test: Wallet.objects.create(test=test).pk for test in (False, True)}

    def happen(
        event_type: EventType,
        *moments: Any,
        paid: int = 10_00,
        status: str = "rewarded",
        reason: str = "",
        test: bool = False,
    ) -> None:
        amount = paid if status == "rewarded" else 0
        kind = (event_type.brand_id, test, event_type.pk, people[test], status, reason, amount)
        write([(uuid4(), *kind, at, at) for at in moments])

    return happen


def chart_of(answer: Any, name: str) -> Any:
    return next(each for each in answer.context["page"].charts if each.name == name)


def stats_of(answer: Any) -> dict[str, str]:
    """The figures above, by what they are called."""
    return {each.label: each.text for each in answer.context["page"].stats}


def rows_of(chart: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in chart.rows()]
