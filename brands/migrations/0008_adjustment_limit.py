from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("brands", "0007_logos")]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="adjustment_limit",
            field=models.BigIntegerField(default=10000),
        ),
        migrations.AddConstraint(
            model_name="brand",
            constraint=models.CheckConstraint(
                condition=models.Q(("adjustment_limit__gte", 0)),
                name="brand_adjustment_limit_is_not_negative",
                violation_error_message="A limit is 0.00 or more.",
            ),
        ),
    ]
