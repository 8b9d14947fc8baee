"""The people of the shop: who may sign in, in which role, at which counters."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from app.actor import Actor
from app.errors import LastAdmin, NotAllowed, NotFound, PasswordUnfit, PasswordWrong, SignInRefused
from app.extensions import db
from app.models import Member, Staff, StaffStore, Store
from app.paging import Page, cut
from app.services import audit, passwords, second_steps, sessions, stores

ROLES = ("clerk", "manager", "marketer", "auditor", "admin")
# Who stands at a counter, and who sits at the console.
COUNTER_ROLES = frozenset({"clerk", "manager"})
CONSOLE_ROLES = frozenset({"manager", "marketer", "auditor", "admin"})
# Lower case, so that one person has one spelling.
LOGIN_PATTERN = r"^[a-z0-9][a-z0-9._-]{1,39}$"


@dataclass(frozen=True, slots=True)
class StaffView:
    """A person with the stores they may act for, and whether they sign in with a second step."""

    person: Staff
    stores: Sequence[Store]
    has_second_step: bool = False


def is_login(text: str) -> bool:
    """Whether a text may name a person at sign-in."""
    return re.fullmatch(LOGIN_PATTERN, text) is not None


def create(
    *,
    login: str,
    display_name: str,
    role: str,
    password_hash: str,
    store_ids: Sequence[uuid.UUID] = (),
    member_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> StaffView:
    """Let a person in. A login in use is refused by uq_staff_login, a membership in use by uq_staff_member_id (Conflict).

    Raises NotFound for an unknown store.
    """
    person = Staff(
        login=login,
        display_name=display_name,
        role=role,
        password_hash=password_hash,
        member_id=member_id,
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()  # the key is needed by store rows and the audit row
    assigned = _assign_stores(person.id, store_ids)
    _note("staff.create", person, actor=actor, now=now, details={"role": role, "stores": [s.code for s in assigned]})
    return StaffView(person, assigned)


def change(
    public_id: uuid.UUID,
    changes: dict[str, Any],
    *,
    store_ids: Sequence[uuid.UUID] | None = None,
    password_hash: str | None = None,
    actor: Actor,
    now: datetime,
) -> StaffView:
    """Change display_name, role, is_active or member_id, the stores, the password. Acts on the person's next request.

    Disabling and a new password also end every sign-in. Raises NotFound, LastAdmin.
    """
    person = get_by_public_id(public_id)
    before = {key: getattr(person, key) for key in changes}
    _keep_an_admin(person, changes)
    for key, value in changes.items():
        setattr(person, key, value)
    if password_hash is not None:
        person.password_hash = password_hash
    if password_hash is not None or changes.get("is_active") is False:
        sessions.revoke_all_of_staff(person.id, now=now)
    if "role" in changes:
        second_steps.bind_sessions(now=now)
    assigned = list_stores_of(person.id) if store_ids is None else _assign_stores(person.id, store_ids)
    details: dict[str, Any] = {"before": before, "after": changes, "password": password_hash is not None}
    if store_ids is not None:
        details["stores"] = [store.code for store in assigned]
    _note("staff.change", person, actor=actor, now=now, details=details)
    return StaffView(person, assigned, second_steps.is_on(person.id))


def change_password(person: Staff, *, password_hash: str, session_id: int, actor: Actor, now: datetime) -> None:
    """Set one's own; every other sign-in of the person ends."""
    person.password_hash = password_hash
    sessions.revoke_all_of_staff(person.id, now=now, but=session_id)
    _note("staff.change_password", person, actor=actor, now=now, details={})


def require_fit(password: str, *, person: Staff, before: str) -> None:
    """That a new password is one. Raises PasswordUnfit for the one before, and for one with the login in it."""
    if password == before or person.login in password.lower():
        raise PasswordUnfit(field="new_password")


def require_password(person: Staff, password: str) -> None:
    """That somebody signed in knows their password. Raises PasswordWrong."""
    if not passwords.is_match(password, person.password_hash):
        raise PasswordWrong(field="password")


def authenticate(login: str, password: str) -> Staff:
    """The active person of a login. Raises SignInRefused, the same and as slowly for an unknown login."""
    person = db.session.scalar(select(Staff).where(Staff.login == login, Staff.is_active))
    if not passwords.is_match(password, None if person is None else person.password_hash) or person is None:
        raise SignInRefused
    return person


