"""Runs that make unique codes: planned by a person, made in chunks by a tick, resumed where they stopped, exported at will."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from app.actor import Actor
from app.errors import (
    BatchClosed,
    BatchNotForCodes,
    CodeRunEnded,
    CodeRunNotDone,
    CodesAboveStock,
    CodesNotKept,
    NotFound,
    Unavailable,
)
from app.extensions import db
from app.models import CouponBatch, CouponCode, CouponCodeRun
from app.paging import Page, cut
from app.services import audit, coupon_batches, coupon_codes
from app.services.coupon_codes import Index
from app.statements import coupon_codes as statements

EXPORT_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, its batch, and how many of its codes were used."""

    run: CouponCodeRun
    batch_public_id: uuid.UUID
    used: int


@dataclass(frozen=True, slots=True)
class DrawnCode:
    """A code in the clear, for an export."""

    serial: int
    code: str
    used_at: datetime | None


def plan(batch_public_id: uuid.UUID, *, wanted: int, actor: Actor, now: datetime) -> CouponCodeRun:
    """Ask for so many codes of a batch; the tick makes them.

    Raises NotFound, BatchNotForCodes, BatchClosed, CodesAboveStock.
    """
    batch = coupon_batches.get_by_public_id(batch_public_id)
    run = open_run(batch, kind="create", wanted=wanted, actor=actor, now=now)
    _audit("create", run, actor=actor, details={"batch_id": batch.id, "wanted": wanted}, now=now)
    return run


def open_run(batch: CouponBatch, *, kind: str, wanted: int, actor: Actor, now: datetime) -> CouponCodeRun:
    """Count the codes on the batch and write the run; the stock is the limit. Raises what `plan` raises."""
    db.session.flush()  # the statement must see a batch of this transaction
    if db.session.execute(statements.RESERVE, {"batch_id": batch.id, "wanted": wanted}).one_or_none() is None:
        db.session.refresh(batch)
        if batch.how != "code":
            raise BatchNotForCodes(how=batch.how)
        if batch.status == "closed":
            raise BatchClosed()
        raise CodesAboveStock(stock=batch.stock, codes=batch.codes, wanted=wanted)
    run = CouponCodeRun(
        batch_id=batch.id,
        kind=kind,
        state="planned",
        wanted=wanted,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()  # the audit row and the codes name its key
    db.session.refresh(batch)
    return run


def make_next(*, vault: Index, limit: int, now: datetime) -> int:
    """Make at most `limit` codes of the oldest open run that nobody else makes; returns how many, 0 when none is open.

    The chunk and the run's cursor are one statement: broken off anywhere, the run goes on with the serial after its last one.
    """
    run = db.session.execute(statements.NEXT_RUN).one_or_none()
    if run is None:
        return 0
    serials = list(range(run.cursor + 1, run.cursor + 1 + min(limit, run.unmade)))
    codes = (coupon_codes.draw(run.public_id, serial, vault=vault) for serial in serials)
    values = {
        "run_id": run.id,
        "serials": serials,
        "hashes": [coupon_codes.hash_of(code, vault=vault) for code in codes],
        "cursor": serials[-1],
        "now": now,
    }
    return int(db.session.execute(statements.MAKE, values).scalar_one())


def cancel(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> CouponCodeRun:
    """Make no more; codes already made stay good. Raises NotFound, CodeRunEnded."""
    ended = db.session.execute(statements.CANCEL, {"run": public_id, "now": now}).scalar_one_or_none()
    run = get(public_id)
    if ended is None:
        raise CodeRunEnded(state=run.state)
    _audit("cancel", run, actor=actor, details={"made": run.made, "wanted": run.wanted}, now=now)
    return run


def begin_export(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> CouponCodeRun:
    """Note who takes the codes of a run. Raises NotFound, CodesNotKept, CodeRunNotDone."""
    run = get(public_id)
    if run.kind != "create":
        raise CodesNotKept
    if run.state not in ("done", "cancelled"):
        raise CodeRunNotDone(made=run.made, wanted=run.wanted)
    _audit("export", run, actor=actor, details={"made": run.made}, now=now)
    return run


def iter_codes(run: CouponCodeRun, *, vault: Index) -> Iterator[DrawnCode]:
    """Every code of a run that was made here, drawn again, by serial. Raises Unavailable when the vault's key is another one."""
    last = 0
    while rows := _codes_after(run.id, last):
        for row in rows:
            code = coupon_codes.draw(run.public_id, row.serial, vault=vault)
            if coupon_codes.hash_of(code, vault=vault) != row.code_hash:
                raise Unavailable(reason="index_key_changed", retry_after_seconds=3600)
            yield DrawnCode(row.serial, code, row.used_at)
        last = rows[-1].serial


def get(public_id: uuid.UUID) -> CouponCodeRun:
    """A run as it stands now. Raises NotFound."""
    query = select(CouponCodeRun).where(CouponCodeRun.public_id == public_id)
    # Chunks are made past the session.
    run = db.session.scalar(query.execution_options(populate_existing=True))
    if run is None:
        raise NotFound(kind="coupon_code_run")
    return run


def tell(run: CouponCodeRun) -> RunView:
    """A run as it stands."""
    return _told([run])[0]


def list_runs(batch_public_id: uuid.UUID, *, after: tuple[int] | None, limit: int) -> Page[RunView]:
    """The runs of a batch, newest first; `after` is the id of the last row seen. Raises NotFound."""
    batch = coupon_batches.get_by_public_id(batch_public_id)
    query = select(CouponCodeRun).where(CouponCodeRun.batch_id == batch.id).order_by(CouponCodeRun.id.desc())
    if after is not None:
        query = query.where(CouponCodeRun.id < after[0])
    page = cut(db.session.scalars(query.limit(limit + 1)).all(), limit, lambda run: (run.id,))
    return Page(_told(page.items), page.next_key)


def _told(runs: Any) -> list[RunView]:
    ids = [run.id for run in runs]
    counted = (
        select(CouponCode.run_id, func.count())
        .where(CouponCode.run_id.in_(ids), CouponCode.used_at.is_not(None))
        .group_by(CouponCode.run_id)
    )
    used = {row[0]: int(row[1]) for row in db.session.execute(counted)}
    batches = select(CouponBatch.id, CouponBatch.public_id).where(CouponBatch.id.in_([run.batch_id for run in runs]))
    public_ids = {row[0]: row[1] for row in db.session.execute(batches)}
    return [RunView(run, public_ids[run.batch_id], used.get(run.id, 0)) for run in runs]


def _codes_after(run_id: int, last: int) -> Any:
    query = select(CouponCode.serial, CouponCode.code_hash, CouponCode.used_at)
    return db.session.execute(
        query.where(CouponCode.run_id == run_id, CouponCode.serial > last)
        .order_by(CouponCode.serial)
        .limit(EXPORT_CHUNK)
    ).all()


def _audit(verb: str, run: CouponCodeRun, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"coupon_code_run.{verb}",
        actor=actor,
        object_kind="coupon_code_run",
        object_id=run.id,
        details=details,
        now=now,
    )
