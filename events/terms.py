"""What of an event stands in the log's index, and how to ask for it, as PostgreSQL's text search reads it. Pure.

A term is `block:kind:text`. Kinds: n(ame), s(tatus), t(rust), c(ame by), w(ord), and x for a word that is found
as a whole only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from events.words import Asked, words_of

# Where the block belongs in what is asked for. No word holds it: control characters are left out of words.
ANY_BLOCK = "\x01"


def quoted(term: str) -> str:
    """As a lexeme of a tsvector or tsquery."""
    doubled = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def facets(*, name: str = "", status: str = "", trust: str = "", source: str = "") -> list[str]:
    """The terms of what is set, without their block."""
    kinds = {"n": name, "s": status, "t": trust, "c": source}
    return [f"{kind}:{value}" for kind, value in kinds.items() if value]


def terms_of(block: int, of_event: Iterable[str], metadata: Mapping[str, Any] | None) -> str:
    """All terms of an event, as a tsvector."""
    words = words_of(metadata)
    terms = [
        *of_event,
        *(f"w:{word}" for word in words.open),
        *(f"x:{word}" for word in words.whole),
    ]
    return " ".join(quoted(f"{block}:{term}") for term in terms)


def wanted(of_event: Iterable[str], words: Iterable[Asked]) -> str:
    """The events that have all of these, as a tsquery for any block."""
    parts = [quoted(f"{ANY_BLOCK}:{term}") for term in of_event]
    return " & ".join([*parts, *(word_wanted(word) for word in words)])


def word_wanted(asked: Asked) -> str:
    as_open = quoted(f"{ANY_BLOCK}:w:{asked.word}")
    if asked.prefix:
        return f"{as_open}:*"
    return f"({as_open} | {quoted(f'{ANY_BLOCK}:x:{asked.word}')})"
