"""What a person of the staff gave in a day without a second one: corrections by hand and members brought along (I17).

docs/domain/adjustments.md, docs/domain/member-imports.md
"""

from datetime import date

from sqlalchemy import func, select

from app.extensions import db
from app.models import Adjustment, MemberImport, Staff


def take_turn(staff_id: int) -> None:
    """Everything this person gives comes one after the other until this transaction ends.

    Splitting a sum over parallel requests does not help: the second waits here and then counts the first.
    """
    # Key share stays free, so that rows naming the person can be written meanwhile.
    db.session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True)).one()


def given_alone(staff_id: int, on: date) -> int:
    """Points and growth together, signs dropped, that the person gave alone on that business date."""
    by_hand = select(func.coalesce(func.sum(func.abs(Adjustment.amount)), 0)).where(
        Adjustment.requested_by_id == staff_id, Adjustment.business_date == on, Adjustment.needs_approval.is_(False)
    )
    brought = select(func.coalesce(func.sum(MemberImport.ready_points + MemberImport.ready_growth), 0)).where(
        MemberImport.started_by_id == staff_id, MemberImport.started_on == on, MemberImport.needs_second.is_(False)
    )
    return int(db.session.scalar(by_hand) or 0) + int(db.session.scalar(brought) or 0)
