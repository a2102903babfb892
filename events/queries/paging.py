"""Pages by cursor, in both directions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some rows, newest first, and the cursors that lead on from them: `before` one, or `after` one."""

    rows: Sequence[T]
    older: str | None
    newer: str | None


def newest(found: Sequence[T], *, limit: int, cursor: Callable[[T], str], begun: bool) -> Slice[T]:
    """A slice of rows that were read downwards, one more than the limit; `begun`: not from the very top."""
    rows = found[:limit]
    older = cursor(rows[-1]) if len(found) > limit else None
    return Slice(rows, older, cursor(rows[0]) if begun and rows else None)


def above(found: Sequence[T], *, limit: int, cursor: Callable[[T], str]) -> Slice[T]:
    """A slice of rows that were read as the next ones above a row, newest first, one more than the limit."""
    rows = found[-limit:]
    newer = cursor(rows[0]) if len(found) > limit else None
    return Slice(rows, cursor(rows[-1]) if rows else None, newer)
