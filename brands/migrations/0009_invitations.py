import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

ROLES = [
    ("OWNER", "Owner"),
    ("MANAGER", "Manager"),
    ("DEVELOPER", "Developer"),
    ("ANALYST", "Analyst"),
]
ENDINGS = [("ACCEPTED", "Accepted"), ("DECLINED", "Declined"), ("WITHDRAWN", "Withdrawn")]


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0008_adjustment_limit"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="form",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                fields=["form"], name="api_key_is_made_once_per_form"
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.EmailField(max_length=254)),
                ("role", models.CharField(choices=ROLES, max_length=16)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ending", models.CharField(blank=True, choices=ENDINGS, max_length=16)),
                ("digest", models.BinaryField(max_length=32, null=True, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="brands.brand",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("ended_at__isnull", True)),
                        fields=("brand", "address"),
                        name="invitation_is_open_once_per_brand_and_address",
                    ),
                    models.CheckConstraint(
                        condition=Q(("address", django.db.models.functions.text.Lower("address"))),
                        name="invitation_address_is_in_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=Q(("role__in", [value for value, _ in ROLES])),
                        name="invitation_role_is_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(("ended_at__isnull", True), ("ending", ""))
                        | Q(
                            ("ended_at__isnull", False),
                            ("ending__in", [value for value, _ in ENDINGS]),
                        ),
                        name="invitation_says_how_it_ended",
                    ),
                    models.CheckConstraint(
                        condition=Q(("expires_at__gt", F("created_at"))),
                        name="invitation_expires_after_it_was_made",
                    ),
                ],
            },
        ),
    ]
