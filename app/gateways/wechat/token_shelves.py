"""Where the shared token lies, encrypted: Redis, and PostgreSQL while Redis is away. Each shelf has its own lock; who
finds neither shelf gets no token, because the rest of the product is down as well."""

import hashlib
import logging
import time
from types import TracebackType
from typing import Final, Protocol, Self

import redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.gateways.impatient_redis import impatient
from app.gateways.vault import SecretUnreadable, Vault

from .troubles import Trouble

log = logging.getLogger(__name__)

LAYOUT: Final = "v1"  # part of every key: a later layout starts afresh instead of misreading this one
KEEP_SECONDS: Final = 90_000  # outlives the token: the day's count of forced refreshes lies here too
LOCK_SECONDS: Final = 30  # two token calls at their longest
LOCK_WAIT_SECONDS: Final = 12.0
_POLL_SECONDS: Final = 0.05


class OpenShelf(Protocol):
    """A shelf locked for us (`held`), with what lay on it."""

    held: bool
    content: str | None

    def save(self, content: str, *, expires_at: float) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ShelfDown(Exception):
    """This shelf cannot be reached."""


class TokenShelves:
    """Redis first, then PostgreSQL."""

    def __init__(self, *, appid: str, redis_client: redis.Redis, engine: Engine, vault: Vault) -> None:
        self._appid, self._vault, self._engine = appid, vault, engine
        self._redis = impatient(redis_client)
        self._context = f"wechat_token:{LAYOUT}:{appid}"
        self._key = f"huitou:wechat:token:{LAYOUT}:{appid}"

    def peek(self) -> str | None:
        """What lies on the Redis shelf, without its lock; None when there is nothing or no Redis."""
        try:
            return self._unseal(_bytes_or_none(self._redis.get(self._key)))
        except RedisError:
            return None

    def open(self) -> OpenShelf:
        """Lock and read the first shelf that can be reached. Errors: Trouble."""
        try:
            return _RedisShelf(self, self._redis, self._key)
        except ShelfDown:
            log.warning("wechat_token_shelf_down shelf=redis")
        try:
            return _PostgresShelf(self, self._engine, self._appid)
        except ShelfDown:
            raise Trouble("not_sent", "token_shelves_down", retry_after_seconds=2) from None

    def _seal(self, content: str) -> bytes:
        return self._vault.encrypt(content, context=self._context)

    def _unseal(self, blob: bytes | None) -> str | None:
        try:
            return None if blob is None else self._vault.decrypt(blob, context=self._context)
        except SecretUnreadable:
            return None  # another key or a foreign value: fetch afresh


class _RedisShelf:
    def __init__(self, shelves: TokenShelves, client: redis.Redis, key: str) -> None:
        self._shelves, self._client, self._key = shelves, client, key
        self._lock = Lock(client, f"{key}:lock", timeout=LOCK_SECONDS, sleep=_POLL_SECONDS)
        try:
            self.held = self._lock.acquire(blocking_timeout=LOCK_WAIT_SECONDS)
            self.content = shelves._unseal(_bytes_or_none(client.get(key)))
        except RedisError:
            raise ShelfDown from None

    def save(self, content: str, *, expires_at: float) -> None:  # noqa: ARG002 (the expiry lies inside `content`)
        try:
            self._client.set(self._key, self._shelves._seal(content), ex=KEEP_SECONDS)
        except RedisError:
            log.warning("wechat_token_not_shared shelf=redis")  # used by this process; the others fetch their own

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.held:
                self._lock.release()
        except (LockError, RedisError):
            log.info("wechat_token_lock_lost shelf=redis")


class _PostgresShelf:
    """Session-level advisory lock on an autocommit connection: WeChat is never called inside a transaction."""

    def __init__(self, shelves: TokenShelves, engine: Engine, appid: str) -> None:
        self._shelves, self._appid = shelves, appid
        self._lock_id = int.from_bytes(hashlib.sha256(f"wechat_token:{appid}".encode()).digest()[:8], signed=True)
        try:
            self._connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except SQLAlchemyError:
            raise ShelfDown from None
        try:
            self.held = self._acquire()
            self.content = shelves._unseal(self._read())
        except SQLAlchemyError:
            self._connection.invalidate()
            self._connection.close()
            raise ShelfDown from None

    def _acquire(self) -> bool:
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while not self._connection.scalar(text("SELECT pg_try_advisory_lock(:id)"), {"id": self._lock_id}):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _read(self) -> bytes | None:
        found = self._connection.scalar(
            text("SELECT token FROM wechat_token WHERE appid = :appid"), {"appid": self._appid}
        )
        return None if found is None else bytes(found)

    def save(self, content: str, *, expires_at: float) -> None:
        try:
            self._connection.execute(
                text(
                    "INSERT INTO wechat_token (appid, token, expires_at) VALUES (:appid, :token, to_timestamp(:until))"
                    " ON CONFLICT (appid) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at"
                ),
                {"appid": self._appid, "token": self._shelves._seal(content), "until": expires_at},
            )
        except SQLAlchemyError:
            log.warning("wechat_token_not_shared shelf=postgresql")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.held:
                self._connection.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": self._lock_id})
        except SQLAlchemyError:
            self._connection.invalidate()  # closing the session frees the lock
        finally:
            self._connection.close()


def _bytes_or_none(value: object) -> bytes | None:
    # A client with decode_responses=True would have mangled the ciphertext: treat a str as absent.
    return value if isinstance(value, bytes) else None
