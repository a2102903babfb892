"""The pages of django-allauth that we keep. The others are not reachable."""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from portal.views import security
from portal.views.second_factors import SignInByPasskey, StepUpByPasskey
from portal.views.sign_up import EnterCode

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Where RESONANCE_SIGNUP is closed it says who makes accounts.
    path("signup/", views.signup, name="account_signup"),
    path("signup/code/", EnterCode.as_view(), name="account_email_verification_sent"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    # Signing in: with a passkey alone, or the second step after the password.
    path("login/passkey/", SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("login/second-step/", mfa.authenticate, name="mfa_authenticate"),
    # Asking again who it is.
    path("reauthenticate/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", StepUpByPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("security/", security.security, name="account_security"),
    # django-allauth's names of the pages that ours stands for: it leads back to them.
    path("security/", security.security, name="mfa_index"),
    path("security/", security.security, name="mfa_list_webauthn"),
    path("security/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path(
        "security/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"
    ),
    path("security/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "security/codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "security/sessions/others/", security.end_other_sessions, name="account_end_other_sessions"
    ),
    path("security/sessions/<int:session_id>/", security.end_session, name="account_end_session"),
]
