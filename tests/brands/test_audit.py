"""The audit log: written with the change, and never rewritten."""

import pytest
from django.db import IntegrityError, transaction

from brands import services as brands
from brands.models import AuditEntry
from tests.conftest import NOON


def test_an_entry_says_who_what_and_from_where(brand, ann):
    with brands.acting_from(address="192.0.2.1", request_id="req_1"):
        entry = brands.note(
            brand=brand,
            by=ann,
            action="brand.renamed",
            before={"name": "Old", "time_zone": "UTC"},
            after={"name": "New", "time_zone": "UTC"},
            now=NOON,
        )
    entry.refresh_from_db()
    assert (entry.by, entry.address, entry.request_id) == (ann, "192.0.2.1", "req_1")
    assert (entry.before, entry.after) == ({"name": "Old"}, {"name": "New"})


def test_outside_of_a_request_an_entry_comes_from_nowhere(brand):
    entry = brands.note(brand=brand, by=None, action="x.y", now=NOON)
    assert (entry.address, entry.request_id) == ("", "")


@pytest.mark.parametrize("change", [lambda q: q.update(action="x"), lambda q: q.delete()])
def test_an_entry_stays_as_it_is(brand, change):
    brands.note(brand=brand, by=None, action="x.y", now=NOON)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(AuditEntry.objects.all())


def test_an_entry_goes_with_a_change_that_fails(brand):
    with transaction.atomic():
        brands.note(brand=brand, by=None, action="x.y", now=NOON)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
