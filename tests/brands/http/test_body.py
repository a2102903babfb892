"""What is read of a body, and what is refused before anything is done with it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from brands.http import body
from brands.http.problems import Problem


def refused(raw: bytes) -> tuple[str, list[str], list[str]]:
    with pytest.raises(Problem) as caught:
        body.parse(raw)
    problem = caught.value
    return (
        problem.code,
        [each.param for each in problem.errors],
        [each.code for each in problem.errors],
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"not json",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 1} {"b": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"metadata": {"total": 1, "total": 2}}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 01}',
        b'{"a": .5}',
        b'{"a": "line\nbreak"}',
    ],
)
def test_what_is_not_sound_json_is_refused(raw):
    assert refused(raw)[0] == "invalid_json"


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_what_is_not_an_object_is_refused(raw):
    assert refused(raw) == ("invalid_event", [""], ["not_an_object"])


@pytest.mark.parametrize(
    "number",
    [
        "1e131000",
        "1e31",
        "1E-31",
        "-1e+999999999999999999999999",
        "1e" + "9" * 5_000,
        "9" * 41,
        "9" * 5_000,
        "0." + "1" * 40,
    ],
)
def test_a_number_out_of_bounds_is_refused_where_it_stands(number):
    raw = f'{{"metadata": {{"lines": [{{"total": {number}}}]}}}}'.encode()
    assert refused(raw) == ("invalid_event", ["metadata.lines[0].total"], ["out_of_bounds"])


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("89.99", Decimal("89.99")),
        ("0.1", Decimal("0.1")),
        ("1e30", Decimal("1e30")),
        ("-1.5E-30", Decimal("-1.5E-30")),
        ("9" * 40, int("9" * 40)),
        ("-0", 0),
        ("18446744073709551616", 18446744073709551616),
    ],
)
def test_a_number_is_kept_exactly(number, expected):
    value = body.parse(f'{{"metadata": {{"total": {number}}}}}'.encode())["metadata"]["total"]
    assert value == expected
    assert type(value) is type(expected)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_eight_levels_are_read_and_nine_are_not():
    assert body.parse(json.dumps({"metadata": nested(8)}).encode())
    assert refused(json.dumps({"metadata": nested(9)}).encode())[2] == ["too_deep"]
    assert refused(b'{"metadata": [[[[[[[[[]]]]]]]]]}')[2] == ["too_deep"]


@pytest.mark.parametrize(
    "raw", [b"[" * 16_000 + b"]" * 16_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[" * 32_000]
)
def test_a_tower_of_brackets_is_refused_and_breaks_nothing(raw):
    assert refused(raw)[0] == "invalid_event"


def test_a_hundred_keys_are_read_and_one_more_is_not():
    inner = {f"k{n}": n for n in range(49)}
    hundred = {"a": inner, "b": inner}
    assert body.parse(json.dumps({"metadata": hundred}).encode())
    assert refused(json.dumps({"metadata": hundred | {"c": 1}}).encode())[2] == ["too_many_keys"]


@pytest.mark.parametrize(
    ("raw", "param", "code"),
    [
        (b'{"email": "a\\u0000b"}', "email", "nul"),
        (b'{"metadata": {"a\\u0000": 1}}', "metadata.a\ufffd", "nul"),
        (b'{"metadata": {"note": "\\ud800"}}', "metadata.note", "surrogate"),
        (b'{"metadata": {"\\udfff": 1}}', "metadata.\ufffd", "surrogate"),
        (b'{"metadata": ["\\udc00\\ud800"]}', "metadata[0]", "surrogate"),
        (b'{"other": "\\ud800"}', "other", "surrogate"),
        (json.dumps({"metadata": {"a": "x" * 1_001}}).encode(), "metadata.a", "too_long"),
    ],
)
def test_text_that_cannot_be_kept_is_refused_where_it_stands(raw, param, code):
    assert refused(raw) == ("invalid_event", [param], [code])


def test_text_of_every_other_kind_is_read():
    text = "x" * 999 + "😀"
    document = {"metadata": {"a": text, "ключ": "line\nbreak\t\u202e", "n": None, "b": True}}
    assert body.parse(json.dumps(document).encode()) == document


def test_the_errors_are_told_all_at_once_but_not_without_end():
    raw = json.dumps({"metadata": ["\x00"] * 200}).encode()
    assert len(refused(raw)[1]) == body.MAX_ERRORS
