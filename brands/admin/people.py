"""People who sign in."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from brands import services as brands
from brands.admin.rights import NeverDeleted
from brands.models import User

# Django's own classes take no type arguments at run time.
if TYPE_CHECKING:
    PersonAdmin = UserAdmin[User]
    CreationForm = AdminUserCreationForm[User]
    ChangeForm = UserChangeForm[User]
else:
    PersonAdmin = UserAdmin
    CreationForm = AdminUserCreationForm
    ChangeForm = UserChangeForm


class NewUserForm(CreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(ChangeForm):
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UsersAdmin(NeverDeleted, PersonAdmin):
    """People. One who leaves is made inactive."""

    form = UserForm
    add_form = NewUserForm
    list_display = ["email", "name", "teams", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = ["groups", "user_permissions"]
    readonly_fields = ["last_login", "joined_at"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        (
            "Rights",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Dates", {"fields": ["last_login", "joined_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "usable_password", "password1", "password2"]}),
    ]

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: "forms.ModelForm[User]",
        change: bool,  # noqa: FBT001 - Django calls it so
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            brands.vouch(user=obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).annotate(team_count=Count("memberships"))

    @admin.display(description="Teams", ordering="team_count")
    def teams(self, user: User) -> int:
        return int(getattr(user, "team_count", 0))
