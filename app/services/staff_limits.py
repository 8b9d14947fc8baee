"""What a person of the staff may do on a business date: the programme says how much, one upsert keeps to it."""

from collections.abc import Mapping
from datetime import datetime

from app.errors import StaffLimitReached
from app.extensions import db
from app.models import Programme
from app.plain_statements import fetch_all
from app.services import programmes
from app.statements import staff_limits as statements

# Kind of limit → the programme's setting.
CAPS = {
    "coupons_issued": "clerk_issues_per_day",
    "coupons_redeemed": "clerk_redeems_per_day",
    "discount_fen": "clerk_discount_fen_per_day",
}


def take(staff_id: int, amounts: Mapping[str, int], *, now: datetime) -> None:
    """Count these amounts (kind of limit → how much; 0 is not asked for) on today's. Raises StaffLimitReached, takes no part."""
    programme = programmes.get()
    asked = {kind: amount for kind, amount in amounts.items() if amount}
    if not asked:
        return
    caps = [_cap(programme, kind) for kind in asked]
    values = _values(staff_id, asked, at=now) | {"caps": caps}
    counted = {row.kind for row in fetch_all(statements.TAKE, values)}
    for kind in asked:
        if kind not in counted:
            raise StaffLimitReached(limit=kind, cap=_cap(programme, kind))


def give_back(staff_id: int, amounts: Mapping[str, int], *, taken_at: datetime) -> None:
    """Uncount what was taken at that instant: an undo is not held against anybody."""
    asked = {kind: amount for kind, amount in amounts.items() if amount}
    if asked:
        db.session.execute(statements.GIVE_BACK, _values(staff_id, asked, at=taken_at))


def _values(staff_id: int, amounts: Mapping[str, int], *, at: datetime) -> dict[str, object]:
    return {
        "staff_id": staff_id,
        "on": programmes.business_date(at),
        "kinds": list(amounts),
        "amounts": list(amounts.values()),
    }


def _cap(programme: Programme, kind: str) -> int:
    return int(getattr(programme, CAPS[kind]))
