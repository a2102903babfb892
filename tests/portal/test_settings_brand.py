"""The brand's own page: name, address, time zone, logo."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from brands import services as brands
from brands.models import AuditEntry, Brand, Membership, Role, User
from tests.portal.conftest import NOON

PAGE = "/b/northwind/settings/"
SHOWN = {"name": "Northwind Roasters", "slug": "northwind", "time_zone": "Europe/Berlin"}
HOSTILE = "<script>alert(1)</script>\u202e\u2066\u2069 \U0001f480"


def typed(shown: dict[str, str] = SHOWN, **changes: str) -> dict[str, str]:
    """What a browser sends: what is in the fields, and what the page showed."""
    return {**shown, **changes, **{f"initial-{name}": value for name, value in shown.items()}}


def png(colour: str = "red") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 40), colour).save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


def test_a_manager_changes_what_the_brand_says_of_itself(as_ann, brand, ann):
    answer = as_ann.post(PAGE, typed(name="Northwind", time_zone="Asia/Tokyo"), follow=True)
    assert "Saved." in answer.text
    brand.refresh_from_db()
    assert (brand.name, brand.time_zone, brand.slug) == ("Northwind", "Asia/Tokyo", "northwind")
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action) == (ann, "brand.changed")
    assert entry.before == {"name": "Northwind Roasters", "time_zone": "Europe/Berlin"}
    assert entry.request_id.startswith("req_")


def test_a_new_address_leads_on_and_is_said_aloud(as_ann):
    answer = as_ann.post(PAGE, typed(slug="roasters"), follow=True)
    assert answer.redirect_chain == [("/b/roasters/settings/", 302)]
    assert "Tell your team" in answer.text
    assert as_ann.get(PAGE).status_code == 404


def test_nothing_changed_is_nothing_noted(as_ann):
    assert "Nothing has changed." in as_ann.post(PAGE, typed(), follow=True).text
    assert not AuditEntry.objects.exists()


@pytest.mark.usefixtures("other_brand")
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "needs a name"),
        ("name", "\u200b\u202e", "that people can see"),
        ("name", "a\x00b", "Null characters"),
        ("name", "x" * 10_000, "at most 120"),
        ("slug", "", "need an address"),
        ("slug", "fjell", "already exists"),
        ("slug", "admin", "kept for pages of Resonance"),
        ("slug", "Up-Per", "Use a-z"),
        ("slug", "a--b", "Use a-z"),
        ("slug", "../x", "Use a-z"),
        ("slug", "é", "Use a-z"),
        ("slug", "x" * 65, "at most 64"),
        ("time_zone", "Mars/Olympus", "not one of the available choices"),
        ("time_zone", "", "required"),
    ],
)
def test_a_mistake_is_marked_at_its_field_and_nothing_typed_is_lost(
    as_ann, brand, field, value, says
):
    answer = as_ann.post(PAGE, typed(**{"name": "Typed", field: value}))
    form = answer.context["form"]
    assert answer.status_code == 200
    assert says in f"{form.errors[field]}"
    assert form["name"].value() == (value if field == "name" else "Typed")
    assert 'aria-invalid="true"' in answer.text
    brand.refresh_from_db()
    assert brand.name == "Northwind Roasters"


def test_markup_in_a_name_is_text(as_ann):
    answer = as_ann.post(PAGE, typed(name=HOSTILE), follow=True)
    assert "Saved." in answer.text
    assert "<script>alert" not in answer.text


def test_two_who_change_different_things_do_not_meet(as_ann, brand):
    brands.change_brand(brand=brand, by=None, now=NOON, time_zone="Asia/Tokyo")
    as_ann.post(PAGE, typed(name="Northwind"))
    brand.refresh_from_db()
    assert (brand.name, brand.time_zone) == ("Northwind", "Asia/Tokyo")


def test_two_who_change_the_same_thing_are_told(as_ann, brand):
    ben = User.objects.create_user("ben@northwind.example", name="Ben")
    brands.change_brand(brand=brand, by=ben, now=NOON, name="By Ben")
    answer = as_ann.post(PAGE, typed(name="By Ann"))
    assert "Somebody else has changed this" in answer.text
    assert "<bdi>By Ben</bdi>" in answer.text
    assert "<bdi>Ben</bdi>" in answer.text
    assert answer.context["form"]["name"].value() == "By Ann"
    brand.refresh_from_db()
    assert brand.name == "By Ben"
    again = typed({**SHOWN, "name": "By Ben"}, name="By Ann")
    assert 'name="initial-name" value="By Ben"' in answer.text
    as_ann.post(PAGE, again)
    brand.refresh_from_db()
    assert brand.name == "By Ann"


def test_a_form_that_does_not_say_what_it_showed_overwrites_nothing(as_ann, brand):
    answer = as_ann.post(PAGE, {**SHOWN, "name": "Blind"})
    assert "Somebody else has changed this" in answer.text
    brand.refresh_from_db()
    assert brand.name == "Northwind Roasters"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.DEVELOPER])
def test_others_look_and_may_not_change(as_role, brand, role):
    client = as_role(role)
    text = client.get(PAGE).text
    assert "Europe/Berlin" in text
    assert "Managers and owners of the brand can change this." in text
    assert "<form" not in text
    assert client.post(PAGE, typed(name="Mine")).status_code == 403
    assert Brand.objects.get().name == "Northwind Roasters"


def test_a_zone_that_is_not_offered_stays_chosen(as_ann, brand):
    Brand.objects.update(time_zone="Etc/GMT+1")
    assert '<option value="Etc/GMT+1" selected>' in as_ann.get(PAGE).text
    shown = {**SHOWN, "time_zone": "Etc/GMT+1"}
    assert "Saved." in as_ann.post(PAGE, typed(shown, name="N"), follow=True).text


def test_a_logo_is_shown_everywhere_and_to_everybody(as_ann, client, brand):
    answer = as_ann.post(f"{PAGE}logo/", {"file": png()}, follow=True)
    brand.refresh_from_db()
    address = f"/logos/{brand.logo}.png"
    assert address in answer.text
    assert address in as_ann.get("/brands/").text
    client.logout()
    served = client.get(address)
    assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert served["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not served.cookies
    assert Image.open(BytesIO(served.content)).size == (256, 256)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (None, "Choose a picture first"),
        (SimpleUploadedFile("a.png", b""), "empty"),
        (SimpleUploadedFile("a.png", b"x" * 1_048_577), "at most 1 MB"),
        (SimpleUploadedFile("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"), "SVG can carry"),
        (SimpleUploadedFile("a.png", b"no picture", "image/png"), "no PNG, JPEG or WebP"),
    ],
    ids=["nothing", "empty", "large", "svg", "text"],
)  # fmt: skip
def test_what_is_no_picture_is_said_at_its_field(as_ann, brand, file, says):
    answer = as_ann.post(f"{PAGE}logo/", {"file": file} if file else {})
    assert answer.status_code == 200
    assert says in answer.text
    brand.refresh_from_db()
    assert brand.logo == ""


def test_a_logo_is_removed_after_a_question(as_ann, brand, ann):
    brands.set_logo(brand=brand, file=png().read(), by=ann, now=NOON)
    former = brand.logo
    question = as_ann.get(f"{PAGE}logo/remove/", headers={"HX-Request": "true"}).text
    assert question.lstrip().startswith("<form")
    assert "is removed" in as_ann.post(f"{PAGE}logo/remove/", follow=True).text
    assert as_ann.get(f"/logos/{former}.png").status_code == 404


@pytest.mark.parametrize("name", ["0" * 64, "x", "%00", "..%2f", "A" * 64])
def test_a_logo_that_is_none_is_not_there(client, db, name):
    assert client.get(f"/logos/{name}.png").status_code == 404


def test_the_rail_leads_to_the_settings(as_role):
    text = as_role(Role.ANALYST).get("/b/northwind/").text
    assert 'href="/b/northwind/settings/"' in text
    assert Membership.objects.get().role == Role.ANALYST
