"""Trying events and the connection."""

from django.urls import URLPattern, URLResolver, path

from portal.views import connection, console

urlpatterns: list[URLPattern | URLResolver] = [
    path("", console.test_console, name="test-console"),
    path("connection/", connection.connection, name="test-connection"),
]
