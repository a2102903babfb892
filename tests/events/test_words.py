"""Words are found as they were typed; what may be a person's, only by who knows it."""

import time
from decimal import Decimal

import pytest

from events.personal import is_personal_key, masked, masked_text
from events.terms import quoted, terms_of, wanted
from events.words import MOST_WORDS, Asked, asked, words_of


def found(text: str, **metadata: object) -> bool:
    return all(words_of(metadata).have(word) for word in asked(text))


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ("ORD-12345", "ORD-12345"),
        ("ORD-12345", "ord-12345"),
        ("ORD-12345", "12345"),
        ("ORD-12345", "ord-12*"),
        ("ORD-12345", "“ORD-12345”,"),
        (Decimal("89.990"), "89.990"),
        (Decimal("89.990"), "89.99"),
        (Decimal("0.0000001"), "0.0000001"),
        (12345678901234567890, "12345678901234567890"),
        (-5, "-5"),
        ("ann@example.com", "Ann@Example.com"),
        ("write to <ann@example.com>", "ann@example.com"),
        ("+49 30 1234567", "1234567"),
        ("GRÖSSE 42", "grö* grösse"),
        ("https://shop.example/a?b=c", "https://shop.example/a?b=c"),
        ("https://shop.example/a?b=c", "shop"),
        ("it's 5\\6", "it's 5\\6"),
        ("東京 タワー", "東京"),
        ("🎉", "🎉"),
        ({"a": [{"b": "deep"}]}, "deep"),
    ],
)
def test_a_value_is_found(value, typed):
    assert found(typed, order_id=value)


@pytest.mark.parametrize(
    ("metadata", "typed"),
    [
        ({"order_id": "ORD-12345"}, "ord-1234"),
        ({"order_id": "ORD-12345"}, "ord-12345 ord-9"),
        ({"order_id": True, "gift": None}, "true"),
        ({"to": "ann@example.com"}, "ann*"),
        ({"to": "ann@example.com"}, "ann@*"),
        ({"to": "ann@example.com"}, "example"),
        ({"customer_name": "Ann Smith"}, "smi*"),
        ({"billing_address": {"street": "Elm Street 5"}}, "el*"),
        ({"phone": "+49 30 1234567"}, "123*"),
    ],
)
def test_what_is_not_there_or_a_persons_is_not_found_by_a_part(metadata, typed):
    assert not found(typed, **metadata)


def test_who_knows_a_persons_word_finds_it():
    assert found("smith", customer_name="Ann Smith")


def test_no_event_fills_the_index():
    many = words_of({f"k{n}": f"w{n} " * 200 for n in range(400)})
    assert len(many.open) <= MOST_WORDS
    assert all(len(word) <= 64 for word in words_of({"a": "x" * 10_000}).open)


def test_what_was_typed_is_bounded_and_means_itself():
    assert asked("  * ** ") == []
    assert asked("' ann*") == [Asked("'"), Asked("ann", prefix=True)]
    assert asked("a* ann@b*") == [Asked("a"), Asked("ann@b")]
    assert len(asked(" ".join(f"w{n}" for n in range(50)))) == 8
    assert quoted("it's \\") == "'it''s \\\\'"
    assert "\x01" not in terms_of(3, ["s:capped"], {"a": "x\x01y\u202ez"})
    assert wanted(["s:capped"], asked("ord-12* a@b.c")) == (
        "'\x01:s:capped' & '\x01:w:ord-12':* & ('\x01:w:a@b.c' | '\x01:x:a@b.c')"
    )


@pytest.mark.parametrize(
    "key",
    ["email", "Email", "customer_email", "customerEmail", "phone-number", "name", "first_name",
     "firstName", "customerName", "billing_address", "zip", "ip", "user.name"],
)  # fmt: skip
def test_a_key_that_may_be_a_persons(key):
    assert is_personal_key(key)


@pytest.mark.parametrize(
    "key",
    ["order_id", "product_name", "productName", "event_name", "total", "filename", "campaign_name",
     "platform", "items", "tip", "coupon"],
)  # fmt: skip
def test_a_key_that_is_not(key):
    assert not is_personal_key(key)


def test_what_may_be_a_persons_is_masked_and_nothing_else():
    sent = {
        "order_id": "ORD-12345",
        "total": Decimal("89.990"),
        "date": "2026-03-18",
        "ean": "4006381333931",
        "note": "call +49 30 1234567 or ann.smith@example.com",
        "customer": {"name": "Ann Smith", "email": "ann@example.com", "vip": True, "phone": 49301},
        "billing_address": {"lines": ["Elm Street 5", ""], "country": None},
        "ann@example.com": 1,
    }
    assert masked(sent) == {
        "order_id": "ORD-12345",
        "total": Decimal("89.990"),
        "date": "2026-03-18",
        "ean": "4006381333931",
        "note": "call •••67 or an•••@example.com",
        "customer": {"name": "•••", "email": "an•••@example.com", "vip": True, "phone": "•••"},
        "billing_address": {"lines": ["•••", ""], "country": None},
        "an•••@example.com": 1,
    }
    assert masked(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 1234567",
        "0049 30 1234567",
        "(030) 123-4567",
        "555-123-4567",
        "030 1234567",
        "+14155550123",
    ],
)
def test_a_telephone_number_is_masked(text):
    assert "123" not in masked_text(text)


@pytest.mark.parametrize(
    "text",
    ["ORD-2026-000123", "2026-03-18T12:00:00Z", "4006381333931", "10.0.0.1", "89.99", "1-2-3",
     "550e8400-e29b-41d4-a716-446655440000"],
)  # fmt: skip
def test_a_number_of_another_kind_is_not(text):
    assert masked_text(text) == text


def test_hostile_text_takes_no_time():
    parts = [
        "@" * 1_000,
        "+1" * 500,
        "(1" * 500,
        "0 1" * 300,
        "W" * 999 + "@",
        "1 " * 500,
        "-" * 999,
    ]
    hostile = {f"k{n}": part for n, part in enumerate(parts * 5)}
    began = time.process_time()
    assert masked(hostile)
    assert words_of(hostile).open
    assert time.process_time() - began < 0.5
