"""Emptying the database after a test that commits: only the tables that have rows."""

from functools import cache

from django.db import connections
from django.test import TransactionTestCase

# What every database begins with, and no test changes: Django would truncate it as well, and make it again.
KEPT = {"django_content_type", "auth_permission", "django_migrations"}


def flush(case: TransactionTestCase) -> None:
    """In place of `TransactionTestCase._fixture_teardown`.

    Truncating makes new files for a table and each of its indexes, which takes longer than most tests.
    """
    for name in case._databases_names(include_mirrors=False):
        with connections[name].cursor() as cursor:
            cursor.execute(used(name))
            tables = [table for (table,) in cursor.fetchall()]
            if tables:
                cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


@cache
def used(database: str) -> str:
    """The query for the tables that have rows."""
    connection = connections[database]
    names = {*connection.introspection.django_table_names(only_existing=True)} - KEPT
    quoted = [connection.ops.quote_name(name) for name in sorted(names)]
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in quoted
    )
