"""Fixtures of the gateways: a sandbox WeChat over HTTP, gateways on it, and a Valkey that a test may kill."""

import base64
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import redis
from sqlalchemy import Engine, create_engine, text

from app.gateways.vault import Vault
from app.gateways.wechat import HttpOfficialAccount, HttpWeChat
from sandbox.application import create_sandbox
from sandbox.server import running
from sandbox.settings import Settings
from tests.gateways.mortal_valkey import MortalValkey
from tests.gateways.wechat_box import WeChatBox

MakeWeChat = Callable[..., HttpWeChat]


@pytest.fixture(scope="session")
def vault() -> Vault:
    """A vault with keys of this run."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return Vault(f"k1:{key}", key)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Commits for real; the gateways' tables are keyed by names of each test's own."""
    made = create_engine(
        database_url.replace("postgresql://", "postgresql+psycopg://"), pool_size=20, pool_pre_ping=True
    )
    yield made
    with made.begin() as connection:
        for table in ("wechat_token", "send_slot", "attempt_counter"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  three names of our own
    made.dispose()


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """This worker's Valkey database."""
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def box() -> Iterator[WeChatBox]:
    """A sandbox of this test alone, with an app id of its own."""
    settings = Settings(
        control_key="test",
        appid=f"wx{uuid.uuid4().hex[:16]}",
        secret=secrets.token_hex(16),
        oa_appid=f"wx{uuid.uuid4().hex[:16]}",
        oa_secret=secrets.token_hex(16),
    )
    app = create_sandbox(settings)
    with running(app) as served:
        yield WeChatBox(url=served.url, settings=settings, world=app.extensions["sandbox"])


@pytest.fixture
def make_wechat(box: WeChatBox, redis_client: redis.Redis, engine: Engine, vault: Vault) -> Iterator[MakeWeChat]:
    """Build a gateway on the sandbox; each stands for a process of its own. Keywords replace single parts."""
    with ExitStack() as stack:

        def make(**changes: object) -> HttpWeChat:
            parts: dict[str, object] = {
                "appid": box.settings.appid,
                "secret": box.settings.secret,
                "base_url": box.url,
                "miniprogram_state": "formal",
                "production": False,
                "redis": redis_client,
                "engine": engine,
                "vault": vault,
                "now": lambda: datetime.now(UTC),
            }
            gateway = HttpWeChat(**{**parts, **changes})  # type: ignore[arg-type]
            stack.callback(gateway.close)
            return gateway

        yield make


@pytest.fixture
def official(box: WeChatBox, redis_client: redis.Redis, engine: Engine, vault: Vault) -> Iterator[HttpOfficialAccount]:
    """The official account's gateway on the sandbox."""
    gateway = HttpOfficialAccount(
        appid=box.settings.oa_appid,
        secret=box.settings.oa_secret,
        mini_appid=box.settings.appid,
        base_url=box.url,
        production=False,
        redis=redis_client,
        engine=engine,
        vault=vault,
        now=lambda: datetime.now(UTC),
    )
    yield gateway
    gateway.close()


@pytest.fixture
def mortal_valkey() -> Iterator[MortalValkey]:
    """A Valkey for this test alone, to flush, stop and kill."""
    with MortalValkey() as server:
        yield server
