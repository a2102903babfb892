"""What the operator sees and does under /admin/. Secrets never appear; brands are never deleted."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from brands.admin.credentials import KeysAdmin, SigningSecretsAdmin
from brands.admin.partners import BrandsAdmin
from brands.admin.people import UsersAdmin

__all__ = ["BrandsAdmin", "KeysAdmin", "SigningSecretsAdmin", "UsersAdmin"]

# One way to sign in: counted, and later with a second factor. The admin's own form has neither.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Resonance"
