"""The site map."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import include, path

from portal.views import home, invitation, operator
from portal.views.settings.brand import logo

# Not to be looked at or edited, not even by the operator: `manage.py reset_second_factors` tells the person.
admin.site.unregister([Authenticator, UserSession])

urlpatterns = [
    path("", home.home, name="home"),
    path("brands/", home.brands, name="brands"),
    path("brands/new/", home.new_brand, name="new-brand"),
    path("logos/<str:digest>.png", logo, name="logo"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("b/<slug:brand_slug>/", include("portal.brand_urls")),
    path("network/", include("portal.network_urls")),
    path("resonance-api/", include("events.urls")),
    path("healthz", operator.healthz, name="healthz"),
    path("readyz", operator.readyz, name="readyz"),
    path("metrics", operator.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.account_urls")),
]
