"""What was far from usual."""

from django.urls import path

from portal.views import alerts

urlpatterns = [path("", alerts.alerts, name="alerts")]
