"""What is rewarded."""

from django.urls import URLPattern, URLResolver, path

from portal.views.event_types import editing, listing, missed, versions

urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.event_types, name="event-types"),
    path("new/", editing.add_event_type, name="add-event-type"),
    path("preview/", editing.preview_event_type, name="preview-event-type"),
    path("unmatched/", missed.unmatched, name="unmatched"),
    path(
        "unmatched/<int:unmatched_id>/dismiss/", missed.dismiss_unmatched, name="dismiss-unmatched"
    ),
    path("replays/<int:replay_id>/", missed.replay, name="replay"),
    path("<int:pk>/", editing.edit_event_type, name="edit-event-type"),
    path("<int:pk>/move/", listing.move_event_type, name="move-event-type"),
    path("<int:pk>/switch/", listing.switch_event_type, name="switch-event-type"),
    path("<int:pk>/replay/", missed.replay_event_type, name="replay-event-type"),
    path("<int:pk>/versions/", versions.versions, name="versions"),
    path("<int:pk>/versions/<int:number>/", versions.version, name="version"),
]
