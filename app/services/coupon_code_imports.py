"""Codes that were printed elsewhere: taken as hashes, a list whole or not at all; the same list again changes nothing."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import BatchNotForCodes, Conflict
from app.extensions import db
from app.models import CouponBatch, CouponCodeRun
from app.rules import coupon_code_list
from app.rules.coupon_code_list import Fault
from app.services import audit, coupon_batches, coupon_code_runs
from app.statements import coupon_codes as statements


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list; `run` is None when every code was known already."""

    run: CouponCodeRun | None
    added: int
    known: int


def take(batch_public_id: uuid.UUID, lines: Mapping[bytes, int], *, actor: Actor, now: datetime) -> Imported:
    """Add codes to a batch; `lines` is hash → the line it stood on.

    Raises NotFound, BatchNotForCodes, BatchClosed, CodesAboveStock, and CouponCodesRefused for codes of another batch.
    """
    batch = _lock(batch_public_id)
    hashes = list(lines)
    found = db.session.execute(statements.KNOWN, {"batch_id": batch.id, "hashes": hashes}).all()
    elsewhere = sorted(lines[bytes(row.code_hash)] for row in found if not row.is_ours)
    if elsewhere:
        raise coupon_code_list.refused([Fault(line, "elsewhere") for line in elsewhere])
    known = {bytes(row.code_hash) for row in found}
    new = [one for one in hashes if one not in known]
    if not new:
        return Imported(None, 0, len(known))
    run = coupon_code_runs.open_run(batch, kind="import", wanted=len(new), actor=actor, now=now)
    serials = list(range(1, len(new) + 1))
    values = {"run_id": run.id, "serials": serials, "hashes": new, "cursor": len(new), "now": now}
    if db.session.execute(statements.MAKE, values).scalar_one() < len(new):
        # Another batch took one of them this moment.
        raise Conflict(kind="coupon_code")
    db.session.refresh(run)
    audit.record(
        "coupon_code_run.import",
        actor=actor,
        object_kind="coupon_code_run",
        object_id=run.id,
        details={"batch_id": batch.id, "added": len(new), "known": len(known)},
        now=now,
    )
    return Imported(run, len(new), len(known))


def _lock(public_id: uuid.UUID) -> CouponBatch:
    """The batch, held so that the same list sent twice at once is one after the other."""
    batch_id = coupon_batches.get_by_public_id(public_id).id
    batch = db.session.scalars(
        select(CouponBatch)
        .where(CouponBatch.id == batch_id)
        .execution_options(populate_existing=True)
        .with_for_update(key_share=True)
    ).one()
    if batch.how != "code":
        raise BatchNotForCodes(how=batch.how)
    return batch
