"""The site map of one brand, under /b/<brand_slug>/."""

from django.urls import URLPattern, URLResolver, path

from portal.views import event_types, log, members, overview

app_name = "portal"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("event-types/", event_types.event_types, name="event-types"),
    path("event-types/new/", event_types.add_event_type, name="add-event-type"),
    path("event-types/preview/", event_types.preview_event_type, name="preview-event-type"),
    path("event-types/<int:pk>/", event_types.edit_event_type, name="edit-event-type"),
    path("event-types/<int:pk>/switch/", event_types.switch_event_type, name="switch-event-type"),
    path("log/", log.log, name="log"),
    path("log/<str:event_id>/", log.event, name="event"),
    path("members/", members.members, name="members"),
    path("members/<str:wallet_id>/", members.member, name="member"),
]
