"""The audit log: everything that is done to a brand, in words, narrowed and taken home."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from brands import services as brands
from brands.models import AuditEntry, Role, User
from portal import spreadsheet
from portal.audit_wording import changes, noun_said, sentence
from tests.portal.conftest import NOON

PAGE = "/b/northwind/settings/audit/"
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "W" * 150


@pytest.fixture
def note(brand, ann):
    def write(action: str = "key.created", **more) -> AuditEntry:
        return brands.note(**{"brand": brand, "by": ann, "action": action, "now": NOON} | more)

    return write


def test_an_empty_log_says_what_will_be_here(as_ann):
    assert "Nothing yet" in as_ann.get(PAGE).text


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"action": "brand.changed"}, "changed the settings"),
        ({"action": "domain.added", "subject": "a.example"}, "added the domain <b><bdi>a.example</bdi></b>"),
        ({"action": "gadget.switched_off", "subject": "G"}, "switched off the gadget <b><bdi>G</bdi></b>"),
        ({"action": "event_type.renamed"}, "renamed the event type"),
        ({"action": "odd"}, "odd"),
        ({"action": "key.{0}{x}", "subject": "{}"}, "{0}{x} the key <b><bdi>{}</bdi></b>"),
        ({"action": "key.created", "subject": "<b>\u202e"}, "created the key <b><bdi>&lt;b&gt;\\u202e</bdi></b>"),
    ],
    ids=lambda each: each["action"] if isinstance(each, dict) else "",
)  # fmt: skip
def test_any_act_is_said_in_words(entry, said):
    assert sentence(AuditEntry(**entry)) == said


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("name", "A", "B", ("Name", "A", "B")),
        ("amount", "-1234.50", "x", ("Amount", "\N{MINUS SIGN}1,234.50 RSNC", "x")),
        ("open_person_daily", "100.00", "5.00", ("Open calls: a person, a day", "100.00 RSNC", "5.00 RSNC")),
        ("quiet_answers", False, True, ("Quiet answers", "no", "yes")),
        ("least_trust", "open", "key", ("Least trust", "Open (brand id and domain)", "Secret key")),
        ("scopes", [], ["events:write"], ("Scopes", "\N{EN DASH}", "Send events")),
        ("expires_at", None, "2026", ("Expires at", "\N{EN DASH}", "2026")),
        ("x", {"a": 1}, "y" * 400, ("X", '{"a": 1}', "y" * 300 + "…")),
    ],
)  # fmt: skip
def test_any_change_is_said_in_words(name, before, after, said):
    [change] = changes(AuditEntry(before={name: before}, after={name: after}))
    assert (change.field, change.before, change.after) == said


def test_what_a_new_thing_does_not_have_is_left_out():
    entry = AuditEntry(after={"name": "K", "expires_at": None, "scopes": []})
    assert [each.field for each in changes(entry)] == ["Name"]


def test_nouns_are_said_in_the_plural():
    assert [noun_said(each) for each in ("key", "brand", "event_type", "sms")] == [
        "Keys",
        "Settings",
        "Event types",
        "Sms",
    ]


def test_who_did_what_is_told_newest_first(as_ann, brand, ann, note):
    ann.name = "Ann"
    ann.save()
    operator = User.objects.create_user("root@resonance.example", is_staff=True)
    note("domain.added", subject="first.example")
    note("brand.suspended", by=operator)
    note("key.expired", by=None, subject="K", before={"name": HOSTILE}, after={"scopes": []})
    text = as_ann.get(PAGE).text
    order = ["Resonance</bdi>", "The operator</bdi>", "<bdi>Ann</bdi></b> added the domain"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "<img src=x" not in text
    assert "root@resonance.example" not in text


def test_pages_follow_each_other_without_a_gap(as_ann, note):
    written = [note(subject=f"k{n}").pk for n in range(120)]
    seen, address = [], PAGE
    for _ in range(3):
        answer = as_ann.get(address)
        seen += [row.entry.pk for row in answer.context["rows"]]
        address = f"{PAGE}?before={answer.context['next']}"
    assert seen == sorted(written, reverse=True)
    assert answer.context["next"] is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 30, "٣", "1\x00"])
def test_a_cursor_that_is_none_begins_at_the_newest(as_ann, note, cursor):
    note()
    assert len(as_ann.get(PAGE, {"before": cursor}).context["rows"]) == 1


def test_filters_leave_what_fits(as_ann, brand, ann, note):
    ben = User.objects.create_user("ben@northwind.example", name="Ben")
    ours = note("key.created", now=NOON)
    note("key.created", by=ben)
    note("domain.added")
    note("key.created", by=None)
    note("key.created", now=NOON + timedelta(days=1))
    # In Berlin this is the 19th already.
    note("key.created", now=NOON.replace(hour=23))
    chosen = {"person": f"{ann.pk}", "about": "key", "since": "2026-03-18", "until": "2026-03-18"}
    answer = as_ann.get(PAGE, chosen)
    assert [row.entry for row in answer.context["rows"]] == [ours]
    assert "person=" in answer.context["query"]
    by_itself = as_ann.get(PAGE, {"person": "resonance"})
    assert len(by_itself.context["rows"]) == 1


@pytest.mark.parametrize(
    "query",
    [{"person": "x"}, {"about": "'; --"}, {"since": "yesterday"}, {"until": "9999-12-31"}, {"since": "0001-01-01"}],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_left_out(as_ann, note, query):
    note()
    assert len(as_ann.get(PAGE, query).context["rows"]) == 1


def test_filters_that_fit_nothing_say_so(as_ann, note):
    note()
    assert "fits these filters" in as_ann.get(PAGE, {"until": "2020-01-01"}).text


def downloaded(client, **query) -> list[list[str]]:
    answer = client.get(f"{PAGE}download/", query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-northwind-')
    text = b"".join(answer).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:])))


def test_all_of_it_is_taken_home_as_it_is_narrowed(as_ann, ann, note, monkeypatch):
    monkeypatch.setattr("portal.views.settings.audit.AT_ONCE", 2)
    for n in range(5):
        note("key.created", subject=f"k{n}", after={"name": "x"})
    note("domain.added")
    rows = downloaded(as_ann, about="key")
    assert rows[0][:3] == ["time", "who", "e-mail"]
    assert [row[4] for row in rows[1:]] == ["k4", "k3", "k2", "k1", "k0"]
    assert rows[1][0] == "2026-03-18T13:00:00+01:00"
    assert rows[1][2:4] == [ann.email, "key.created"]
    assert rows[1][6] == '{"name": "x"}'


def test_a_cell_is_never_a_formula(as_ann, note):
    note(subject='=HYPERLINK("https://evil.example")')
    assert downloaded(as_ann)[1][4] == '\'=HYPERLINK("https://evil.example")'


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_what_a_spreadsheet_would_run_gets_a_quote(text):
    assert spreadsheet.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-1", "ann@example.com", "'=1"])
def test_what_is_text_stays_as_it_is(text):
    assert spreadsheet.cell(text) == text


def test_others_do_not_see_it(as_role):
    client = as_role(Role.DEVELOPER)
    assert client.get(PAGE).status_code == 403
    assert "Audit log" not in client.get("/b/northwind/settings/").text
