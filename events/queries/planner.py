"""Queries of which we know better than the planner how they are to be answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

KEEP_TO_INDEXES = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; "
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
)


@contextmanager
def by_index() -> Iterator[Any]:
    """A cursor in a transaction that reads in the order of an index, and stops where enough is found.

    From bad estimates, or none, as after a restore, the planner would read a brand's whole past and sort it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(KEEP_TO_INDEXES)
        yield cursor
