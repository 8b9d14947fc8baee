"""What revoking would do, told before it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.extensions import db
from app.models import CouponBatch, IssueRun
from app.services import programmes
from app.statements import revocations as statements


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """Copies by what would become of them; `money_fen` is what the uses left of the active ones could cost.

    `active` would be revoked, `held` of them once a hold at a counter ends unused, `expiring` of them would have run out within
    the notice days anyway. `used` (once or more) keep their uses, `given` ones live on with a friend.
    """

    active: int
    held: int
    expiring: int
    used: int
    given: int
    revoked: int
    expired: int
    money_fen: int


def preview(batch: CouponBatch, run: IssueRun | None = None, *, now: datetime) -> Consequences:
    """What revoking a whole batch, or what one run gave of it, would do now."""
    soon = now + timedelta(days=programmes.get().coupon_expiry_notice_days)
    values = {"batch_id": batch.id, "issue_run_id": run.id if run else None, "now": now, "soon": soon}
    row = db.session.execute(statements.PREVIEW["run" if run else "batch"], values).mappings().one()
    return Consequences(**row)
