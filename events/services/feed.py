"""The feed's epoch: what stands above the transaction numbers of one server's life."""

from django.db import connection, transaction

# 2^63 / 2^48
MOST = 32_767


def raise_epoch() -> int:
    """Put all that is recorded from now on after all that was recorded before. Returns the new epoch.

    Waits for the events that are being recorded; others wait for it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE events_event IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT events_epoch() + 1")
        epoch = int(cursor.fetchone()[0])
        if epoch > MOST:
            message = "There is no epoch left."
            raise ValueError(message)
        cursor.execute(
            "CREATE OR REPLACE FUNCTION events_epoch() RETURNS bigint LANGUAGE sql STABLE "
            f"PARALLEL SAFE AS 'SELECT {epoch}::bigint'"
        )
    return epoch
