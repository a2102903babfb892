"""Secret keys and signing secrets, without anything that could be used."""

from typing import TYPE_CHECKING, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from brands import services
from brands.admin.rights import ReadOnly
from brands.models import ApiKey, SigningSecret, User

# Django's own classes take no type arguments at run time.
if TYPE_CHECKING:
    KeyModelAdmin = admin.ModelAdmin[ApiKey]
    SecretModelAdmin = admin.ModelAdmin[SigningSecret]
else:
    KeyModelAdmin = SecretModelAdmin = admin.ModelAdmin


@admin.register(ApiKey)
class KeysAdmin(ReadOnly, KeyModelAdmin):
    """Secret keys, without what could be used: neither secret nor digest."""

    fields = [
        "brand_name",
        "name",
        "last_four",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]
    list_display = [
        "name",
        "brand_name",
        "last_four",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]
    list_select_related = ["brand"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "last_four", "brand__name", "brand__slug"]
    ordering = ["-created_at"]
    actions = ["revoke"]

    @admin.display(description="Brand", ordering="brand__name")
    def brand_name(self, key: ApiKey) -> str:
        return key.brand.name

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("brands.change_apikey")

    @admin.action(description="Revoke: refuse the key from now on", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys:
            services.revoke_key(key=key, by=cast("User", request.user), now=timezone.now())
            self.log_change(request, key, "Revoked.")
        self.message_user(request, "Revoked.", messages.SUCCESS)


@admin.register(SigningSecret)
class SigningSecretsAdmin(ReadOnly, SecretModelAdmin):
    """When a brand's signing secrets were made and end. Never the secret."""

    fields = ["brand_name", "last_four", "created_at", "expires_at"]
    list_display = ["brand_name", "last_four", "created_at", "expires_at"]
    list_select_related = ["brand"]
    search_fields = ["brand__name", "brand__slug"]
    ordering = ["-created_at"]

    @admin.display(description="Brand", ordering="brand__name")
    def brand_name(self, row: SigningSecret) -> str:
        return row.brand.name
