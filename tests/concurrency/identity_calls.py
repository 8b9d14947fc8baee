"""What racers do to members, staff and visits; each runs in a transaction of its own."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.actor import Actor
from app.services import (
    check_ins,
    coupons,
    identities,
    member_codes,
    members,
    merges,
    purchases,
    second_steps,
    staff,
    verification,
    visits,
)
from app.services.clerks import Clerk
from app.wiring import parts
from tests.conftest import NOON, CommittedDatabase
from tests.factories.members import seal

APP = "wxtest000000000001"
PHONE = "13800138000"


def sign_in(*, openid: str, unionid: str | None = None) -> tuple[int, bool]:
    signed_in = identities.sign_in(
        app_id=APP,
        openid=openid,
        unionid=unionid,
        consent_version="2026-11",
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=NOON,
    )
    return signed_in.member.id, signed_in.is_new


def bind(*, member_id: int, phone: str = PHONE) -> int:
    actor = Actor(kind="member", id=member_id)
    return identities.bind_phone(member_id, phone=seal(phone), app_id=APP, actor=actor, now=NOON).member.id


def enrol(*, store_id: int) -> int:
    return members.enrol_by_phone(
        phone=seal(PHONE),
        nickname="",
        store_id=store_id,
        consent_version="2026-11",
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        actor=Actor.system(),
        now=NOON,
    ).id


def check_in(*, member_id: int) -> bool:
    return check_ins.check_in(member_id, now=NOON).is_new


def claim(*, member_id: int, batch: uuid.UUID) -> str:
    return str(coupons.claim(member_id, batch_public_id=batch, now=NOON).public_id)


def buy(*, member_id: int, order_no: str) -> int:
    return purchases.record(
        member_id, store_id=None, channel="test", order_no=order_no, bill_fen=1_000, discount_fen=0, now=NOON
    ).id


def scan(*, member_id: int, staff_id: int, store_id: int) -> str:
    return str(visits.open_visit(member_id, code_step=7, staff=Clerk(staff_id, store_id), now=NOON).public_id)


def use(*, visit: str, staff_id: int, store_id: int) -> int:
    return visits.use(uuid.UUID(visit), staff=Clerk(staff_id, store_id), now=NOON).member_id


def use_and_buy(*, visit: str, staff_id: int, store_id: int) -> int:
    used = use(visit=visit, staff_id=staff_id, store_id=store_id)
    buy(member_id=used, order_no=visit)
    return used


def demote(*, person: uuid.UUID) -> None:
    staff.change(person, {"role": "auditor"}, actor=Actor.system(), now=NOON)


def merge_pair(*, one: int, other: int, now: datetime = NOON + timedelta(seconds=1)) -> int:
    a, b = sorted((merges.resolve(one), merges.resolve(other)))
    if a == b:
        return a
    merges.lock_accounts(a, b)
    locked = merges.lock_members(a, b)
    if {member.status for member in locked.values()} != {"active"}:
        return 0
    return merges.merge(locked[a], locked[b], phone=None, reason="phone", actor=Actor.system(), now=now).id


def one(database: CommittedDatabase, sql: str, **values: Any) -> Any:
    with database.session() as session:
        return session.scalar(text(sql), values)


def is_clean(database: CommittedDatabase) -> bool:
    with database.session():
        return [finding for finding in verification.check_all() if finding.broken] == []


def take_code(*, staff_id: int, code: str) -> bool:
    return second_steps.use(staff_id, code, vault=parts().vault, now=NOON)
