"""/resonance-api/"""

from django.urls import path

from events.api import docs
from events.api.batch import EventBatch
from events.api.debug import Debug
from events.api.feed import EventFeed
from events.api.reading import OneEvent, OneWallet
from events.api.report import ManualEvent

app_name = "events"

urlpatterns = [
    path("manual-event", ManualEvent.as_view(), name="manual-event"),
    path("debug", Debug.as_view(), name="debug"),
    path("events", EventFeed.as_view(), name="event-feed"),
    path("events/batch", EventBatch.as_view(), name="event-batch"),
    path("events/<str:event_id>", OneEvent.as_view(), name="event"),
    path("wallets/<str:address>", OneWallet.as_view(), name="wallet"),
    path("openapi.json", docs.openapi, name="openapi"),
    path("docs/", docs.docs, name="docs"),
]