def counter_for(person: Staff, store_code: str) -> Store:
    """The open store a person may act for. Raises NotAllowed, alike for an unknown store and one they do not belong to."""
    store = db.session.scalar(
        select(Store)
        .join(StaffStore, StaffStore.store_id == Store.id)
        .where(StaffStore.staff_id == person.id, Store.code == store_code, Store.is_active)
    )
    if store is None or person.role not in COUNTER_ROLES:
        raise NotAllowed(reason="store")
    return store


def require_console(person: Staff) -> None:
    """Refuse people without work at the console. Raises NotAllowed."""
    if person.role not in CONSOLE_ROLES:
        raise NotAllowed(role=person.role)


def renew_hash(staff_id: int, *, before: str, after: str) -> None:
    """Store a stronger hash of the same password, unless the password changed meanwhile."""
    db.session.execute(
        update(Staff).where(Staff.id == staff_id, Staff.password_hash == before).values(password_hash=after)
    )


def get_by_public_id(public_id: uuid.UUID) -> Staff:
    """A person by public id, active or not. Raises NotFound."""
    person = db.session.scalar(select(Staff).where(Staff.public_id == public_id))
    if person is None:
        raise NotFound(kind="staff")
    return person


def view_of(person: Staff) -> StaffView:
    """The person with their stores."""
    return StaffView(person, list_stores_of(person.id), second_steps.is_on(person.id))


def get_by_login(login: str) -> Staff:
    """A person by login, active or not. Raises NotFound."""
    person = db.session.scalar(select(Staff).where(Staff.login == login))
    if person is None:
        raise NotFound(kind="staff")
    return person


def is_own_membership(staff_id: int, member_id: int) -> bool:
    """Whether a member is the person themselves, also after their membership was merged into this one."""
    own = select(Staff.id).join(Member, Member.id == Staff.member_id)
    kept_id = func.coalesce(Member.merged_into_id, Member.id)
    return db.session.scalar(own.where(Staff.id == staff_id, kept_id == member_id)) is not None


def list_stores_of(staff_id: int) -> Sequence[Store]:
    """The stores a person may act for."""
    return db.session.scalars(
        select(Store)
        .join(StaffStore, StaffStore.store_id == Store.id)
        .where(StaffStore.staff_id == staff_id)
        .order_by(Store.id)
    ).all()


def list_staff(*, after: tuple[int] | None, limit: int) -> Page[StaffView]:
    """Oldest first; `after` is the internal key of the last row seen."""
    query = select(Staff).order_by(Staff.id).limit(limit + 1)
    if after is not None:
        query = query.where(Staff.id > after[0])
    people = cut(db.session.scalars(query).all(), limit, lambda person: (person.id,))
    rows = db.session.execute(
        select(StaffStore.staff_id, Store)
        .join(Store, Store.id == StaffStore.store_id)
        .where(StaffStore.staff_id.in_([person.id for person in people.items]))
        .order_by(Store.id)
    ).all()
    by_person: dict[int, list[Store]] = {}
    for staff_id, store in rows:
        by_person.setdefault(staff_id, []).append(store)
    protected = second_steps.on_for([person.id for person in people.items])
    return people.map(lambda person: StaffView(person, by_person.get(person.id, []), person.id in protected))


def _assign_stores(staff_id: int, store_ids: Sequence[uuid.UUID]) -> Sequence[Store]:
    assigned = stores.get_many_by_public_id(store_ids)
    db.session.execute(delete(StaffStore).where(StaffStore.staff_id == staff_id))
    db.session.add_all(StaffStore(staff_id=staff_id, store_id=store.id) for store in assigned)
    db.session.flush()  # the rows must stand before the same person is changed again
    return assigned


def _keep_an_admin(person: Staff, changes: dict[str, Any]) -> None:
    """Somebody must be able to let people in. The locked rows make two admins demoting each other take turns."""
    leaves = changes.get("role", "admin") != "admin" or changes.get("is_active") is False
    if person.role != "admin" or not person.is_active or not leaves:
        return
    admins = db.session.scalars(
        select(Staff.id).where(Staff.role == "admin", Staff.is_active).order_by(Staff.id).with_for_update()
    ).all()
    if not set(admins) - {person.id}:
        raise LastAdmin


def _note(action: str, person: Staff, *, actor: Actor, now: datetime, details: dict[str, Any]) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="staff",
        object_id=person.id,
        details={"login": person.login, **details},
        now=now,
    )
