"""What happens, as it happens."""

from django.urls import URLPattern, URLResolver, path

from portal.views import live

urlpatterns: list[URLPattern | URLResolver] = [
    path("", live.live, name="live"),
    path("state/", live.live_state, name="live-state"),
    path("stream/", live.live_stream, name="live-stream"),
]
