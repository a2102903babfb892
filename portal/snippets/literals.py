"""Values as a language writes them, so that what anybody typed stays a value wherever it is pasted."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# Controls, direction marks, line separators: written by number, so that they can be seen and turn nothing round.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
WIDTH = 76
PLANE = 0x10000


def braced(number: int) -> str:
    """JavaScript, PHP, Ruby."""
    return f"\\u{{{number:x}}}"


def padded(number: int) -> str:
    """Python, Go."""
    return f"\\u{number:04x}" if number < PLANE else f"\\U{number:08x}"


@dataclass(frozen=True, kw_only=True)
class Literals:
    """How one language writes strings, numbers, maps and lists."""

    string_escapes: Mapping[str, str]
    hidden: Callable[[int], str]
    true: str = "true"
    false: str = "false"
    nothing: str = "null"
    map_marks: tuple[str, str] = ("{", "}")
    list_marks: tuple[str, str] = ("[", "]")
    arrow: str = ": "
    indent: str = "    "
    odd_key: Callable[[str], str] = str
    odd_map: Callable[[Mapping[str, Any]], str] = lambda _: ""
    big_number: Callable[[str], str] = str

    def string(self, text: str) -> str:
        return '"' + "".join(map(self.character, text)) + '"'

    def character(self, char: str) -> str:
        if char in self.string_escapes:
            return self.string_escapes[char]
        return self.hidden(ord(char)) if unicodedata.category(char) in HIDDEN else char

    def value(self, value: Any, depth: int = 0) -> str:
        """JSON's values. A map or list stands on one line where it fits."""
        match value:
            case bool():
                return self.true if value else self.false
            case None:
                return self.nothing
            case int() | float() | Decimal():
                return self.number(value)
            case str():
                return self.string(value)
            case list():
                parts = [self.value(each, depth + 1) for each in value]
                return self.block(parts, self.list_marks, depth)
            case _:
                return self.map(dict(value), depth)

    def number(self, value: float | Decimal) -> str:
        text = f"{value:f}" if isinstance(value, Decimal) else repr(value)
        # Past what a double counts one by one.
        return self.big_number(text) if isinstance(value, int) and abs(value) > 2**53 else text

    def map(self, value: Mapping[str, Any], depth: int) -> str:
        parts = [
            f"{self.odd_key(self.string(key))}{self.arrow}{self.value(each, depth + 1)}"
            for key, each in value.items()
        ]
        return self.odd_map(value) + self.block(parts, self.map_marks, depth)

    def block(self, parts: list[str], marks: tuple[str, str], depth: int) -> str:
        begin, end = marks
        line = f"{begin}{', '.join(parts)}{end}"
        if "\n" not in line and len(line) + len(self.indent) * depth <= WIDTH:
            return line
        inner = self.indent * (depth + 1)
        lines = "".join(f"{inner}{part},\n" for part in parts)
        return f"{begin}\n{lines}{self.indent * depth}{end}"


COMMON = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

PYTHON = Literals(string_escapes=COMMON, hidden=padded, true="True", false="False", nothing="None")
JAVASCRIPT = Literals(
    # A page's script ends at the first </script>, quoted or not.
    string_escapes={**COMMON, "<": "\\u003c"},
    hidden=braced,
    indent="  ",
    # Plain, it would set what the object inherits from.
    odd_key=lambda key: f"[{key}]" if key == '"__proto__"' else key,
)
PHP = Literals(
    string_escapes={**COMMON, "$": "\\$"},
    hidden=braced,
    map_marks=("[", "]"),
    arrow=" => ",
    # Without it, no keys or numbers as keys would make a list.
    odd_map=lambda value: "(object) " if all(key.isdecimal() for key in value) else "",
)
RUBY = Literals(
    string_escapes={**COMMON, "#": "\\#"},
    hidden=braced,
    nothing="nil",
    arrow=" => ",
    indent="  ",
)
GO = Literals(
    string_escapes=COMMON,
    hidden=padded,
    nothing="nil",
    map_marks=("map[string]any{", "}"),
    list_marks=("[]any{", "}"),
    indent="\t",
    big_number=lambda text: f'json.Number("{text}")',
)
