"""What a process remembers of brands is bounded, shared by threads, and never newer than the database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from brands import queries
from brands.http import directory as module
from brands.http.directory import Directory
from brands.models import Brand


@pytest.fixture
def directory() -> Directory:
    return Directory()


def test_a_brand_that_is_known_is_not_asked_for_again(directory, brand, django_assert_num_queries):
    found = directory.by_public_id(brand.public_id)
    with django_assert_num_queries(0):
        assert directory.by_public_id(brand.public_id) is found


def test_an_unknown_name_is_asked_for_every_time(directory, db, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(1):
            assert directory.by_public_id("brd_nobody") is None
        with django_assert_num_queries(1):
            assert directory.by_digest(b"x" * 32) is None
        with django_assert_num_queries(1):
            assert directory.by_host("nobody.example") is None


def test_the_guard_stands_before_the_database_only(directory, brand):
    def refuse():
        raise PermissionError

    with pytest.raises(PermissionError):
        directory.by_public_id(brand.public_id, refuse)
    directory.by_public_id(brand.public_id)
    assert directory.by_public_id(brand.public_id, refuse)


def test_a_change_is_seen_when_asked_for(directory, brand, django_assert_num_queries):
    old = directory.by_public_id(brand.public_id)
    with django_assert_num_queries(1):
        assert directory.current(old) is old
    Brand.objects.filter(pk=brand.pk).update(domain_required=True)
    new = directory.current(old)
    assert new.domain_required
    assert new.version > old.version
    assert directory.by_public_id(brand.public_id) is new


def test_an_older_reading_never_replaces_a_newer_one(directory, brand, monkeypatch):
    new = directory.refresh(brand.pk)
    old = replace(new, version=new.version - 1)
    monkeypatch.setattr(queries, "brand_facts", lambda **_: old)
    assert directory.refresh(brand.pk) is new


def test_the_brand_that_was_longest_unused_is_forgotten(directory, monkeypatch, db):
    monkeypatch.setattr(module, "MAX_BRANDS", 2)
    brands = [Brand.objects.create(name=name, slug=name) for name in ("a", "b", "c")]
    ids = [brand.public_id for brand in brands]
    for public_id in (ids[0], ids[1], ids[0], ids[2]):
        directory.by_public_id(public_id)
    assert set(directory.brands) == {brands[0].pk, brands[2].pk}


def test_names_are_bounded_too(directory, brand, facts, monkeypatch):
    monkeypatch.setattr(module, "MAX_NAMES", 10)
    monkeypatch.setattr(queries, "brand_id_of_verified_host", lambda _: brand.pk)
    for number in range(50):
        directory.by_host(f"{number}.example")
    assert len(directory.by_name) <= 10


def test_threads_share_it(directory, brand, facts, monkeypatch):
    known = facts()
    monkeypatch.setattr(queries, "brand_facts", lambda **_: known)
    monkeypatch.setattr(queries, "brand_id_of_public_id", lambda _: brand.pk)
    monkeypatch.setattr(module, "MAX_NAMES", 3)

    def use(number: int) -> bool:
        directory.refresh(brand.pk)
        return directory.by_public_id(f"brd_{number % 7}") is known

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(use, range(2_000)))
