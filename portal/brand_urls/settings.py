"""What the brand says of itself, and who may do what."""

from django.urls import URLPattern, URLResolver, path

from portal.views.settings import keys, signing

urlpatterns: list[URLPattern | URLResolver] = [
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.add_key, name="add-key"),
    path("keys/<int:key_id>/rotate/", keys.rotate_key, name="rotate-key"),
    path("keys/<int:key_id>/revoke/", keys.revoke_key, name="revoke-key"),
    path("signing/new/", signing.add_signing_secret, name="add-signing-secret"),
    path("signing/rotate/", signing.rotate_signing_secret, name="rotate-signing-secret"),
    path("signing/<int:secret_id>/end/", signing.end_signing_secret, name="end-signing-secret"),
]
