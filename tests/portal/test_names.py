"""What may be a name, and what would break the page that it stands on."""

import pytest
from django.core.exceptions import ValidationError

from portal.forms.names import NameField

FAMILY = "\N{ZERO WIDTH JOINER}".join("\U0001f469\U0001f469\U0001f467")


@pytest.mark.parametrize(
    "name",
    ["Eve's Shop", FAMILY, "\u2067\u05d0\u2069", "\u05d0\u200e!", "\u202eexe", "<b>\u00e9</b>"],
)
def test_a_name_is_kept_as_it_was_typed(name):
    assert NameField(max_length=120).clean(name) == name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("\u2067", "a name that people can see"),
        ("x\u2067", "never closed"),
        ("x\u2069", "never closed"),
        ("\u2069x\u2067", "never closed"),
        ("two\r\nlines", "on one line"),
        ("x\0", "Null characters"),
        ("W" * 121, "at most 120 characters"),
        ("", "required"),
    ],
)
def test_what_is_wrong_with_a_name_is_said(name, sentence):
    with pytest.raises(ValidationError, match=sentence):
        NameField(max_length=120).clean(name)
