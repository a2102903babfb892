"""What happened."""

from django.urls import URLPattern, URLResolver, path

from portal.views import log

urlpatterns: list[URLPattern | URLResolver] = [
    path("", log.log, name="log"),
    path("<str:event_id>/", log.event, name="event"),
]
