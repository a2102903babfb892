from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_alerts")]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                F("fold") * 2 + Cast("test", models.IntegerField()),
                "first_at",
                include=("number",),
                name="person_by_first_seen",
            ),
        ),
        migrations.RemoveIndex(model_name="person", name="person_by_first_at"),
    ]
