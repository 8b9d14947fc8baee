"""Sign-ins of members and staff: opaque tokens of which only the hash is kept, revocable at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.errors import NotFound
from app.extensions import db
from app.models import MemberSession, StaffSession, Store
from app.plain_statements import Plain, fetch_all
from app.services import idempotency
from app.services.idempotency import Look, Named
from app.statements import sessions as statements

# Browsers tell long stories.
MAX_AGENT_LENGTH = 200
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class MemberPrincipal:
    """The active member behind a token; `openid` is the WeChat identity that signed in."""

    id: int
    public_id: uuid.UUID
    session_id: int
    openid: str
    look: Look | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """The active person behind a token, with today's role; `store_id` is the counter they signed in at."""

    id: int
    public_id: uuid.UUID
    role: str
    store_id: int | None
    session_id: int
    display_name: str
    must_set_up: bool = False
    look: Look | None = field(default=None, repr=False, compare=False)


def find_member_session(token_hash: bytes, *, now: datetime, key: Named | None = None) -> MemberPrincipal | None:
    """The member of a live session; None when it is unknown, expired or revoked, or the member is no longer active.

    With a `key`, it is taken for this transaction in the same round trip, and `look` says what stands under it.
    """
    rows = _find(member_look(token_hash, now=now, key=key))
    return member_of(rows, look=idempotency.look_of(rows[0]) if key and rows else None)


def find_staff_session(token_hash: bytes, *, now: datetime, key: Named | None = None) -> StaffPrincipal | None:
    """The person of a live session; None also when they were disabled or may no longer act for the session's store.

    `key` as for members.
    """
    rows = _find(staff_look(token_hash, now=now, key=key))
    return staff_of(rows, look=idempotency.look_of(rows[0]) if key and rows else None)


def member_look(token_hash: bytes, *, now: datetime, key: Named | None = None) -> Plain:
    """The statement of `find_member_session`; `member_of` reads its rows, `idempotency.is_free` the key's part of one."""
    if key is None:
        return statements.FIND_MEMBER_SESSION, {"token_hash": token_hash, "now": now}
    return statements.FIND_MEMBER_SESSION_AND_KEY, _with_key(key, token_hash, now=now)


def staff_look(token_hash: bytes, *, now: datetime, key: Named | None = None) -> Plain:
    """The statement of `find_staff_session`; `staff_of` reads its rows."""
    if key is None:
        return statements.FIND_STAFF_SESSION, {"token_hash": token_hash, "now": now}
    return statements.FIND_STAFF_SESSION_AND_KEY, _with_key(key, token_hash, now=now)


def member_of(rows: Sequence[Any], *, look: Look | None = None) -> MemberPrincipal | None:
    """Whom they name, if anybody."""
    return MemberPrincipal(rows[0].id, rows[0].public_id, rows[0].session_id, rows[0].openid, look) if rows else None


def staff_of(rows: Sequence[Any], *, look: Look | None = None) -> StaffPrincipal | None:
    """Whom they name, if anybody."""
    if not rows:
        return None
    row = rows[0]
    return StaffPrincipal(
        row.id, row.public_id, row.role, row.store_id, row.session_id, row.display_name, row.must_set_up, look=look
    )


def _with_key(key: Named, token_hash: bytes, *, now: datetime) -> dict[str, Any]:
    return {"token_hash": token_hash, "now": now, "endpoint": key.endpoint, "key": key.key}


def _find(look: Plain) -> list[Any]:
    db.session.flush()  # the statement goes past the session, and must see what this transaction changed so far
    return fetch_all(*look)


def open_for_member(
    member_id: int, *, openid: str, token_hash: bytes, lifetime: timedelta, now: datetime
) -> MemberSession:
    """Record a member's sign-in that ends `lifetime` after `now`."""
    session = MemberSession(
        member_id=member_id, openid=openid, token_hash=token_hash, created_at=now, expires_at=now + lifetime
    )
    db.session.add(session)
    return session


def open_for_staff(
    staff_id: int,
    *,
    store_id: int | None,
    token_hash: bytes,
    lifetime: timedelta,
    now: datetime,
    agent: str = "",
    must_set_up: bool = False,
) -> StaffSession:
    """Record a person's sign-in at the counter of a store, or at the console (`store_id` None)."""
    session = StaffSession(
        staff_id=staff_id,
        store_id=store_id,
        token_hash=token_hash,
        created_at=now,
        expires_at=now + lifetime,
        agent=agent[:MAX_AGENT_LENGTH],
        must_set_up=must_set_up,
    )
    db.session.add(session)
    return session


def revoke_member_session(session_id: int, *, now: datetime) -> None:
    """End a sign-in from the next request on. A repeat keeps the first instant."""
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.id == session_id, MemberSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_staff_session(session_id: int, *, now: datetime) -> None:
    """End a sign-in from the next request on. A repeat keeps the first instant."""
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_all_of_staff(staff_id: int, *, now: datetime, but: int | None = None) -> int:
    """End every sign-in of a person, after a password change or when they leave; `but` one of them. Returns how many ended."""
    query = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
    if but is not None:
        query = query.where(StaffSession.id != but)
    ended = db.session.execute(query.values(revoked_at=now).returning(StaffSession.expires_at)).scalars()
    return sum(expires_at > now for expires_at in ended)


def list_of_staff(staff_id: int, *, now: datetime) -> list[tuple[StaffSession, Store | None]]:
    """A person's sign-ins that are good now, newest first, with the store of each; MAX_LISTED at most."""
    query = (
        select(StaffSession, Store)
        .outerjoin(Store, Store.id == StaffSession.store_id)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None), StaffSession.expires_at > now)
        .order_by(StaffSession.id.desc())
        .limit(MAX_LISTED)
    )
    return [(session, store) for session, store in db.session.execute(query)]


def end_of_staff(staff_id: int, public_id: uuid.UUID, *, now: datetime) -> None:
    """End one of a person's own sign-ins. Raises NotFound for one that is not theirs; a repeat keeps the first instant."""
    found = db.session.scalar(
        select(StaffSession).where(StaffSession.public_id == public_id, StaffSession.staff_id == staff_id)
    )
    if found is None:
        raise NotFound(kind="session")
    revoke_staff_session(found.id, now=now)
