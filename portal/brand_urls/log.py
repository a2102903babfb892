"""What happened."""

from django.urls import URLPattern, URLResolver, path

from portal.views import event, log

urlpatterns: list[URLPattern | URLResolver] = [
    path("", log.log, name="log"),
    path("news/", log.log_news, name="log-news"),
    path("export/", log.export_log, name="export-log"),
    path("export/people/", log.export_people, name="export-people"),
    path("<str:event_id>/", event.event, name="event"),
    path("<str:event_id>/reveal/", event.reveal_event, name="reveal-event"),
    path("<str:event_id>/again/", event.send_event_again, name="send-event-again"),
]
