"""A crowd that wants the same coupon at once over HTTP, and goes on asking until it is told yes or no."""

import asyncio
import json
import random
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from app.extensions import db

HOST = "127.0.0.1"
HEADER_END = b"\r\n\r\n"
# Worth asking again: nobody knows what became of it, or the server said so.
AGAIN = frozenset({"lost", "503", "502", "409_in_flight"})
PATIENCE = 400

# Members with an account, a tier, an OpenID and a session whose token is "rush-<member>".
_CROWD = text(
    """
WITH people AS (
    INSERT INTO member (public_id, status, nickname, locale, code_number, code_secret_cipher, marketing_consent,
                        joined_at, joined_channel)
    SELECT gen_random_uuid(), 'active', '会员' || n, 'zh_CN', lpad((300000000 + n)::text, 9, '0'), '\\x00', true, now(), 'mini'
    FROM generate_series(1, :count) n
    RETURNING id
), accounts AS (
    INSERT INTO member_account (member_id, points_balance, points_owed, points_seq, growth_value, growth_seq, tier_id)
    SELECT p.id, 0, 0, 0, 0, 0, t.id FROM people p, tier t WHERE t.rank = 0
    RETURNING member_id, tier_id
), histories AS (
    INSERT INTO tier_history (member_id, tier_id, starts_at, reason) SELECT member_id, tier_id, now(), 'joined' FROM accounts
), identities AS (
    INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)
    SELECT id, 'openid', :app_id, 'o-rush-' || id, now() FROM people
), consents AS (
    INSERT INTO consent (member_id, purpose, document_version, granted, channel, recorded_at)
    SELECT id, 'membership', '2026-11', true, 'mini', now() FROM people
), sessions AS (
    INSERT INTO member_session (member_id, openid, token_hash, created_at, expires_at)
    SELECT id, 'o-rush-' || id, sha256(('rush-' || id)::bytea), now(), now() + interval '1 day' FROM people
)
SELECT id FROM people ORDER BY id
"""
)


def crowd(count: int, *, app_id: str) -> list[int]:
    """Write so many members in the caller's transaction."""
    return list(db.session.scalars(_CROWD, {"count": count, "app_id": app_id}))


@dataclass(frozen=True)
class Wish:
    """One member's claim of one batch, under one idempotency key however often it is sent."""

    member_id: int
    batch: str
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def request(self) -> bytes:
        return (
            f"POST /api/mini/v1/coupon-batches/{self.batch}/claims HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer rush-{self.member_id}\r\nIdempotency-Key: {self.key}\r\nContent-Length: 0\r\n\r\n"
        ).encode()


@dataclass
class Answered:
    """What came of the wishes: the last word on each, and every word there was."""

    coupons: dict[str, tuple[int, str]] = field(default_factory=dict)
    last: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)

    @property
    def settled(self) -> int:
        """Wishes that are through."""
        return self.last.total()


async def _ask(port: int, request: bytes) -> tuple[str, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(HEADER_END)
        lowered = head.lower()
        start = lowered.find(b"content-length:")
        length = 0 if start < 0 else int(lowered[start + 15 :].split(b"\r\n", 1)[0])
        return head[9:12].decode(), await reader.readexactly(length)
    finally:
        writer.close()


async def _settle(wish: Wish, ports: Sequence[int], answered: Answered, turn: asyncio.Semaphore) -> None:
    async with turn:
        word = "lost"
        for _ in range(PATIENCE):
            try:
                status, body = await asyncio.wait_for(_ask(random.choice(ports), wish.request), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                word = "lost"
            else:
                told = json.loads(body)
                code = "" if status == "201" else told["error"]["code"]
                word = "409_in_flight" if code == "idempotency_in_flight" else f"{status}_{code}" if code else status
                word = status if status in AGAIN else word
                if status == "201":
                    answered.coupons[told["id"]] = (wish.member_id, wish.key)
            answered.words[word] += 1
            if word not in AGAIN:
                break
            await asyncio.sleep(random.uniform(0.05, 0.3))
        answered.last[word] += 1


async def _play(wishes: Sequence[Wish], ports: Sequence[int], in_flight: int, answered: Answered) -> None:
    turn = asyncio.Semaphore(in_flight)
    await asyncio.gather(*(_settle(wish, ports, answered, turn) for wish in wishes))


def play(wishes: Sequence[Wish], *, ports: Sequence[int], in_flight: int, into: Answered | None = None) -> Answered:
    """Send every wish, so many at a time, each until it is answered for good; `into` can be watched meanwhile."""
    answered = into or Answered()
    asyncio.run(_play(wishes, ports, in_flight, answered))
    return answered
