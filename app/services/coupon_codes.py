"""A unique code becomes one coupon, once. Services see codes as hashes; the vault that makes them is the caller's.

docs/domain/coupon-codes.md
"""

import uuid
from datetime import datetime
from typing import Final, Protocol

from app.actor import Actor
from app.errors import CouponCodeInvalid, SelfService
from app.extensions import db
from app.rules import coupon_code
from app.services import audit, coupons, points, staff
from app.services.wallet import HeldCoupon
from app.statements import coupon_codes as statements

INDEX_PURPOSE: Final = "coupon_code"
DRAW_PURPOSE: Final = "coupon_code.draw"
WAYS: Final = ("code",)
_DRAWN_BYTES: Final = 8


class Index(Protocol):
    """The part of the vault that codes need: a keyed function nobody else can compute."""

    def blind_index(self, value: str, *, purpose: str) -> bytes: ...


def draw(run: uuid.UUID, serial: int, *, vault: Index) -> str:
    """The code of that serial of a run: the same whenever it is asked for, and not to be told from a random one."""
    drawn = vault.blind_index(f"{run}:{serial}", purpose=DRAW_PURPOSE)
    return coupon_code.of_number(int.from_bytes(drawn[:_DRAWN_BYTES]) >> 8 * _DRAWN_BYTES - coupon_code.BITS)


def hash_of(code: str, *, vault: Index) -> bytes:
    """What a parsed code is found by."""
    return vault.blind_index(code, purpose=INDEX_PURPOSE)


def use(member_id: int, *, code_hash: bytes, now: datetime, actor: Actor) -> HeldCoupon:
    """Turn an unused code into a coupon of the member; audited when a person of the staff types it.

    Raises CouponCodeInvalid for an unknown and a used code alike, SelfService, and what `coupons.give` raises: the code is then
    still good.
    """
    if actor.kind == "staff" and actor.id is not None and staff.is_own_membership(actor.id, member_id):
        raise SelfService
    points.lock_account(member_id)
    code = db.session.execute(statements.LOCK_UNUSED, {"code_hash": code_hash}).one_or_none()
    if code is None:
        raise CouponCodeInvalid
    source = f"code:{code.run_id}:{code.serial}"
    coupon = coupons.give(member_id, batch=code.batch, ways=WAYS, source=source, now=now)
    values = {"run_id": code.run_id, "serial": code.serial, "member_id": member_id, "coupon_id": coupon.id, "now": now}
    if db.session.execute(statements.USE, values).one_or_none() is None:
        raise CouponCodeInvalid
    if actor.kind == "staff":
        audit.record(
            "coupon_code.use",
            actor=actor,
            object_kind="coupon",
            object_id=coupon.id,
            details={"member_id": member_id, "run_id": code.run_id, "serial": code.serial},
            now=now,
        )
    return coupon
