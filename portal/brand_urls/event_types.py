"""What is rewarded."""

from django.urls import URLPattern, URLResolver, path

from portal.views import event_types

urlpatterns: list[URLPattern | URLResolver] = [
    path("", event_types.event_types, name="event-types"),
    path("new/", event_types.add_event_type, name="add-event-type"),
    path("preview/", event_types.preview_event_type, name="preview-event-type"),
    path("<int:pk>/", event_types.edit_event_type, name="edit-event-type"),
    path("<int:pk>/switch/", event_types.switch_event_type, name="switch-event-type"),
]
