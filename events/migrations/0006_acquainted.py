"""Accounts for those who have been refused only, before 0005."""

from django.db import migrations

MEET = """
    SELECT wallets_meet(met.wallet_id, met.brand_id, met.test) FROM (
        SELECT DISTINCT wallet_id, brand_id, test FROM events_event
        WHERE status <> 'rewarded' AND wallet_id IS NOT NULL
    ) met
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0005_acquaintance")]

    operations = [migrations.RunSQL(MEET, migrations.RunSQL.noop)]
