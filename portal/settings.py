"""Every knob of the installation, read from the environment. What must be set and is not stops the start."""

import os
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal import logs

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """The variable's value. Raises ImproperlyConfigured where it is unset and has no default."""
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"Set the {name} environment variable (see .env.example).")
    return value


def env_list(name: str) -> list[str]:
    return [part.strip() for part in env(name, "").split(",") if part.strip()]


LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

# The base URL decides about cookies, HSTS and which calls are refused.
RESONANCE_URL = env("RESONANCE_URL").rstrip("/")
_url = urlsplit(RESONANCE_URL)
if _url.scheme not in {"http", "https"} or not _url.hostname or _url.path or _url.username:
    raise ImproperlyConfigured("RESONANCE_URL must look like https://resonance.example.")
HTTPS = _url.scheme == "https"
_host = f"[{_url.hostname}]" if ":" in _url.hostname else _url.hostname
if not HTTPS and _host not in LOOPBACK_HOSTS:
    raise ImproperlyConfigured(
        "RESONANCE_URL may be http:// on a loopback host only; use https://."
    )

# Where browsers find the streams of the live pages: behind a proxy the same origin.
RESONANCE_LIVE_URL = env("RESONANCE_LIVE_URL", f"{RESONANCE_URL}/live").rstrip("/")
_live = urlsplit(RESONANCE_LIVE_URL)

RESONANCE_VERSION = "0.1.0"
RESONANCE_DATA = env("RESONANCE_DATA", str(BASE_DIR / ".local"))
RESONANCE_DEFAULT_BRAND = env("RESONANCE_DEFAULT_BRAND", "")
RESONANCE_SINGLE_BRAND = env("RESONANCE_SINGLE_BRAND", "0") == "1"
RESONANCE_TRUSTED_PROXIES = env_list("RESONANCE_TRUSTED_PROXIES")
# Whether people can make accounts by themselves: open, or closed.
RESONANCE_SIGNUP = env("RESONANCE_SIGNUP", "open")
if RESONANCE_SIGNUP not in {"open", "closed"}:
    raise ImproperlyConfigured("RESONANCE_SIGNUP is open or closed.")
# Who may read /readyz and /metrics from elsewhere than this machine; nobody while it is empty.
RESONANCE_METRICS_TOKEN = env("RESONANCE_METRICS_TOKEN", "")
# An API call that takes longer is logged with its parts.
RESONANCE_SLOW_MS = float(env("RESONANCE_SLOW_MS", "200"))
# Receivers of webhooks on this very machine, as host:port, for development and tests: plain http and
# loopback addresses are allowed there, and nowhere else.
RESONANCE_OUTGOING_INSECURE_HOSTS = env_list("RESONANCE_OUTGOING_INSECURE_HOSTS")
# Who is asked where a partner's name leads, as address or address:port; the system's servers while it is empty.
RESONANCE_DNS_SERVERS = env_list("RESONANCE_DNS_SERVERS")

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
# Partners store `wal_…`: put the first SECRET_KEY here before it is changed, and the ids stay as they are.
RESONANCE_ID_KEY = env("RESONANCE_ID_KEY", SECRET_KEY)
ALLOWED_HOSTS = [_host] if HTTPS else [*LOOPBACK_HOSTS]

