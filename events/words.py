"""The words by which an event is found, and those that somebody looks for. Pure.

PostgreSQL's own parser would take ORD-12345 apart, read 1.50 as a version, and cut an address in ways of its
own. What a partner sends is names and numbers more than sentences, so it is found as it was typed.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from events.personal import ADDRESS, TELEPHONE, is_personal_key

LONGEST = 64
MOST_WORDS = 250
MOST_ASKED = 8
LEAST_PREFIX = 2
# What stands around a word and is not of it, where there is anything else.
AROUND = re.compile(r"^[\W_]+|[\W_]+$")
PARTS = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"[0-9.,]+")
UNSEEN = {"Cc", "Cf", "Cs"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A word that an event must have; `prefix`: or one that begins with it."""

    word: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """`open` ones are found by their beginnings too. `whole` ones are a person's: only who knows one finds it,
    and nobody feels for it letter by letter."""

    open: frozenset[str]
    whole: frozenset[str]

    def have(self, asked: Asked) -> bool:
        if asked.prefix and any(word.startswith(asked.word) for word in self.open):
            return True
        return not asked.prefix and (asked.word in self.open or asked.word in self.whole)


def words_of(metadata: Mapping[str, Any] | None) -> Words:
    """Every word of the values, and the parts of each: 12345 of ORD-12345."""
    open_words: dict[str, None] = {}
    whole: dict[str, None] = {}
    for text, personal in values(metadata or {}, personal=False):
        of_person = personal or bool(TELEPHONE.search(text))
        for word in split(text):
            if of_person or ADDRESS.search(word):
                whole[word] = None
                continue
            open_words[word] = None
            if not NUMBER.fullmatch(word):
                open_words.update((part, None) for part in PARTS.findall(word) if len(part) > 1)
        if len(open_words) + len(whole) > MOST_WORDS:
            break
    return Words(frozenset([*open_words][:MOST_WORDS]), frozenset([*whole][:MOST_WORDS]))


def values(value: Any, *, personal: bool) -> Iterator[tuple[str, bool]]:
    """Texts and numbers as they were sent, and whether they stand under a person's key."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from values(each, personal=personal or is_personal_key(key))
    elif isinstance(value, list):
        for each in value:
            yield from values(each, personal=personal)
    elif isinstance(value, Decimal):
        # As it was sent, and shorter: 89.990 is found by 89.99 too.
        yield f"{value:f} {value.normalize():f}", personal
    elif value is not None and not isinstance(value, bool):
        yield f"{value}", personal


def split(text: str) -> Iterator[str]:
    for piece in text.split():
        if word := folded(piece):
            yield word


def folded(piece: str) -> str:
    """Without what stands around it and what is not seen, the same in capitals and small letters."""
    seen = "".join(char for char in piece if unicodedata.category(char) not in UNSEEN)
    # More than enough of it, before anything looks for its end.
    seen = seen[: 4 * LONGEST]
    return (AROUND.sub("", seen) or seen).lower()[:LONGEST]


def asked(text: str) -> list[Asked]:
    """What somebody typed: all of these must be there. `ord-12*` is a beginning."""
    found: dict[Asked, None] = {}
    for piece in text.split():
        bare = piece.rstrip("*")
        if word := folded(bare):
            prefix = piece.endswith("*") and len(word) >= LEAST_PREFIX and "@" not in word
            found[Asked(word, prefix)] = None
    return [*found][:MOST_ASKED]
