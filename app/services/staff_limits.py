"""What a person of the staff may do on a business date: the programme says how much, one upsert keeps to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app import clock
from app.errors import StaffLimitReached
from app.extensions import db
from app.plain_statements import Plain, fetch_all
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
    asked, programme = counted(amounts), programmes.get()
    if not asked:
        return
    rows = fetch_all(*taking(staff_id, asked, programme=programme, now=now))
    if not is_taken(asked, rows):
        kind = next(kind for kind in asked if kind not in {row.kind for row in rows})
        raise StaffLimitReached(limit=kind, cap=_cap(programme, kind))


def counted(amounts: Mapping[str, int]) -> dict[str, int]:
    """Those of them that count for anything."""
    return {kind: amount for kind, amount in amounts.items() if amount}


def taking(staff_id: int, asked: Mapping[str, int], *, programme: Any, now: datetime) -> Plain:
    """The statement of `take`, by the programme's settings (its row); `is_taken` reads its rows."""
    values = _values(staff_id, asked, at=now, programme=programme)
    return statements.TAKE, values | {"caps": [_cap(programme, kind) for kind in asked]}


def is_taken(asked: Mapping[str, int], rows: Sequence[Any]) -> bool:
    """Whether all of it was; if not, the transaction must be undone."""
    return {row.kind for row in rows} == set(asked)


def give_back(staff_id: int, amounts: Mapping[str, int], *, taken_at: datetime) -> None:
    """Uncount what was taken at that instant: an undo is not held against anybody."""
    asked = counted(amounts)
    if asked:
        db.session.execute(statements.GIVE_BACK, _values(staff_id, asked, at=taken_at, programme=programmes.get()))


def _values(staff_id: int, amounts: Mapping[str, int], *, at: datetime, programme: Any) -> dict[str, object]:
    return {
        "staff_id": staff_id,
        "on": clock.business_date(at, zone=programme.zone, cut_over_hour=programme.cut_over_hour),
        "kinds": list(amounts),
        "amounts": list(amounts.values()),
    }


def _cap(programme: Any, kind: str) -> int:
    return int(getattr(programme, CAPS[kind]))
