"""What the operator sees and does under /admin/. Secrets never appear; brands are never deleted."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from brands.admin.credentials import KeysAdmin, SigningSecretsAdmin
from brands.admin.partners import BrandsAdmin
from brands.admin.people import UsersAdmin

__all__ = ["BrandsAdmin", "KeysAdmin", "SigningSecretsAdmin", "UsersAdmin"]


def change_password(_request: HttpRequest, _extra_context: Any = None) -> HttpResponse:
    """One way to change it: told by mail, which the admin's own form is not."""
    return redirect("account_change_password")


# One way to sign in: counted, and with a second factor. The admin's own form has neither.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = change_password  # type: ignore[method-assign, assignment]
admin.site.site_header = admin.site.site_title = "Resonance"
