"""The frame of the reports: which days are meant, what stays in the address, and what is said of nonsense."""

from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from tests.portal.conftest import NOON
from tests.portal.reports.conftest import stats_of

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 17, 23, 0, tzinfo=UTC)


def days(answer) -> tuple[str, str]:
    period = answer.context["period"]
    return period.first.isoformat(), period.last.isoformat()


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("", "2026-02-17", "2026-03-18"),
        ("7d", "2026-03-12", "2026-03-18"),
        ("30d", "2026-02-17", "2026-03-18"),
        ("90d", "2025-12-19", "2026-03-18"),
        ("last-week", "2026-03-09", "2026-03-15"),
        ("month", "2026-03-01", "2026-03-18"),
        ("last-month", "2026-02-01", "2026-02-28"),
    ],
)
def test_a_period_ends_today_or_with_its_month(ask, period, first, last):
    assert days(ask(period=period)) == (first, last)


def test_today_is_the_day_where_the_brand_is(ask):
    assert days(ask(at=MIDNIGHT - timedelta(seconds=1)))[1] == "2026-03-17"
    assert days(ask(at=MIDNIGHT))[1] == "2026-03-18"


def test_it_says_which_days_are_meant_and_where(ask, order, happened):
    happened(order, NOON)
    said = " ".join(ask(period="7d").text.split())
    assert (
        "12 Mar to 18 Mar 2026 (7 days) in Europe/Berlin, compared with 5 Mar to 11 Mar 2026 (7 days). Today is not over yet."
        in said
    )
    assert "not over" not in ask(period="last-month").text
    assert "copy of the database" not in said


def test_it_says_when_all_began_where_that_was_amid_the_days_compared(ask, order, happened):
    happened(order, NOON - 8 * DAY)
    happened(order, NOON - 30 * DAY, test=True)
    began = "The first event of all came on 10 Mar 2026"
    assert began in ask(period="7d").text
    assert began in ask("people", period="7d").text
    assert began not in ask(period="custom", first="2026-03-15", last="2026-03-18").text
    assert "The first event" not in ask("response-times", period="7d").text
    assert "16 Feb 2026; the days before it are empty." in ask(period="30d", world="test").text


def test_days_of_ones_own_need_no_period_beside_them(ask):
    chosen = {"first": "2026-03-01", "last": "2026-03-02"}
    assert days(ask(**chosen)) == days(ask(period="custom", **chosen)) == (*chosen.values(),)


def test_days_of_ones_own_begin_with_those_that_are_shown(ask):
    form = ask(period="7d", first="nonsense").context["form"]
    assert (form["first"].value(), form["last"].value()) == ("2026-03-12", "2026-03-18")
    assert not form.errors


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "This is before the first day."),
        ({"first": "2026-03-02"}, "Choose a day."),
        ({"first": "2026-03-02", "last": "2026-03-19"}, "today is 2026-03-18"),
        ({"first": "0001-01-01", "last": "2026-03-01"}, "Choose a day after 1999."),
        ({"first": "2025-01-01", "last": "2026-03-01"}, "These are 425 days: at most 400"),
        ({"first": "2026-02-30", "last": "2026-03-01"}, "“2026-02-30” is no day"),
        ({"first": "\0", "last": "2026-03-01"}, "“\\u0000” is no day"),
        ({"first": "9" * 10_000, "last": "2026-03-01"}, "“99999999999999999999…” is no day"),
        ({"first": "<b>\u202e", "last": "2026-03-01"}, "“&lt;b&gt;\\u202e” is no day"),
        ({"first": "\u0662\u0660\u0662\u0666-03-01", "last": "2026-03-01"}, "is no day"),
        ({"period": "<script>"}, "There is no such period."),
        ({"period": "\0" * 10_000}, "There is no such period."),
    ],
)
def test_days_that_make_no_sense_are_told_and_the_last_thirty_are_shown(
    ask, order, happened, query, said
):
    happened(order, NOON)
    answer = ask(**query)
    assert answer.status_code == 200
    assert said in answer.text or unescape(said) in unescape(answer.text)
    assert "here are the last 30 instead" in answer.text
    assert days(answer) == ("2026-02-17", "2026-03-18")
    assert stats_of(answer)["Events"] == "1"


