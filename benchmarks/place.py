"""Where measuring happens: the project's own PostgreSQL and Valkey in a folder, and shops of several sizes as databases.

A filled shop is kept and used again while the schema and the way of filling stay the same.
"""

import hashlib
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from apiflask import APIFlask
from flask_migrate import upgrade
from psycopg import sql

from app import create_app, wiring
from app.extensions import db
from app.services import badges, beginnings, database_role
from app.transaction import transaction
from benchmarks import data, fill_statements
from config import Config
from embedded.environment import compose, kept_secrets
from embedded.services import Services

Tell = Callable[[str], None]
# Fills an empty database; as data.fill.
Fill = Callable[..., Any]


@dataclass(frozen=True)
class Shop:
    """One filled database: who owns it, and as whom the product works in it."""

    owner_url: str
    url: str
    members: int


@dataclass(frozen=True)
class Place:
    """The running services and the product's environment in them."""

    folder: Path
    owner_url: str
    url: str
    redis_url: str
    # None: the server given by DATABASE_URL is not ours to look into.
    postgres_pid: int | None
    tell: Tell

    def environment(self, url: str) -> dict[str, str]:
        """What a process of the product runs in."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        figures = self.folder / "figures"
        figures.mkdir(exist_ok=True)
        addresses = {
            "DATABASE_URL": url,
            "REDIS_URL": self.redis_url,
            # Nothing here writes to WeChat.
            "WECHAT_BASE_URL": "http://127.0.0.1:9",
            "PROMETHEUS_MULTIPROC_DIR": str(figures),
        }
        return compose(inherited, kept_secrets(self.folder / "secrets.env"), addresses)

    def application(self, url: str) -> APIFlask:
        """The product in this process, on one database, by a single connection; quiet."""
        changes = {"LOG_LEVEL": "WARNING", "DB_POOL_SIZE": "1"}
        return create_app(Config.from_env({**self.environment(url), **changes}))

    @property
    def app_id(self) -> str:
        return self.environment(self.url)["WECHAT_APPID"]

    def shop(
        self, name: str, *, members: int, rolling: bool = True, anew: bool = False, fill: Fill = data.fill
    ) -> Shop:
        """The named shop, filled now unless it is there; `rolling` with tiers to review, else tiers for life."""
        owner_url, url = _with_database(self.owner_url, name), _with_database(self.url, name)
        shop = Shop(owner_url, url, members)
        mark = f"bench {_fingerprint(fill)} {members} {rolling}"
        with psycopg.connect(self.owner_url, autocommit=True) as admin:
            found = admin.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
            ).fetchone()
            if found == (mark,) and not anew:
                return shop
            database = sql.Identifier(name)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(database))
            self._make(shop, rolling=rolling, fill=fill)
            admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(mark)))
        return shop

    def _make(self, shop: Shop, *, rolling: bool, fill: Fill) -> None:
        now = datetime.now(UTC)
        app = self.application(shop.owner_url)
        with app.app_context():
            upgrade()
            with transaction():
                beginnings.initialise(now=now)
            if shop.url != shop.owner_url:
                with db.engine.begin() as connection:
                    database_role.grant(str(psycopg.conninfo.conninfo_to_dict(shop.url)["user"]), owner=connection)
            db.session.remove()
            db.engine.dispose()
        fill(
            shop.owner_url,
            members=shop.members,
            app_id=self.app_id,
            now=now,
            rolling=rolling,
            report=lambda done, of: self.tell(f"  {done:>9,} / {of:,} members"),
        )
        if not rolling:
            self._award(shop)

    def _award(self, shop: Shop) -> None:
        # The badges these members' lives have brought, or the first request of each would bring them all.
        app = self.application(shop.owner_url)
        with app.app_context():
            settled: badges.Settled | None = badges.Settled(0, 0)
            while settled is not None:
                with transaction():
                    settled = badges.settle_next(now=datetime.now(UTC), limit=20_000)
            db.session.remove()
            db.engine.dispose()


@contextmanager
def opened(folder: Path, *, durable: bool = True, tell: Tell) -> Iterator[Place]:
    """Start the services in `folder`, or use the server of DATABASE_URL; stop what was started."""
    folder.mkdir(parents=True, exist_ok=True)
    with Services(folder, durable=durable) as services:
        yield Place(
            folder,
            services.database_owner_url,
            services.database_url,
            services.redis_url,
            services.pids.get("postgres"),
            tell,
        )


def dropped(place: Place, name: str) -> None:
    """Take a shop away."""
    with psycopg.connect(place.owner_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0] + "/" + name


def _fingerprint(fill: Fill) -> str:
    versions = sorted((wiring.PROJECT_ROOT / "migrations" / "versions").glob("*.py"))
    digest = hashlib.sha256(Path(fill_statements.__file__).read_bytes())
    digest.update(Path(inspect.getfile(fill)).read_bytes())
    for version in versions:
        digest.update(version.read_bytes())
    return digest.hexdigest()[:16]
