"""Unique codes: made exactly, used once, never more than there are copies, and never kept in the clear."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import (
    BatchClosed,
    BatchNotForCodes,
    BatchNotOpen,
    ClaimLimitReached,
    CodeRunEnded,
    CodeRunNotDone,
    CodesAboveStock,
    CodesNotKept,
    CouponCodeInvalid,
    CouponCodesRefused,
    SelfService,
    StockBelowCodes,
    Unavailable,
)
from app.gateways.vault import Vault
from app.models import AuditEntry, Coupon, CouponCode, CouponCodeRun, CouponTransfer
from app.rules import coupon_code
from app.services import coupon_batches, coupon_code_imports, coupon_code_runs, coupon_codes, merges
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.codes import hash_of, make_codes
from tests.factories.coupons import at_counter, make_batch
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

MEMBER = Actor(kind="member", id=1)


def use(member_id: int, code: str) -> uuid.UUID:
    return coupon_codes.use(member_id, code_hash=hash_of(code), now=NOON, actor=MEMBER).public_id


def make_next(limit: int) -> int:
    return coupon_code_runs.make_next(vault=parts().vault, limit=limit, now=NOON)


def test_a_run_is_made_in_chunks_and_goes_on_where_it_stopped(db_session: Session) -> None:
    batch = make_batch(how="code", stock=10)
    run = coupon_code_runs.plan(batch.public_id, wanted=7, actor=Actor.system(), now=NOON)
    seen = []
    while made := make_next(3):
        db_session.refresh(run)
        seen.append((made, run.made, run.cursor, run.state))
    assert seen == [(3, 3, 3, "running"), (3, 6, 6, "running"), (1, 7, 7, "done")]
    assert run.ended_at == NOON
    codes = [one.code for one in coupon_code_runs.iter_codes(run, vault=parts().vault)]
    assert len(set(codes)) == 7
    again = [one.code for one in coupon_code_runs.iter_codes(run, vault=parts().vault)]
    assert again == codes
    kept = {bytes(one) for one in db_session.scalars(select(CouponCode.code_hash))}
    assert kept == {coupon_codes.hash_of(code, vault=parts().vault) for code in codes}


def test_a_code_taken_already_is_passed_over(db_session: Session) -> None:
    batch = make_batch(how="code", stock=10)
    run = coupon_code_runs.plan(batch.public_id, wanted=3, actor=Actor.system(), now=NOON)
    second = coupon_codes.draw(run.public_id, 2, vault=parts().vault)
    coupon_code_imports.take(
        batch.public_id, {coupon_codes.hash_of(second, vault=parts().vault): 1}, actor=Actor.system(), now=NOON
    )
    while make_next(100):
        pass
    db_session.refresh(run)
    assert (run.made, run.cursor, run.state) == (3, 4, "done")
    assert [one.serial for one in coupon_code_runs.iter_codes(run, vault=parts().vault)] == [1, 3, 4]


def test_codes_never_outnumber_the_stock(db_session: Session) -> None:
    batch = make_batch(how="code", stock=5)
    run = coupon_code_runs.plan(batch.public_id, wanted=3, actor=Actor.system(), now=NOON)
    with pytest.raises(CodesAboveStock) as caught:
        coupon_code_runs.plan(batch.public_id, wanted=3, actor=Actor.system(), now=NOON)
    assert caught.value.data == {"stock": 5, "codes": 3, "wanted": 3}
    with pytest.raises(StockBelowCodes):
        coupon_batches.change(batch.public_id, stock=2, actor=Actor.system(), now=NOON)
    assert make_next(2) == 2
    coupon_code_runs.cancel(run.public_id, actor=Actor.system(), now=NOON)
    db_session.refresh(batch)
    assert (run.state, run.made, batch.codes) == ("cancelled", 2, 2)
    assert make_next(2) == 0
    with pytest.raises(CodeRunEnded):
        coupon_code_runs.cancel(run.public_id, actor=Actor.system(), now=NOON)
    coupon_code_runs.plan(batch.public_id, wanted=3, actor=Actor.system(), now=NOON)
    assert batch.codes == 5


def test_only_batches_for_codes_have_codes(db_session: Session) -> None:
    with pytest.raises(BatchNotForCodes):
        coupon_code_runs.plan(make_batch().public_id, wanted=1, actor=Actor.system(), now=NOON)
    with pytest.raises(BatchNotForCodes):
        coupon_code_imports.take(make_batch().public_id, {b"x" * 32: 1}, actor=Actor.system(), now=NOON)
    batch = make_batch(how="code")
    coupon_batches.change(batch.public_id, status="closed", actor=Actor.system(), now=NOON)
    with pytest.raises(BatchClosed):
        coupon_code_runs.plan(batch.public_id, wanted=1, actor=Actor.system(), now=NOON)


def test_a_code_becomes_one_coupon(db_session: Session) -> None:
    run, (code, *_) = make_codes()
    first, second = make_member(), make_member()
    public_id = use(first.id, code.lower().replace("-", " "))
    coupon = db_session.scalars(select(Coupon)).one()
    assert (coupon.public_id, coupon.member_id, coupon.source) == (public_id, first.id, f"code:{run.id}:1")
    row = db_session.scalars(select(CouponCode).where(CouponCode.used_at.is_not(None))).one()
    assert (row.serial, row.member_id, row.coupon_id) == (1, first.id, coupon.id)
    unknown = coupon_code.shown(coupon_code.of_number(12345))
    for member, bad in ((first, code), (second, code), (second, unknown)):
        with pytest.raises(CouponCodeInvalid) as caught:
            use(member.id, bad)
        assert caught.value.data == {}
    assert coupon_code_runs.tell(run).used == 1


def test_a_refusal_of_the_batch_leaves_the_code_unused(db_session: Session) -> None:
    batch = make_batch(how="code", per_member_limit=1)
    _, (first, second, third) = make_codes(batch=batch)
    member, friend = make_member(), make_member()
    use(member.id, first)
    with pytest.raises(ClaimLimitReached):
        use(member.id, second)
    use(friend.id, second)
    coupon_batches.change(batch.public_id, status="paused", actor=Actor.system(), now=NOON)
    with pytest.raises(BatchNotOpen):
        use(make_member().id, third)
    with pytest.raises(BatchNotOpen):
        coupon_codes.use(make_member().id, code_hash=hash_of(third), now=NOON + timedelta(days=99), actor=MEMBER)
    coupon_batches.change(batch.public_id, status="active", actor=Actor.system(), now=NOON)
    use(make_member().id, third)


def test_a_clerks_use_is_written_down_and_never_for_themselves(db_session: Session) -> None:
    _, (code, *_) = make_codes()
    store, own = make_store(), make_member()
    clerk = at_counter(make_staff(at=[store], member_id=own.id), store)
    with pytest.raises(SelfService):
        coupon_codes.use(own.id, code_hash=hash_of(code), now=NOON, actor=clerk)
    coupon_codes.use(make_member().id, code_hash=hash_of(code), now=NOON, actor=clerk)
    assert db_session.scalar(select(func.count()).where(AuditEntry.action == "coupon_code.use")) == 1


def test_an_import_is_whole_once_and_told_by_line(db_session: Session) -> None:
    batch, other = make_batch(how="code", stock=4), make_batch(how="code")
    hashes = {bytes([number]) * 32: number for number in range(1, 4)}

    def take(lines: dict[bytes, int]) -> tuple[int, int]:
        done = coupon_code_imports.take(batch.public_id, lines, actor=Actor.system(), now=NOON)
        return done.added, done.known

    assert take(hashes) == (3, 0)
    assert take(hashes) == (0, 3)
    assert take({**hashes, b"9" * 32: 9}) == (1, 3)
    with pytest.raises(CodesAboveStock):
        take({b"8" * 32: 1})
    coupon_code_imports.take(other.public_id, {b"7" * 32: 1}, actor=Actor.system(), now=NOON)
    with pytest.raises(CouponCodesRefused) as caught:
        take({b"1" * 32: 4, b"7" * 32: 6})
    assert caught.value.data == {"faults": 1, "lines": [{"line": 6, "reason": "elsewhere"}]}
    mine = select(CouponCodeRun).where(CouponCodeRun.batch_id == batch.id).order_by(CouponCodeRun.id)
    runs = db_session.scalars(mine).all()
    assert [(run.kind, run.state, run.made) for run in runs] == [("import", "done", 3), ("import", "done", 1)]
    with pytest.raises(CodesNotKept):
        coupon_code_runs.begin_export(runs[0].public_id, actor=Actor.system(), now=NOON)


def test_an_export_waits_for_the_last_code_and_names_who_took_it(db_session: Session) -> None:
    batch = make_batch(how="code")
    run = coupon_code_runs.plan(batch.public_id, wanted=5, actor=Actor.system(), now=NOON)
    make_next(2)
    with pytest.raises(CodeRunNotDone) as caught:
        coupon_code_runs.begin_export(run.public_id, actor=Actor.system(), now=NOON)
    db_session.refresh(run)
    assert caught.value.data == {"made": 2, "wanted": 5}
    make_next(3)
    db_session.refresh(run)
    coupon_code_runs.begin_export(run.public_id, actor=Actor.system(), now=NOON)
    assert db_session.scalar(select(func.count()).where(AuditEntry.action == "coupon_code_run.export")) == 1
    stranger = Vault(vault_keys="k1:" + "A" * 43 + "=", blind_index_key="C" * 43 + "=")
    with pytest.raises(Unavailable):
        next(coupon_code_runs.iter_codes(run, vault=stranger))


def test_no_code_is_kept_in_the_clear(db_session: Session) -> None:
    run, codes = make_codes(20)
    use(make_member().id, codes[0])
    coupon_code_runs.begin_export(run.public_id, actor=Actor.system(), now=NOON)
    db_session.flush()
    for table in ("coupon_code", "coupon_code_run", "audit_entry", "coupon"):
        kept = " ".join(db_session.scalars(text(f"SELECT t::text FROM {table} t")))  # noqa: S608
        assert not any(code in kept or code.replace("-", "") in kept for code in codes), table


def test_a_used_code_moves_with_its_coupon_in_a_merge(db_session: Session) -> None:
    _, (code, *_) = make_codes()
    kept, merged = make_member(), make_member()
    use(merged.id, code)
    merges.lock_accounts(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    row = db_session.scalars(
        select(CouponCode).where(CouponCode.used_at.is_not(None)).execution_options(populate_existing=True)
    )
    assert row.one().member_id == kept.id
    assert db_session.scalar(select(func.count()).select_from(CouponTransfer)) == 0


def drawn(count: int) -> None:
    """So many codes of a few runs: all different, all well formed."""
    vault = parts().vault
    runs = [uuid.UUID(int=number) for number in range(4)]
    seen = {coupon_codes.draw(run, serial, vault=vault) for run in runs for serial in range(1, count // 4 + 1)}
    assert len(seen) == count
    assert all(coupon_code.parse(code) == code for code in list(seen)[:1000])


def test_20_000_codes_are_all_different(db_session: Session) -> None:
    drawn(20_000)


@pytest.mark.slow
def test_1_000_000_codes_are_all_different(db_session: Session) -> None:
    drawn(1_000_000)
