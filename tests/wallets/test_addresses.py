"""One form per mailbox, and never another's mailbox."""

# ruff: noqa: RUF001

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallets.addresses import InvalidAddress, mask, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  Ann@Example.COM ", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("ann+shop@example.com", "ann+shop@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("jörg@example.com", "jörg@example.com"),
        ("ann@MÜNCHEN.de", "ann@xn--mnchen-3ya.de"),
        ("ann@XN--MNCHEN-3YA.de", "ann@xn--mnchen-3ya.de"),
        ("ann@" + "a" * 63 + ".example", "ann@" + "a" * 63 + ".example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("Discord_80351110224678912@RSNC.network", "discord_80351110224678912@rsnc.network"),
        ("telegram_1@rsnc.network.", "telegram_1@rsnc.network"),
        ("twitter_18446744073709551615@rsnc.network", "twitter_18446744073709551615@rsnc.network"),
    ],
)
def test_an_address_has_one_form(text, expected):
    assert normalise(text) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "bob",
        "bob@",
        "@example.com",
        "a@b@example.com",
        "bob@localhost",
        "bob@.com",
        "bob@example..com",
        "bob@-example.com",
        "bob@exa mple.com",
        "bob@exam_ple.com",
        "bob@127.0.0.1",
        "bob@[127.0.0.1]",
        "bob@xn--zzzzzzzz.com",
        "bob@" + "a" * 64 + ".com",
        "a" * 65 + "@example.com",
        "a" * 300 + "@example.com",
        "bob@" + ".".join(["a" * 60] * 5),
        "bob smith@example.com",
        '"bob"@example.com',
        "bob\n@example.com",
        "bob@example.com\n",
        "bob\x00@example.com",
        "bob\u200b@example.com",
        "bob\ud800@example.com",
        ".bob@example.com",
        "bob.@example.com",
        "b..b@example.com",
        # Characters that a normalisation would turn into somebody else's mailbox.
        "ｂｏｂ@example.com",
        "bob@ｅxample.com",
        "bob@example。com",
        "bob＠example.com",
        "\u212aate@example.com",
        "bob@\u212aate.com",
        "boſs@example.com",
        "e\u0301ric@example.com",
        # Reserved.
        "x@rsnc.network",
        "x@mail.rsnc.network",
        "discord_1@mail.rsnc.network",
        "discord_abc@rsnc.network",
        "discord_00123@rsnc.network",
        "discord_0@rsnc.network",
        "discord_@rsnc.network",
        "discord_-1@rsnc.network",
        "discord_123456789012345678901@rsnc.network",
        "discord_١٢٣@rsnc.network",
        "myspace_123@rsnc.network",
    ],
)
def test_an_address_that_cannot_be_a_persons_is_refused_with_a_sentence(text):
    with pytest.raises(InvalidAddress, match=r"^[A-Z].*\.$"):
        normalise(text)


LIKELY = st.text(
    st.one_of(
        st.sampled_from("aAbzZ09.@-_+ ıİßſΣçé\u0301\u212aａ。xn-rscdiocetwk"), st.characters()
    ),
    max_size=40,
)


@given(st.one_of(LIKELY, st.tuples(LIKELY, st.just("@example.com")).map("".join), st.emails()))
def test_normalising_twice_changes_nothing(text):
    try:
        once = normalise(text)
    except InvalidAddress:
        return
    assert normalise(once) == once
    assert len(once) <= 254
    assert once == once.lower()
    assert once.count("@") == 1
    assert once.rpartition("@")[2].isascii()
    assert normalise(once.upper()) == once or not once.isascii()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.com", "an•••@example.com"),
        ("an@example.com", "a•••@example.com"),
        ("a@example.com", "a•••@example.com"),
        ("discord_80351110@rsnc.network", "discord_80••••@rsnc.network"),
        ("telegram_12@rsnc.network", "telegram_••••@rsnc.network"),
    ],
)
def test_a_masked_address_does_not_give_the_person_away(address, expected):
    assert mask(address) == expected
