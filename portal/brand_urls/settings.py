"""What the brand says of itself, and who may do what."""

from django.urls import URLPattern, URLResolver, path

from portal.views import alerts
from portal.views.settings import (
    audit,
    brand,
    domains,
    invitations,
    keys,
    limits,
    signing,
    team,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", brand.settings, name="settings"),
    path("logo/", brand.change_logo, name="change-logo"),
    path("logo/remove/", brand.remove_logo, name="remove-logo"),
    path("domains/", domains.domains, name="domains"),
    path("domains/<int:domain_id>/", domains.domain, name="domain"),
    path("domains/<int:domain_id>/remove/", domains.remove_domain, name="remove-domain"),
    path("limits/", limits.limits, name="limits"),
    path("alerts/", alerts.alert_settings, name="alert-settings"),
    path("audit/", audit.audit, name="audit"),
    path("audit/download/", audit.download_audit, name="download-audit"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.add_key, name="add-key"),
    path("keys/<int:key_id>/rotate/", keys.rotate_key, name="rotate-key"),
    path("keys/<int:key_id>/revoke/", keys.revoke_key, name="revoke-key"),
    path("team/", team.team, name="team"),
    path("team/leave/", team.leave_team, name="leave-team"),
    path("team/invite/", invitations.invite, name="invite"),
    path("team/<int:membership_id>/role/", team.change_role, name="change-role"),
    path("team/<int:membership_id>/remove/", team.remove_member, name="remove-member"),
    path("team/<int:membership_id>/transfer/", team.transfer_ownership, name="transfer-ownership"),
    path(
        "team/invitations/<int:invitation_id>/resend/",
        invitations.resend_invitation,
        name="resend-invitation",
    ),
    path(
        "team/invitations/<int:invitation_id>/withdraw/",
        invitations.withdraw_invitation,
        name="withdraw-invitation",
    ),
    path("signing/new/", signing.add_signing_secret, name="add-signing-secret"),
    path("signing/rotate/", signing.rotate_signing_secret, name="rotate-signing-secret"),
    path("signing/<int:secret_id>/end/", signing.end_signing_secret, name="end-signing-secret"),
]
