"""Rows for somebody's spreadsheet: a cell that a stranger wrote must not become a formula there."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

# What a spreadsheet takes for the beginning of a formula; it skips blanks before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
# Without it, Excel reads UTF-8 as something else.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def cell(text: str) -> str:
    """The text as a cell that stays text."""
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def lines(rows: Iterable[Sequence[str | int | Decimal]]) -> Iterator[str]:
    """The rows as CSV, one at a time, beginning with the mark of UTF-8. A number is nobody's formula."""
    writer = csv.writer(Echo())
    yield MARK
    for row in rows:
        yield writer.writerow([cell(each) if isinstance(each, str) else each for each in row])
