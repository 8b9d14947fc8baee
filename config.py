"""Every setting, typed, with unit and default, read from the environment once. Production refuses placeholders."""

import base64
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

WECHAT_HOST = "https://api.weixin.qq.com"
MIN_SECRET_LENGTH = 32
PLACEHOLDER = "change-me"


class ConfigError(SystemExit):
    """A setting is missing or unsafe; the message names the key and what to put there."""


@dataclass(frozen=True, kw_only=True)
class Config:
    # development | test | production
    app_env: str = "development"
    # postgresql://user:password@host:port/name; PostgreSQL >= 15. The application's own login (`flask grant-role`).
    database_url: str
    # redis://:password@host:port/0; Redis or Valkey. Nothing in it may matter.
    redis_url: str
    # Signs cookies; at least 32 characters.
    secret_key: str
    # "k2:<base64 of 32 bytes>,k1:<…>": first encrypts, all decrypt (phones, member-code secrets, WeChat's token).
    vault_keys: str
    # base64 of 32 bytes; keyed index for phone look-up. Changing it needs a re-index.
    blind_index_key: str
    wechat_appid: str
    wechat_secret: str
    # Another base URL than WeChat's is refused in production.
    wechat_base_url: str = WECHAT_HOST
    # The message-push Token and the 43-character EncodingAESKey set in WeChat's console.
    wechat_push_token: str
    wechat_push_aes_key: str
    # The official account (服务号) for service messages, with its own push address; empty: that channel is off.
    wechat_oa_appid: str = ""
    wechat_oa_secret: str = ""
    wechat_oa_push_token: str = ""
    wechat_oa_push_aes_key: str = ""
    # "" (off) | recording | package.module:factory, whose call gives the provider (docs/domain/message-channels.md).
    sms_provider: str = ""
    # "" (off) | recording | smtp
    email_provider: str = ""
    # "Shop <news@shop.example>"
    email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    # starttls | tls | none; none only to this machine.
    smtp_security: str = "starttls"
    # Where customers reach this installation, "https://member.shop.example": links in letters.
    public_url: str = ""
    # formal | trial | developer: which version a message opens.
    wechat_miniprogram_state: str = "formal"
    # How unevenly calls arrive at WeChat after leaving on time (p99.9, milliseconds). The send limiter keeps so much below
    # the rate that no second holds more than it even then; a machine that is busy with other things needs more.
    send_spread_ms: int = 20
    # The login that owns the tables: migrations and `flask grant-role` alone use it. Empty: DATABASE_URL's.
    database_owner_url: str = ""
    # Connections of one process: pool_size stay open, as many again on demand; wait at most pool_timeout_seconds.
    db_pool_size: int = 16
    db_pool_timeout_seconds: int = 2
    # A statement or lock wait longer than this is given up with a 503.
    db_statement_timeout_ms: int = 15_000
    db_lock_timeout_ms: int = 5_000
    # A member's sign-in and a staff sign-in last this long.
    member_session_days: int = 30
    staff_session_hours: int = 12
    # Largest request body accepted.
    max_body_bytes: int = 65_536
    # Reverse proxies in front that set X-Forwarded-For; 0: the peer is the client. Limits per address count on it.
    trusted_proxy_count: int = 0
    # Bearer token for /metrics; empty: only loopback may read it.
    metrics_token: str = ""
    # INFO | DEBUG | WARNING
    log_level: str = "INFO"
    # Development only: a file {"offset_seconds": n} that moves the clock.
    clock_file: str = ""

    def __repr__(self) -> str:
        # Half of it is secrets, and a traceback prints its locals.
        return f"<Config {self.app_env}>"

    @property
    def owner_url(self) -> str:
        """Where migrations and grants go."""
        return self.database_owner_url or self.database_url

    @property
    def talks_to_wechat(self) -> bool:
        """Whether messages go to WeChat itself, not to a sandbox."""
        return self.wechat_base_url == WECHAT_HOST

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Read the environment (upper-case keys; `HUITOU_CLOCK_FILE` for clock_file). Raises ConfigError."""
        source = os.environ if env is None else env
        values: dict[str, Any] = {}
        for field in fields(cls):
            key = env_key(field.name)
            if key not in source:
                continue
            values[field.name] = _typed(key, source[key], int if field.type in (int, "int") else str)
        try:
            config = cls(**values)
        except TypeError as error:
            missing = [env_key(f.name) for f in fields(cls) if f.name not in values and f.default is MISSING]
            raise ConfigError(
                f"Missing settings: {', '.join(missing)}. See .env.example; `make run` makes its own."
            ) from error
        config._check()
        return config

    def _check(self) -> None:
        if self.app_env not in ("development", "test", "production"):
            raise ConfigError("APP_ENV must be development, test or production.")
        if _decoded_length(self.blind_index_key) < MIN_SECRET_LENGTH:
            raise ConfigError("BLIND_INDEX_KEY must be base64 of at least 32 random bytes.")
        for one in self.vault_keys.split(","):
            if _decoded_length(one.strip().partition(":")[2]) != MIN_SECRET_LENGTH:
                raise ConfigError('VAULT_KEYS must be "k1:<base64 of 32 random bytes>", several joined by commas.')
        if not self.wechat_push_token:
            raise ConfigError("WECHAT_PUSH_TOKEN is empty: anybody could forge WeChat's events.")
        if len(self.wechat_push_aes_key) != 43:
            raise ConfigError("WECHAT_PUSH_AES_KEY must be the 43 characters of WeChat's EncodingAESKey.")
        self._check_channels()
        if self.is_production:
            self._check_production()

    def _check_channels(self) -> None:
        official = (self.wechat_oa_appid, self.wechat_oa_secret, self.wechat_oa_push_token, self.wechat_oa_push_aes_key)
        if any(official) and not (all(official) and len(self.wechat_oa_push_aes_key) == 43):
            raise ConfigError(
                "WECHAT_OA_APPID, WECHAT_OA_SECRET, WECHAT_OA_PUSH_TOKEN and WECHAT_OA_PUSH_AES_KEY (43 characters) go together."
            )
        if self.email_provider not in ("", "recording", "smtp"):
            raise ConfigError("EMAIL_PROVIDER must be empty, recording or smtp.")
        if self.smtp_security not in ("starttls", "tls", "none"):
            raise ConfigError("SMTP_SECURITY must be starttls, tls or none.")
        if self.email_provider == "smtp" and not (self.smtp_host and self.email_from and self.public_url):
            raise ConfigError("E-mail needs SMTP_HOST, EMAIL_FROM and PUBLIC_URL.")
        if self.smtp_security == "none" and self.smtp_host not in ("", "localhost", "127.0.0.1", "::1"):
            raise ConfigError(
                "SMTP_SECURITY=none is for a mail server on this machine: letters would travel in the clear."
            )
        if self.public_url and not self.public_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ConfigError("PUBLIC_URL must begin with https://.")

    def _check_production(self) -> None:
        if self.wechat_base_url != WECHAT_HOST:
            raise ConfigError(f"WECHAT_BASE_URL must be {WECHAT_HOST} in production: the AppSecret travels there.")
        if "recording" in (self.sms_provider, self.email_provider):
            raise ConfigError("A recording provider sends nothing: it is for development.")
        if self.clock_file:
            raise ConfigError("HUITOU_CLOCK_FILE is for development: production keeps the real clock.")
        if len(self.secret_key) < MIN_SECRET_LENGTH:
            raise ConfigError("SECRET_KEY must be at least 32 random characters in production.")
        for field in fields(self):
            if PLACEHOLDER in str(getattr(self, field.name)):
                raise ConfigError(f"{env_key(field.name)} still holds its placeholder from .env.example.")


def env_key(name: str) -> str:
    """The environment variable of a Config field."""
    return "HUITOU_CLOCK_FILE" if name == "clock_file" else name.upper()


def _decoded_length(value: str) -> int:
    """Bytes behind base64 text; 0 when it is none."""
    try:
        return len(base64.b64decode(value, altchars=b"-_" if set("-_") & set(value) else None, validate=True))
    except ValueError:
        return 0


def _typed(key: str, value: str, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        raise ConfigError(f"{key} must be a whole number.") from error
