"""A body with a list of items, each of them sound or refused by itself."""

import json
import re
from dataclasses import dataclass
from typing import Any

from brands.http import body
from brands.http.body import Unsound
from brands.http.problems import FieldError, Problem

MOST = 500
MAX_BYTES = 4 * 1024 * 1024

SPACE = re.compile(r"[ \t\n\r]*")
# UTF-8 takes at most four bytes a character.
SURELY_SHORT = body.MAX_BYTES // 4


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it was sent, and how many bytes it took."""

    value: Any
    size: int


def read(raw: bytes, field: str) -> tuple[dict[str, Any], list[dict[str, Any] | Problem]]:
    """What stands beside the list, and each item of it, or why that one is refused.

    Raises invalid_json, invalid_event where the whole cannot be read.
    """
    try:
        beside = Reader(raw.decode("utf-8"), field).document()
        errors = list(body.Inspection().of({**beside, field: None}, "", 0))
    except UnicodeDecodeError:
        raise Problem("invalid_json", "Send the body in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("invalid_json", f"The body is not JSON: {error.msg} ({where}).") from None
    except body.NotSound as error:
        raise Problem("invalid_json", str(error)) from None
    except RecursionError:
        raise body.invalid([FieldError(field, "too_deep", body.deeper())]) from None
    items = beside.pop(field, None)
    if errors := errors[: body.MAX_ERRORS] or errors_of_list(items, field):
        raise body.invalid(errors)
    return beside, [sound(item) for item in items]


def errors_of_list(items: Any, field: str) -> list[FieldError]:
    if items is None:
        return [FieldError(field, "required", f"Send {field}.")]
    if not isinstance(items, list) or not items:
        return [FieldError(field, "not_a_list", f"Send a list of 1 to {MOST} objects.")]
    return []


def sound(item: Item) -> dict[str, Any] | Problem:
    """The item, or why it is refused."""
    if item.size > body.MAX_BYTES:
        return body.too_large(body.MAX_BYTES)
    try:
        errors = list(body.Inspection().of(item.value, "", 0))
    except body.NotSound as error:
        return Problem("invalid_json", str(error))
    if not isinstance(item.value, dict):
        message = "Send each item as a JSON object, in braces."
        errors = [FieldError("", "not_an_object", message)]
    return body.invalid(errors[: body.MAX_ERRORS]) if errors else item.value


class Reader:
    """Reads the outer object by hand, so that each item is known with its length.

    Raises json.JSONDecodeError, body.NotSound, RecursionError; invalid_event for too many items.
    """

    def __init__(self, text: str, field: str) -> None:
        self.text = text
        self.field = field
        self.at = 0
        self.decoder = json.JSONDecoder(
            object_pairs_hook=unique,
            parse_constant=refuse_constant,
            parse_float=body.number,
            parse_int=body.number,
        )

    def document(self) -> dict[str, Any]:
        if not self.take("{"):
            # Refused by the one who says why.
            return body.parse(self.text.encode())
        pairs: list[tuple[str, Any]] = []
        while not self.ends("}", first=not pairs):
            name = self.name()
            self.expect(":")
            here = name == self.field and self.take("[")
            pairs.append((name, self.items() if here else self.value()))
        self.skip()
        if self.at != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, self.at)
        return body.unique(pairs)

    def items(self) -> list[Item]:
        """What follows the bracket that opens the list."""
        found: list[Item] = []
        while not self.ends("]", first=not found):
            if len(found) == MOST:
                message = f"Send at most {MOST} items in one call."
                raise body.invalid([FieldError(self.field, "too_many", message)])
            self.skip()
            began = self.at
            value = self.value()
            found.append(Item(value, self.size(began)))
        return found

    def ends(self, char: str, *, first: bool) -> bool:
        """Whether nothing follows: the closing bracket, or else the comma before the next one."""
        if self.take(char):
            return True
        if not first:
            self.expect(",")
            if self.take(char):
                raise json.JSONDecodeError("Illegal trailing comma", self.text, self.at - 1)
        return False

    def size(self, began: int) -> int:
        characters = self.at - began
        if characters <= SURELY_SHORT:
            return characters
        return len(self.text[began : self.at].encode("utf-8"))

    def name(self) -> str:
        self.skip()
        if not self.text.startswith('"', self.at):
            raise json.JSONDecodeError("Expecting a name in double quotes", self.text, self.at)
        return str(self.value())

    def value(self) -> Any:
        self.skip()
        found, self.at = self.decoder.raw_decode(self.text, self.at)
        return found

    def skip(self) -> None:
        match = SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, char: str) -> bool:
        self.skip()
        found = self.text.startswith(char, self.at)
        self.at += found
        return found

    def expect(self, char: str) -> None:
        if not self.take(char):
            raise json.JSONDecodeError(f"Expecting {char!r}", self.text, self.at)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Unsound:
    try:
        return body.unique(pairs)
    except body.NotSound as error:
        return Unsound(str(error))


def refuse_constant(name: str) -> Unsound:
    return Unsound(body.no_json(name))
