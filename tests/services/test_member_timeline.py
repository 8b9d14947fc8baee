"""A member's timeline: everything that happened, once, newest first, page by page, kind by kind."""

from datetime import datetime, timedelta
from typing import Any

from apiflask import APIFlask
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Delivery, Member
from app.paging import walk
from app.services import check_ins, member_notes, member_timeline, members, merges, points, purchases, redemptions
from app.services.member_timeline import KINDS, Event
from tests.conftest import NOON
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_member
from tests.factories.messages import make_campaign, make_message_template
from tests.factories.staff import make_staff, make_store


def busy(db_session: Session) -> Member:
    """A member to whom one thing of every kind happened."""
    person = make_member(marketing=True)
    store = make_store(name="湖滨店")
    clerk = make_staff(at=[store], display_name="小李")
    who = at_counter(clerk, store)
    at = NOON + timedelta(hours=1)
    check_ins.check_in(person.id, now=at)
    bill = purchases.record(
        person.id, store_id=store.id, channel=f"store:{store.id}", order_no="B-6", bill_fen=8_800, now=at
    )
    purchases.refund(bill.id, refund_no="R-1", amount_fen=800, now=at + timedelta(minutes=5))
    coupon = give_coupon(person, min_spend_fen=500, value_fen=500)
    redemptions.redeem(
        visit_public_id=open_visit(person, clerk=clerk, store=store, now=at).public_id,
        coupon_public_id=coupon.public_id,
        bill_fen=3_000,
        order_no="B-7",
        actor=who,
        now=at + timedelta(minutes=9),
    )
    template = make_message_template()
    campaign = make_campaign(template)
    db_session.add(
        Delivery(
            campaign_id=campaign.id,
            occurrence="0",
            member_id=person.id,
            state="suppressed",
            reason="no_grant",
            message_template_id=template.id,
            due_at=at,
            finished_at=at,
        )
    )
    member_notes.add(person.id, "要少糖，靠窗的座位", actor=who, now=at)
    return person


def all_of(member_id: int, *, limit: int = 100, kind: str | None = None) -> list[Event]:
    read: Any = lambda after: member_timeline.list_events(member_id, after=after, limit=limit, kind=kind)  # noqa: E731
    return list(walk(read))


def test_every_kind_is_told_newest_first(app: APIFlask, db_session: Session, now: datetime) -> None:
    person = busy(db_session)
    lines = all_of(person.id)
    assert {line.kind for line in lines} == set(KINDS)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    said = {(line.kind, line.event): line for line in lines}
    used = said["coupon", "used"]
    assert (used.amount, used.place, used.person) == (500, "湖滨店", "小李")
    assert (said["refund", "refunded"].amount, said["note", "written"].words) == (800, "要少糖，靠窗的座位")
    assert (said["message", "suppressed"].reason, said["check_in", "on_time"].count) == ("no_grant", 1)
    assert said["consent", "granted"].name in ("membership", "marketing")
    paid = [line for line in lines if line.kind == "points" and line.reference == "check_in"]
    assert [(line.name, line.name_en) for line in paid] == [("签到", "Check-in")]


def test_pages_hold_every_line_once(app: APIFlask, db_session: Session, now: datetime) -> None:
    person = busy(db_session)
    whole = all_of(person.id)
    assert len(whole) > 8
    for limit in (1, 2, 3):
        assert all_of(person.id, limit=limit) == whole


def test_one_kind_alone(app: APIFlask, db_session: Session, now: datetime) -> None:
    person = busy(db_session)
    whole = all_of(person.id)
    for kind in KINDS:
        assert all_of(person.id, limit=2, kind=kind) == [line for line in whole if line.kind == kind]


def test_of_somebody_else_nothing_is_told(app: APIFlask, db_session: Session, now: datetime) -> None:
    busy(db_session)
    other = make_member()
    assert {line.kind for line in all_of(other.id)} == {"consent", "tier"}


def test_notes_follow_a_merge(app: APIFlask, db_session: Session, now: datetime) -> None:
    kept, gone = make_member(), busy(db_session)
    merges.lock_accounts(kept.id, gone.id)
    merges.merge(kept, gone, phone=None, reason="test", actor=Actor.system(), now=now + timedelta(hours=2))
    assert [line.words for line in all_of(kept.id, kind="note")] == ["要少糖，靠窗的座位"]
    assert all_of(gone.id, kind="note") == []
    assert members.find(gone.id) is None
    assert points.spendable(kept.id, now=now + timedelta(hours=2)) > 0
