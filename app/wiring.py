"""Which real part stands behind each gateway, chosen once per process from the configuration."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import redis
from flask import Flask, current_app
from sqlalchemy import Engine, NullPool, create_engine, event

from app import channel_wiring, clock, connection_health
from app.extensions import db
from app.gateways.channels import Channel
from app.gateways.impatient_redis import impatient
from app.gateways.send_limiter import SendLimiter
from app.gateways.vault import Vault
from app.gateways.wechat import HttpOfficialAccount, HttpWeChat, OfficialAccount, PushReceiver, WeChatGateway
from config import Config

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# Redis may hang as well as die: no call waits longer than this (seconds).
REDIS_TIMEOUT_SECONDS = 1.0


@dataclass
class Parts:
    """Everything outside the database that the edges use. Tests replace single fields."""

    config: Config
    vault: Vault
    redis: redis.Redis
    wechat: WeChatGateway
    push: PushReceiver
    limiter: SendLimiter
    # The ways to a member that are configured, by `delivery.channel`.
    channels: dict[str, Channel] = field(default_factory=dict)
    # The official account and its callbacks; None when it is not configured.
    official: OfficialAccount | None = None
    official_push: PushReceiver | None = None

    def redis_answers(self) -> bool:
        """Whether Redis is there right now."""
        try:
            return bool(self.redis.ping())
        except redis.RedisError:
            return False


def _now() -> datetime:
    # Looked up at each call, so that a test may replace the clock.
    return clock.utc_now()


def parts() -> Parts:
    """The parts of the current application."""
    return cast(Parts, current_app.extensions["huitou"])


def sqlalchemy_url(url: str) -> str:
    """Name the driver in a plain `postgresql://` URL."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    return url


def flask_settings(config: Config) -> dict[str, Any]:
    """Flask's own configuration keys."""
    session = {
        "timezone": "UTC",
        "statement_timeout": config.db_statement_timeout_ms,
        "lock_timeout": config.db_lock_timeout_ms,
        "application_name": "huitou",
        # Whatever the server's default: an intent to send that a crash forgets is a message sent twice.
        "synchronous_commit": "on",
    }
    return {
        "TESTING": config.app_env == "test",
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_SECURE": config.is_production,
        "MAX_CONTENT_LENGTH": config.max_body_bytes,
        "BABEL_DEFAULT_LOCALE": "zh_CN",
        "SQLALCHEMY_DATABASE_URI": sqlalchemy_url(config.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": config.db_pool_size,
            "max_overflow": config.db_pool_size,
            "pool_timeout": config.db_pool_timeout_seconds,
            # The connection used last has its plans and pages at hand; the others may grow old.
            "pool_use_lifo": True,
            # connection_health undoes what a connection comes back with.
            "pool_reset_on_return": None,
            # Error texts reach the log; values are phones and hashes.
            "hide_parameters": True,
            "connect_args": {
                "connect_timeout": 5,
                # app/round_trip.py prepares what is sent often, and keeps it. The driver would drop everything prepared on a
                # connection, ours too, after each rollback.
                "prepare_threshold": None,
                "options": " ".join(f"-c {key}={value}" for key, value in session.items()),
            },
        },
    }


def keep_to_one_core() -> None:
    """From now on each statement of this application takes one core of the database: the others are for messages on their way
    and people who wait. For programs that work in the background."""

    def connect(_dialect: Any, _record: Any, _args: Any, params: dict[str, Any]) -> None:
        params["options"] += " -c max_parallel_workers_per_gather=0"

    event.listen(db.engine, "do_connect", connect)


def owner_engine() -> Engine:
    """A connection at a time as the owner of the tables; for migrations and grants. The caller disposes of it."""
    url = sqlalchemy_url(parts().config.owner_url)
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"options": "-c timezone=UTC"})


def connect(app: Flask, config: Config) -> None:
    """Build the parts; nothing is dialled before its first use."""
    vault = Vault(vault_keys=config.vault_keys, blind_index_key=config.blind_index_key)
    client = impatient(redis.Redis.from_url(config.redis_url), timeout_seconds=REDIS_TIMEOUT_SECONDS)
    with app.app_context():
        engine = db.engine
    connection_health.watch(engine)
    made = app.extensions["huitou"] = Parts(
        config=config,
        vault=vault,
        redis=client,
        wechat=HttpWeChat(
            appid=config.wechat_appid,
            secret=config.wechat_secret,
            base_url=config.wechat_base_url,
            miniprogram_state=config.wechat_miniprogram_state,
            production=config.is_production,
            redis=client,
            engine=engine,
            vault=vault,
            now=_now,
        ),
        push=PushReceiver(
            token=config.wechat_push_token,
            aes_key=config.wechat_push_aes_key,
            appid=config.wechat_appid,
            now=_now,
        ),
        limiter=SendLimiter(redis=client, fallback_engine=engine, spread_seconds=config.send_spread_ms / 1000),
    )
    if config.wechat_oa_appid:
        _connect_official(made, engine=engine)
    made.channels = channel_wiring.build(config, vault, wechat=lambda: made.wechat, official=lambda: made.official)


def _connect_official(made: Parts, *, engine: Engine) -> None:
    config = made.config
    made.official = HttpOfficialAccount(
        appid=config.wechat_oa_appid,
        secret=config.wechat_oa_secret,
        mini_appid=config.wechat_appid,
        base_url=config.wechat_base_url,
        production=config.is_production,
        redis=made.redis,
        engine=engine,
        vault=made.vault,
        now=_now,
    )
    made.official_push = PushReceiver(
        token=config.wechat_oa_push_token,
        aes_key=config.wechat_oa_push_aes_key,
        appid=config.wechat_oa_appid,
        now=_now,
    )