@pytest.mark.parametrize("query", [{"event_type": "gone"}, {"world": "moon"}, {"event_type": "\0"}])
def test_a_filter_that_makes_no_sense_is_told_and_leaves_nothing_out(ask, order, happened, query):
    happened(order, NOON)
    answer = ask(period="7d", **query)
    assert 'class="error"' in answer.text
    assert "The fields that are marked were not understood" in answer.text
    assert (days(answer)[0], stats_of(answer)["Events"]) == ("2026-03-12", "1")


def test_four_hundred_days_are_the_most(ask):
    last = date(2026, 3, 18)
    most = {"first": f"{last - 399 * DAY}", "last": f"{last}"}
    assert days(ask(**most)) == (*most.values(),)
    assert ask(first=f"{last - 400 * DAY}", last=f"{last}").context["form"].fell_back


def test_test_events_are_hidden_unless_asked_for(ask, order, happened):
    happened(order, NOON)
    happened(order, NOON, NOON, test=True)
    assert stats_of(ask())["Events"] == "1"
    tests = ask(world="test")
    assert stats_of(tests)["Events"] == "2"
    assert "test events</span>" in tests.text


def test_every_link_within_keeps_what_was_chosen(ask, order, happened):
    happened(order, NOON, test=True)
    query = {"period": "7d", "event_type": "order", "world": "test"}
    answer = ask(**query)
    text = unescape(answer.text)
    for path in ("refusals/", "events/costs.csv", "events/credited.csv"):
        link = text.partition(f"/analytics/{path}?")[2].partition('"')[0]
        assert {name: values[0] for name, values in parse_qs(link).items()} == query


def test_the_address_says_what_is_shown_and_no_more(ask, brand):
    here = reverse("portal:analytics", args=[brand.slug])
    sent = {"first": "2026-03-12", "last": "2026-03-18", "event_type": "", "world": ""}
    assert ask(htmx=True, period="30d", **sent)["HX-Push-Url"] == here
    assert ask(htmx=True, period="7d", **sent)["HX-Push-Url"] == f"{here}?period=7d"
    own = ask(htmx=True, period="custom", **sent)["HX-Push-Url"]
    assert own == f"{here}?period=custom&first=2026-03-12&last=2026-03-18"


def test_what_is_changed_comes_without_the_page_around_it(ask, order, happened):
    happened(order, NOON)
    part = ask(htmx=True, period="7d").text
    assert part.strip().startswith('<div id="report"')
    assert "<html" not in part
    assert 'id="costs"' in part


def test_who_has_no_event_yet_is_led_to_setting_up(ask, brand, order, happened):
    link = f'class="button first" href="{reverse("portal:setup", args=[brand.slug])}"'
    assert link in ask().text
    happened(order, NOON - 400 * DAY)
    later = ask()
    assert link not in later.text
    assert "is here as soon as something is rewarded" in later.text


def test_another_brands_events_are_not_counted(ask, order, other_brand, happened):
    theirs = other_brand.event_types.create(key="order", name="Theirs")
    happened(theirs, NOON)
    assert stats_of(ask())["Events"] == "0"


@pytest.mark.parametrize(
    "path", ["events/nothing.csv", "nothing/costs.csv", "refusals/costs.csv", "events/.csv"]
)
def test_a_table_that_is_none_is_not_there(as_ann, brand, path):
    assert as_ann.get(f"/b/{brand.slug}/analytics/{path}").status_code == 404


def test_a_file_of_days_that_make_no_sense_leads_to_where_it_is_said(as_ann, brand):
    answer = as_ann.get(f"/b/{brand.slug}/analytics/refusals/rate.csv?first=x&last=2026-03-01")
    assert answer.status_code == 302
    there = urlsplit(answer.url)
    assert there.path == reverse("portal:refusals", args=[brand.slug])
    assert parse_qs(there.query)["first"] == ["x"]
    assert "“x” is no day" in as_ann.get(answer.url).text


def test_a_file_is_named_after_what_is_in_it(as_ann, brand):
    address = f"/b/{brand.slug}/analytics/events/costs.csv"
    answer = as_ann.get(address, {"first": "2026-03-01", "last": "2026-03-02", "world": "test"})
    assert (
        'filename="events-costs-northwind-2026-03-01-to-2026-03-02-test.csv"'
        in answer["Content-Disposition"]
    )
    assert answer.streaming
    assert answer["Cache-Control"] == "no-store"
