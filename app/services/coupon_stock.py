"""The buckets of a batch: shares of its stock and budget, which claims take without waiting for each other (I6, I8)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update

from app.extensions import db
from app.models import CouponBatch, CouponBucket
from app.models.coupon_batch import COUNTED_BY
from app.rules import coupon_buckets
from app.rules.coupon_buckets import Taken


def add_buckets(batch: CouponBatch, *, worth_fen: int) -> None:
    """Spread a new batch over its buckets."""
    shares = coupon_buckets.spread(batch.stock, batch.budget_fen, worth_fen=worth_fen, taken=[Taken()] * batch.buckets)
    counted_by = {key: getattr(batch, key) for key in COUNTED_BY}
    db.session.add_all(
        CouponBucket(batch_id=batch.id, no=no, stock=one.stock, budget_fen=one.budget_fen, is_open=True, **counted_by)
        for no, one in enumerate(shares)
    )
    db.session.flush()  # a claim of the same transaction must find them


def lock(batch: CouponBatch) -> list[Taken]:
    """What each bucket has given; claims wait until the change is committed, and then see it."""
    rows = db.session.execute(
        select(CouponBucket.issued, CouponBucket.committed_fen)
        .where(CouponBucket.batch_id == batch.id)
        .order_by(CouponBucket.no)
        .with_for_update()
    )
    return [Taken(*row) for row in rows]


def spread_again(batch: CouponBatch, given: Sequence[Taken], *, worth_fen: int) -> None:
    """Share out a changed stock or budget, and open or close every bucket with the batch; the caller holds the buckets."""
    shares = coupon_buckets.spread(batch.stock, batch.budget_fen, worth_fen=worth_fen, taken=given)
    for no, one in enumerate(shares):
        db.session.execute(
            update(CouponBucket)
            .where(CouponBucket.batch_id == batch.id, CouponBucket.no == no)
            .values(stock=one.stock, budget_fen=one.budget_fen, is_open=batch.status == "active")
            .execution_options(synchronize_session=False)
        )


def given_by(batch_ids: Sequence[int]) -> Mapping[int, Taken]:
    """Copies and money each batch has given, in one query."""
    rows = db.session.execute(
        select(CouponBucket.batch_id, func.sum(CouponBucket.issued), func.sum(CouponBucket.committed_fen))
        .where(CouponBucket.batch_id.in_(batch_ids))
        .group_by(CouponBucket.batch_id)
    )
    return {batch_id: Taken(int(issued), int(committed_fen)) for batch_id, issued, committed_fen in rows}
