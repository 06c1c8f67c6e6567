"""Django's settings, made from ours."""

import hmac
from datetime import timedelta
from importlib.metadata import distribution, version
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.functional import SimpleLazyObject

import outclass.charts
from outclass.base.secret import secret_key
from outclass.base.settings import Settings
from outclass.base.sql import Dialect, dialect_of, sqlite_path
from outclass.site.options import SiteOptions
from outclass.site.static import fingerprint

HERE = Path(__file__).resolve().parent
DESIGN = Path(outclass.charts.__file__).resolve().parent / "design"
BOKEH = Path(str(distribution("bokeh").locate_file("bokeh"))) / "server" / "static" / "js"
BUSY_SECONDS = 10
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000;"
COOLOFF = timedelta(minutes=15)
FAILED_LOGINS = 8
FORM_BYTES = 100_000

APPS = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "axes",
    "outclass.site.accounts",
    "outclass.site.play",
    "outclass.site.lab",
    "outclass.site.check",
    "outclass.site.pages",
    "outclass.site.shared",
)
MIDDLEWARE = (
    "outclass.site.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "outclass.site.middleware.PrivatePagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "outclass.site.upload.people.DraftMiddleware",
    "outclass.site.middleware.ErrorPageMiddleware",
)
CONTEXT_PROCESSORS = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "outclass.site.context.chrome",
    "outclass.site.pages.context.frame",
)
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "connect-src": ["'self'"],
    "font-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}


def django_settings(settings: Settings, options: SiteOptions) -> dict[str, object]:
    """Return all of Django's settings by name."""
    return {
        "OUTCLASS": settings,
        "OUTCLASS_OPTIONS": options,
        "SECRET_KEY": SimpleLazyObject(lambda: site_secret(settings)),
        "DEBUG": False,
        "ROOT_URLCONF": "outclass.site.urls",
        "WSGI_APPLICATION": None,
        "INSTALLED_APPS": list(APPS),
        "MIDDLEWARE": list(MIDDLEWARE),
        "TEMPLATES": [templates()],
        "DATABASES": {"default": database(settings.database_url)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "LANGUAGE_CODE": "en-us",
        "USE_I18N": False,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        "LOGGING_CONFIG": None,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": FORM_BYTES,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 200,
        "SILENCED_SYSTEM_CHECKS": ["axes.W006"],
        **static_files(settings),
        **account_settings(),
        **transport_settings(options, settings.prefix),
    }


def site_secret(settings: Settings) -> str:
    """Return Django's secret, derived from the secret of the installation."""
    return hmac.digest(secret_key(settings), b"django", "sha256").hex()


def templates() -> dict[str, object]:
    """Return the template engine: our folder first, then those of the apps, compiled once."""
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(HERE / "templates")],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": list(CONTEXT_PROCESSORS)},
    }


def database(url: str) -> dict[str, object]:
    """Return Django's entry for a database URL."""
    if dialect_of(url) is Dialect.SQLITE:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(sqlite_path(url)),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": BUSY_SECONDS, "init_command": PRAGMAS},
        }
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or query.pop("dbname", ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or query.pop("host", ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": BUSY_SECONDS, **query},
    }


def static_files(settings: Settings) -> dict[str, object]:
    """Return where style sheets and scripts come from, and where they are collected with their hashes."""
    marks = tuple(version(name) for name in ("outclass", "django", "django-htmx", "bokeh"))
    return {
        "STATIC_URL": f"{settings.prefix}/static/",
        "STATIC_ROOT": str(settings.home / "static" / fingerprint(DESIGN, marks)),
        "STATICFILES_DIRS": [str(DESIGN), ("bokeh", str(BOKEH))],
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {"BACKEND": "outclass.site.static.HashedStorage"},
        },
        "WHITENOISE_MAX_AGE": 3600,
    }


def account_settings() -> dict[str, object]:
    """Return how people log in and how guessing is slowed down."""
    validators = "django.contrib.auth.password_validation"
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "django.contrib.auth.backends.ModelBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": f"{validators}.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ["username"]},
            },
            {"NAME": f"{validators}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
            {"NAME": f"{validators}.CommonPasswordValidator"},
        ],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "LOGIN_URL": "accounts:login",
        "LOGIN_REDIRECT_URL": "play:home",
        "LOGOUT_REDIRECT_URL": "pages:front",
        "AXES_FAILURE_LIMIT": FAILED_LOGINS,
        "AXES_COOLOFF_TIME": COOLOFF,
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_DISABLE_ACCESS_LOG": True,
        "AXES_VERBOSE": False,
        "AXES_LOCKOUT_CALLABLE": "outclass.site.pages.errors.locked_out",
        "AXES_CLIENT_IP_CALLABLE": "outclass.site.address.client_address",
        "AXES_HTTP_RESPONSE_CODE": 429,
    }


def transport_settings(options: SiteOptions, prefix: str) -> dict[str, object]:
    """Return hosts, cookies and headers."""
    secure = options.https
    return {
        "ALLOWED_HOSTS": list(options.allowed_hosts),
        "CSRF_TRUSTED_ORIGINS": list(options.origins),
        "CSRF_FAILURE_VIEW": "outclass.site.pages.errors.csrf_failure",
        "FORCE_SCRIPT_NAME": prefix or None,
        "CSRF_COOKIE_PATH": f"{prefix}/",
        "SESSION_COOKIE_PATH": f"{prefix}/",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_AGE": int(timedelta(days=60).total_seconds()),
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")
        if secure and options.proxies
        else None,
        "SECURE_HSTS_SECONDS": options.hsts_seconds,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": POLICY},
    }
