"""All settings of siyu, read top to bottom: environment first, then what follows from it."""

import base64
import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from siyu.embedded.home import environment, home_path

ROOT = Path(__file__).resolve().parent.parent
ENV = {**environment(), **os.environ}


def required(name: str) -> str:
    """A setting without a safe default: better no start than a start with a guessed secret."""
    value = ENV.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Start siyu with `make up`, or set {name} in the environment.")
    return value


def switch(name: str, default: bool) -> bool:
    return ENV.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


# -- Environment ------------------------------------------------------------------------------------------------------

SECRET_KEY = required("SIYU_SECRET_KEY")
MASTER_KEY = base64.b64decode(required("SIYU_MASTER_KEY"))  # wraps each brand's own key; 32 bytes
BASE_DOMAIN = ENV.get("SIYU_BASE_DOMAIN", "localhost").lower()
PORT = int(ENV.get("SIYU_PORT", "8000"))
HTTPS = switch("SIYU_HTTPS", False)
DATABASE_URL = urlsplit(required("DATABASE_URL"))
REDIS_URL = required("REDIS_URL")
HOME = home_path()
# Networks of the proxies in front, e.g. "10.0.0.0/8,127.0.0.1": only from there is X-Forwarded-For believed.
TRUSTED_PROXIES = [ip_network(part.strip()) for part in ENV.get("SIYU_TRUSTED_PROXIES", "").split(",") if part.strip()]
# smtp://user:password@host:587?from=siyu@example.com (STARTTLS), smtps:// (TLS from the start); unset: no mail is sent
SMTP_URL = urlsplit(ENV.get("SIYU_SMTP_URL", ""))
DEMO = switch("SIYU_DEMO", True)
DEMO_PASSWORD = ENV.get("SIYU_DEMO_PASSWORD", "")

DEBUG = False
USE_X_FORWARDED_HOST = False
ALLOWED_HOSTS = ["*"]  # siyu.hosts refuses every host that is neither the agency's site nor a brand's
ROOT_URLCONF = "siyu.urls"
WSGI_APPLICATION = "siyu.wsgi.application"

# -- Rooms ------------------------------------------------------------------------------------------------------------

SHARED_APPS = [
    "django_tenants",
    "siyu",
    "tenants",
    "guides",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "workplace",
]
TENANT_APPS = ["projects", "fans", "kpi", "connectors", "reports"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "tenants.Brand"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = False  # the search path is set anew for every cursor; a skipped SET once read another brand
AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "siyu.hosts.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tenants.sessions.HostBoundSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "siyu.hosts.PlainAddressMiddleware",
]

# -- Database, broker, cache ------------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        "ENGINE": "siyu.db",
        "NAME": DATABASE_URL.path.lstrip("/"),
        "USER": unquote(DATABASE_URL.username or ""),
        "PASSWORD": unquote(DATABASE_URL.password or ""),
        "HOST": unquote(DATABASE_URL.hostname or ""),
        "PORT": str(DATABASE_URL.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {"application_name": "siyu"},
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "siyu.brands.cache_key",
    }
}

# -- Sign-in ----------------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_NAME = "__Host-siyu_session" if HTTPS else "siyu_session"
CSRF_COOKIE_NAME = "__Host-siyu_csrf" if HTTPS else "siyu_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
PASSWORD_RESET_TIMEOUT = 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# -- Language, time, pages --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/vendor/[a-z-]+-[0-9]"  # their names carry their versions
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.entry",
            ]
        },
    }
]

# -- Mail -------------------------------------------------------------------------------------------------------------

MAIL_IS_ON = bool(SMTP_URL.hostname)
EMAIL_HOST = SMTP_URL.hostname or "localhost"
EMAIL_PORT = SMTP_URL.port or (465 if SMTP_URL.scheme == "smtps" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(SMTP_URL.username or ""), unquote(SMTP_URL.password or "")
EMAIL_USE_SSL = SMTP_URL.scheme == "smtps"
EMAIL_USE_TLS = SMTP_URL.scheme == "smtp" and "plain" not in parse_qs(SMTP_URL.query, keep_blank_values=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = parse_qs(SMTP_URL.query).get("from", [f"siyu@{BASE_DOMAIN}"])[0]

# -- REST -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.authentication.KeyAuthentication",
        "tenants.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.permissions.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "siyu.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "ALLOWED_VERSIONS": ["1"],  # any other `?version=` of the schema would be written into a header as it came
}
SPECTACULAR_SETTINGS = {
    "TITLE": "siyu",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # event bodies are streamed to disk and do not count
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a forecast of twelve channels over a year has more than a thousand
SPOOL_DIR = HOME / "spool"  # event bodies while they are read; emptied as each request ends
EXPORT_DIR = HOME / "exports"  # files that people asked for, by brand's schema, for a week; served to nobody else

# -- Celery (siyu.celery) ---------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 900
CELERY_TASK_TIME_LIMIT = 1200
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # more than twice the longest task
    # A knock to a broker that is down fails at once: no request waits for it, and beat knocks anyway.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "knock": {"task": "siyu.tasks.knock", "schedule": 2.0, "options": {"expires": 10}},
    "reports": {"task": "reports.tasks.begin", "schedule": 60.0, "options": {"expires": 60}},
    "exports": {"task": "reports.tasks.sweep_exports", "schedule": 3600.0, "options": {"expires": 3600}},
}

# -- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "siyu.logs.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A knock comes every two seconds; what it finds to do is logged where it is done. Those that waited too long, as
    # all during the first start, are dropped without a word: they would push the logins off the screen.
    "loggers": {
        name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.worker.request", "celery.app.trace")
    },
    "root": {"handlers": ["stderr"], "level": ENV.get("SIYU_LOG_LEVEL", "INFO")},
}
