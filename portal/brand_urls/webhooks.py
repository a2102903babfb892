"""Who is told of what happens."""

from django.urls import URLPattern, URLResolver, include, path

from portal.views.webhooks import deliveries, endpoints

of_endpoint: list[URLPattern | URLResolver] = [
    path("", deliveries.webhook, name="webhook"),
    path("edit/", endpoints.edit_webhook, name="edit-webhook"),
    path("secret/", endpoints.webhook_secret, name="webhook-secret"),
    path("switch/", endpoints.switch_webhook, name="switch-webhook"),
    path("delete/", endpoints.delete_webhook, name="delete-webhook"),
    path("ping/", deliveries.ping_webhook, name="ping-webhook"),
    path("replay/", deliveries.replay_webhook, name="replay-webhook"),
    path("progress/", deliveries.webhook_progress, name="webhook-progress"),
    path("<int:delivery_id>/", deliveries.webhook_delivery, name="webhook-delivery"),
    path("<int:delivery_id>/resend/", deliveries.resend_webhook, name="resend-webhook"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", endpoints.webhooks_page, name="webhooks"),
    path("new/", endpoints.add_webhook, name="add-webhook"),
    path("<int:endpoint_id>/", include(of_endpoint)),
]
