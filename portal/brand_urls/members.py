"""The people who earned."""

from django.urls import URLPattern, URLResolver, path

from portal.views import members

urlpatterns: list[URLPattern | URLResolver] = [
    path("", members.members, name="members"),
    path("<str:wallet_id>/", members.member, name="member"),
]
