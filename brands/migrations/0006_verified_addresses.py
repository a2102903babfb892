"""Sign-up asks for a code from now on. Whoever is here already was let in by somebody who knew them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def vouch(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    user_model = apps.get_model("brands", "User")
    address_model = apps.get_model("account", "EmailAddress")
    without = user_model.objects.filter(emailaddress=None).values_list("pk", "email")
    address_model.objects.bulk_create(
        (
            address_model(user_id=pk, email=email, verified=True, primary=True)
            for pk, email in without.iterator()
        ),
        batch_size=1_000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("brands", "0005_audit"),
    ]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
