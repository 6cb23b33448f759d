"""Settings, read from the environment; a wrong or missing value stops the start and names its variable."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _


def flag(name: str, default: str = "false") -> bool:
    value = os.environ.get(name, default).lower()
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def number(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def choice(name: str, *words: str) -> str:
    """One of these words; the first is the default."""
    value = os.environ.get(name) or words[0]
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, not {value!r}.")
    return value


def names(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = flag("ETOWN_DEBUG")
# A laptop: loopback hosts, plain HTTP, a key that protects nothing. Error pages stay those that readers see.
LOCAL = DEBUG or flag("ETOWN_LOCAL")

SECRET_KEY = os.environ.get("ETOWN_SECRET_KEY") or ("only-for-a-laptop" if LOCAL else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set ETOWN_SECRET_KEY, or ETOWN_LOCAL=true on a laptop.")
ALLOWED_HOSTS = names("ETOWN_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if LOCAL else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ETOWN_HOSTS to the site's host names, separated by commas.")

DATA_DIR = Path(os.environ.get("ETOWN_DATA_DIR") or BASE_DIR / "var")
DATABASE_URL = os.environ.get("ETOWN_DATABASE_URL", "")


def database(url: str) -> dict:
    """The Django database for a URL; SQLite in the data folder where none is given."""
    if url:
        try:
            if urlsplit(url).scheme not in {"postgres", "postgresql"} or not urlsplit(url).path.strip("/"):
                raise ValueError(url)
            return {**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)}
        except ValueError:
            message = "ETOWN_DATABASE_URL must look like postgres://user:password@host/name."
            raise ImproperlyConfigured(message) from None
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "etown.sqlite3",
        "OPTIONS": {
            # A writer waits for its turn instead of failing, and what was acknowledged is on the disk.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


DATABASES = {"default": database(DATABASE_URL)}
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"ETOWN_DATA_DIR: {DATA_DIR} cannot be a folder: {error.strerror}.") from error

# What is kept ready for answers; without it they are the same, only later.
DOCUMENTS = flag("ETOWN_DOCUMENTS", "true")
LIST_INDEX = flag("ETOWN_LIST_INDEX", "true")
SEARCH_INDEX = flag("ETOWN_SEARCH_INDEX", "true")

INSTALLED_APPS = [
    "etown.apps.EtownAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    # Only for its script, which static/js/formatted.js loads.
    "django_prose_editor",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "etown",
    "facts",
    "office",
    "companies",
    "services",
    "news",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "etown.middleware.ResourcePolicyMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "etown.middleware.ConditionalMiddleware",
    "etown.caching.PublicCacheMiddleware",
    "etown.middleware.StaffSessionMiddleware",
    "etown.middleware.LanguageMiddleware",
    "etown.middleware.QueryMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "etown.middleware.StaffAuthenticationMiddleware",
    "etown.middleware.StaffSecondFactorMiddleware",
    "etown.middleware.StaffMessageMiddleware",
    "etown.middleware.StaffLockoutMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# Whole anonymous answers in the memory of each process. Whoever works on templates sees them as they are.
FRONT_CACHE_MB = number("ETOWN_FRONT_CACHE_MB", 0 if DEBUG else 64)

# What is enqueued becomes a row in the transaction of the deed that asks for it; `manage.py worker` carries it out.
TASKS = {"default": {"BACKEND": "etown.outbox.backend.OutboxBackend"}}

ROOT_URLCONF = "etown.urls"
CSRF_FAILURE_VIEW = "etown.problems.csrf_failure"
WSGI_APPLICATION = "etown.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "office.context.office",
            ],
        },
    }
]

# Roles, sessions, second factor and lock-out are described in docs/security.md.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "etown.sessions"
# From log-in to the next one: a working day.
SESSION_COOKIE_AGE = 12 * 3600

SECOND_FACTOR = choice("ETOWN_SECOND_FACTOR", "optional", "required")
OTP_TOTP_ISSUER = "E-Town Invest"

AXES_HANDLER = "etown.lockout.Handler"
AXES_CLIENT_IP_CALLABLE = "etown.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "etown.lockout.locked_out"
# In this order: etown.lockout counts them differently.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Who keeps trying does not prolong it; or one address could keep its neighbours out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
# Failures are kept until the cool-off ends; of what was typed, and of who logged in when, nothing.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The middleware is there, below /admin/ only.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
FORMAT_MODULE_PATH = "etown.formats"
LOCALE_PATHS = [BASE_DIR / "etown" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Uploaded tables, until they are imported; under no address.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "private", "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o644
# Room for every text of a record at many times its limit, so that the form can say which one is too long and keep what
# was typed; one request at a time and process keeps memory bounded.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
# A company with hundreds of citations has six fields for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# How many proxies of our own stand in front; addresses that they did not write are not believed.
PROXIES = number("ETOWN_PROXIES", 0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SECURE_HSTS_SECONDS = 0 if LOCAL else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["etown.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "600/minute", "pages": "600/minute", "exports": "30/minute"},
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "etown.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": "format",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "E-Town Invest API",
    "DESCRIPTION": "What Beijing E-Town has along its industrial chain, what it still misses, and how to come in. "
    "Read only; every record carries its sources and dates.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "etown.openapi.allow_blank",
        "etown.openapi.add_problems",
        "etown.openapi.drop_database_bounds",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    # The same word means the same list everywhere, whatever record it stands on.
    "ENUM_NAME_OVERRIDES": {
        "BasisEnum": "facts.models.Basis",
        "TierEnum": "facts.models.Source.Tier",
        "TopicEnum": "facts.models.Figure.Topic",
        "FigureKindEnum": "facts.models.Figure.Kind",
        "QualifierEnum": "facts.models.Figure.Qualifier",
        "FigureStateEnum": "facts.models.Figure.State",
        "RoleEnum": "companies.models.Company.Role",
        "PresenceEnum": "companies.models.Company.Presence",
        "RouteEnum": "companies.models.Milestone.Route",
        "EventEnum": "companies.models.Milestone.Event",
        "VectorEnum": "companies.models.Product.Vector",
        "CellSourceEnum": "companies.models.Product.CellSource",
        "ServiceKindEnum": "services.models.Service.Kind",
        "NameOriginEnum": "services.models.NameOrigin",
        "AliasKindEnum": "etown.records.AliasKind",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "etown.outbox": {"level": "INFO"},
        # The worker's own lines say more, and no secrets.
        "django.tasks": {"level": "CRITICAL"},
    },
}
