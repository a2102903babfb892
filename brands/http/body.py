"""The body of a call: limits before work, and no reading of it that another parser would not share."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from brands.http.problems import FieldError, Problem

MAX_BYTES = 32 * 1024
MAX_DEPTH = 8
MAX_KEYS = 100
MAX_STRING = 1_000
MAX_DIGITS = 40
MAX_EXPONENT = 30
MAX_ERRORS = 20
MAX_PARAM = 200

JSON_TYPE = re.compile(r'application/json(\s*;\s*charset\s*=\s*"?utf-?8"?)?\s*', re.IGNORECASE)
NUMBER = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
SURROGATE = re.compile("[\ud800-\udfff]")
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """A number that is not worth computing, in its place until the place is known."""


OUT_OF_BOUNDS = OutOfBounds()


@dataclass(frozen=True, slots=True)
class Unsound:
    """What two parsers may read differently, in its place among items that are sound."""

    why: str


class NotSound(ValueError):
    """JSON that two parsers may read differently."""


def read(request: HttpRequest, *, limit: int = MAX_BYTES) -> bytes:
    """The raw body. Raises unsupported_media_type, too_large, invalid_json (where there is none)."""
    content_type = request.META.get("CONTENT_TYPE", "")
    length = content_length(request)
    if content_type and not JSON_TYPE.fullmatch(content_type.strip()):
        raise Problem("unsupported_media_type", "Send Content-Type: application/json, in UTF-8.")
    if length > limit:
        raise too_large(limit)
    raw = request.body if length else chunked(request, limit)
    if not raw.strip():
        raise Problem(
            "invalid_json",
            'The body is empty. Send a JSON object such as {"event": …, "email": …}.',
        )
    if not content_type:
        raise Problem("unsupported_media_type", "Send Content-Type: application/json, in UTF-8.")
    return raw


def content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    # Sixteen digits are more than any limit here, and few enough for int().
    return int(text[:16]) if text.isascii() and text.isdigit() else 0


def chunked(request: HttpRequest, limit: int) -> bytes:
    """A body without Content-Length, as streams send it. Django takes it for empty."""
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    raw: bytes = request.META["wsgi.input"].read(limit + 1)
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def too_large(limit: int) -> Problem:
    return Problem("too_large", f"Send at most {limit // 1024} KB; leave out what no rule needs.")


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object, with every number exact. Raises invalid_json, invalid_event."""
    document = loads(raw)
    if not isinstance(document, dict):
        raise invalid([FieldError("", "not_an_object", "Send one JSON object, in braces.")])
    if errors := list(Inspection().of(document, "", 0)):
        raise invalid(errors[:MAX_ERRORS])
    return document


def loads(raw: bytes) -> Any:
    """One JSON value that every parser reads alike. Raises invalid_json, invalid_event (too deep)."""
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=refuse_constant,
            parse_float=number,
            parse_int=number,
        )
    except UnicodeDecodeError:
        raise Problem("invalid_json", "Send the body in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("invalid_json", f"The body is not JSON: {error.msg} ({where}).") from None
    except NotSound as error:
        raise Problem("invalid_json", str(error)) from None
    except RecursionError:
        raise invalid([FieldError("", "too_deep", deeper())]) from None


def invalid(errors: list[FieldError]) -> Problem:
    first = errors[0]
    more = f" ({len(errors)} fields are not valid.)" if len(errors) > 1 else ""
    where = f"{first.param}: " if first.param else ""
    return Problem("invalid_event", f"{where}{first.message}{more}", errors)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotSound(f"Send every key once: {shown(twice)} is there twice.")
    return found


def refuse_constant(name: str) -> Any:
    raise NotSound(no_json(name))


def no_json(name: str) -> str:
    return f"{name} is not JSON. Send a number, or leave the field out."


def number(text: str) -> int | Decimal | OutOfBounds:
    """The number itself, never a float. One that is too long is not converted at all."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return OUT_OF_BOUNDS
    whole, fraction, exponent = match.groups()
    if len(whole) + len(fraction or "") > MAX_DIGITS:
        return OUT_OF_BOUNDS
    if exponent and (len(exponent) > MAX_DIGITS or abs(int(exponent)) > MAX_EXPONENT):
        return OUT_OF_BOUNDS
    return int(text) if fraction is None and exponent is None else Decimal(text)


class Inspection:
    """One walk over everything that was sent. Depth and keys are those of one top-level field.

    Raises NotSound at what is Unsound.
    """

    def __init__(self) -> None:
        self.keys = 0

    def of(self, value: Any, path: str, depth: int) -> Iterator[FieldError]:
        match value:
            case dict() | list() if depth > MAX_DEPTH:
                yield FieldError(shown(path), "too_deep", deeper())
            case dict():
                yield from self.of_object(value, path, depth)
            case list():
                for index, each in enumerate(value):
                    yield from self.of(each, f"{path}[{index}]", depth + 1)
            case str():
                yield from of_text(value, path)
            case OutOfBounds():
                message = f"Send a number of at most {MAX_DIGITS} digits, exponent within ±{MAX_EXPONENT}."
                yield FieldError(shown(path), "out_of_bounds", message)
            case Unsound():
                raise NotSound(value.why)

    def of_object(self, value: dict[str, Any], path: str, depth: int) -> Iterator[FieldError]:
        for key, each in value.items():
            inner = f"{path}.{key}" if path else key
            if depth:
                self.keys += 1
                if self.keys == MAX_KEYS + 1:
                    message = f"Send at most {MAX_KEYS} keys, those of inner objects included."
                    yield FieldError(shown(path), "too_many_keys", message)
            else:
                self.keys = 0
            yield from of_text(key, inner)
            yield from self.of(each, inner, depth + 1)


def of_text(text: str, path: str) -> Iterator[FieldError]:
    if "\x00" in text:
        yield FieldError(shown(path), "nul", "Remove the NUL character.")
    if SURROGATE.search(text):
        yield FieldError(
            shown(path), "surrogate", "Remove the half of a character (a lone surrogate)."
        )
    if len(text) > MAX_STRING:
        yield FieldError(shown(path), "too_long", f"Send at most {MAX_STRING:,} characters.")


def deeper() -> str:
    return f"Send at most {MAX_DEPTH} levels of objects and lists."


def shown(text: str) -> str:
    """What came from outside, fit for an answer."""
    return UNSHOWABLE.sub("\ufffd", text[:MAX_PARAM])
