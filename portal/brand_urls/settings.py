"""What the brand says of itself, and who may do what."""

from django.urls import URLPattern, URLResolver, path

from portal.views.settings import audit, brand, domains, keys, limits, signing

urlpatterns: list[URLPattern | URLResolver] = [
    path("", brand.settings, name="settings"),
    path("logo/", brand.change_logo, name="change-logo"),
    path("logo/remove/", brand.remove_logo, name="remove-logo"),
    path("domains/", domains.domains, name="domains"),
    path("domains/<int:domain_id>/", domains.domain, name="domain"),
    path("domains/<int:domain_id>/remove/", domains.remove_domain, name="remove-domain"),
    path("limits/", limits.limits, name="limits"),
    path("audit/", audit.audit, name="audit"),
    path("audit/download/", audit.download_audit, name="download-audit"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.add_key, name="add-key"),
    path("keys/<int:key_id>/rotate/", keys.rotate_key, name="rotate-key"),
    path("keys/<int:key_id>/revoke/", keys.revoke_key, name="revoke-key"),
    path("signing/new/", signing.add_signing_secret, name="add-signing-secret"),
    path("signing/rotate/", signing.rotate_signing_secret, name="rotate-signing-secret"),
    path("signing/<int:secret_id>/end/", signing.end_signing_secret, name="end-signing-secret"),
]
