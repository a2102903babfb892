from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (HERE / "0002_books.sql").read_text(), (HERE / "0002_books_undo.sql").read_text()
        ),
    ]
