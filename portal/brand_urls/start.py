"""The first fifteen minutes."""

from django.urls import URLPattern, URLResolver, path

from portal.views import setup

urlpatterns: list[URLPattern | URLResolver] = [
    path("", setup.setup, name="setup"),
    path("steps/", setup.setup_steps, name="setup-steps"),
    path("event-type/", setup.start_event_type, name="start-event-type"),
]