INSTALLED_APPS = [
    "portal",
    "analytics",
    "events",
    "wallets",
    "brands",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "analytics.middleware.AnswersMiddleware",
    "portal.middleware.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "brands.http.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.PageHeadersMiddleware",
    "portal.sessions.SessionsMiddleware",
    "portal.stepup.StepUpMiddleware",
    "portal.middleware.BrandMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"


def database(url: str) -> dict[str, object]:
    """Django's form of postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://.")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": options.pop("port", None) or parts.port or "",
        "OPTIONS": {
            **options,
            "connect_timeout": 2,
            # A partner is told to try again within about two seconds, never left waiting.
            "pool": {
                "min_size": 1,
                "max_size": int(env("RESONANCE_DATABASE_CONNECTIONS", "16")),
                "timeout": 2,
            },
        },
    }


DATABASES = {"default": database(env("DATABASE_URL"))}
# Reports are read there, a moment late, where it is set: a streaming replica of the same database.
if _replica := env("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = {**database(_replica), "TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "brands.cache.OpenCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "resonance",
        "OPTIONS": {
            "socket_connect_timeout": 0.05,
            "socket_timeout": 0.05,
            "serializer": "brands.cache.Json",
        },
    },
}
CELERY_BROKER_URL = env("CELERY_BROKER_URL", REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "forget-ended-sessions": {"task": "portal.tasks.forget_ended_sessions", "schedule": 86_400.0},
    "be-heard-of": {
        "task": "portal.tasks.beat",
        "schedule": 30.0,
        # One that waits for a worker is as good as many.
        "options": {"expires": 30.0},
    },
    "forget-unfinished-accounts": {
        "task": "portal.tasks.forget_unfinished_accounts",
        "schedule": 3600.0,
    },
    "announce-news": {
        "task": "events.tasks.announce_news",
        "schedule": 1.0,
        "options": {"expires": 5.0},
    },
    "send-waiting-invitations": {
        "task": "brands.tasks.send_waiting_invitations",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "forget-old-webhooks": {"task": "brands.tasks.forget_old_webhooks", "schedule": 3600.0},
    "forget-old-unmatched-events": {"task": "events.tasks.forget_unmatched", "schedule": 3600.0},
    "resume-replays": {
        "task": "events.tasks.resume_replays",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "make-log-searchable": {
        "task": "events.tasks.make_log_searchable",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "fold-events": {
        "task": "analytics.tasks.fold_events",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "release-expired-redemptions": {
        "task": "wallets.tasks.release_expired_redemptions",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "tidy-figures": {"task": "analytics.tasks.tidy_figures", "schedule": 3600.0},
    "watch-for-the-unusual": {
        "task": "analytics.tasks.watch_for_the_unusual",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "tell-of-alerts": {
        "task": "analytics.tasks.tell_of_alerts",
        "schedule": 15.0,
        "options": {"expires": 15.0},
    },
    "resume-ledger-checks": {
        "task": "analytics.tasks.resume_ledger_checks",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    # At night, by UTC.
    "check-ledger": {
        "task": "analytics.tasks.check_ledger_nightly",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 3600.0},
    },
    "verify-figures": {
        "task": "analytics.tasks.verify_figures",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600.0},
    },
}

AUTH_USER_MODEL = "brands.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "brands.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {"signup": "portal.forms.sign_up.SignUpForm"}
# Whoever signs up proves the address by a code. Who was made by somebody else has proved it (`vouch`).
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"signup": "10/m/ip"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
# Changes to an account are told by mail to whom it belongs.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "brands.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Resonance"
# Half minutes that a phone's clock may be wrong by. A code is good for once (`spend_code`).
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"passkey_challenge": "30/m/ip"}
_second_factors = "portal.forms.second_factors"
MFA_FORMS = {
    "authenticate": f"{_second_factors}.SignInCode",
    "reauthenticate": f"{_second_factors}.StepUpCode",
    "activate_totp": f"{_second_factors}.NewApp",
    "login_webauthn": f"{_second_factors}.SignInPasskey",
    "authenticate_webauthn": f"{_second_factors}.SecondPasskey",
    "reauthenticate_webauthn": f"{_second_factors}.StepUpPasskey",
    "add_webauthn": f"{_second_factors}.NewPasskey",
    "edit_webauthn": f"{_second_factors}.PasskeyName",
}

EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", f"{Path(RESONANCE_DATA) / 'mail'}")
EMAIL_HOST = env("EMAIL_HOST", "localhost")
EMAIL_PORT = int(env("EMAIL_PORT", "25"))
EMAIL_HOST_USER = env("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env("EMAIL_USE_TLS", "0") == "1"
EMAIL_USE_SSL = env("EMAIL_USE_SSL", "0") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", f"resonance@{_url.hostname}")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(RESONANCE_DATA) / "static"
_sidecar = Path(f"{files('drf_spectacular_sidecar')}")
STATICFILES_DIRS = [
    BASE_DIR / "portal" / "assets",
    # Of the sidecar only what the docs page uses.
    ("swagger-ui", _sidecar / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"),
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.static_files.WheelFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# A redirect would come after the body has already crossed the wire in the clear: the API refuses instead.
SECURE_REDIRECT_EXEMPT = [r"^resonance-api/", r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        # The nonce is for the empty element that Plotly puts its rules into.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, f"{_live.scheme}://{_live.netloc}"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "events.api.openapi.document.Documented",
    "EXCEPTION_HANDLER": "brands.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

LOGGING = logs.configuration(level=env("LOG_LEVEL", "INFO"))
