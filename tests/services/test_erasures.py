"""Being forgotten: the person is gone, the books still add up, and the same person may join anew as somebody else."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import ErasureEnded, NotFound, SelfService
from app.extensions import db
from app.models import (
    AuditEntry,
    Coupon,
    Delivery,
    ErasureRequest,
    Member,
    MemberAccount,
    Revocation,
    SubscriptionGrant,
)
from app.services import (
    adjustments,
    erasures,
    growth,
    identities,
    member_export,
    member_lists,
    member_notes,
    merges,
    points,
    purchases,
    revocations,
    tags,
)
from app.statements.member_tables import FATES
from app.statements.verify import QUERIES
from app.transaction import transaction
from app.wiring import parts
from jobs.erase_members import erase_members
from tests.conftest import NOON
from tests.factories.channels import give_email
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_counter_member, make_member, seal, sign_in
from tests.factories.messages import accept, make_campaign, make_message_template
from tests.factories.staff import make_staff, make_store

PHONE, OPENID = "13800138000", "o-forget-me"
AFTER = NOON + timedelta(days=8)
SYSTEM = Actor.system()


def person() -> Member:
    """Somebody with one of nearly everything, after a merge."""
    old = make_member(
        openid=OPENID, unionid="u-forget", phone=PHONE, nickname="林小满", birthday=(5, 4), marketing=True
    )
    twin = make_counter_member(phone="13900139000", nickname="林小满")
    merges.lock_accounts(old.id, twin.id)
    merges.merge(old, twin, phone=seal(PHONE), reason="phone", actor=SYSTEM, now=NOON)
    store = make_store(name="湖滨店")
    clerk = make_staff(at=[store])
    sign_in(old)
    give_email(old)
    points.earn(old.id, amount=120, source="test", now=NOON)
    points.earn(old.id, amount=30, source="later", now=NOON, pending_days=30)
    points.hold(old.id, amount=20, source="hold", expires_at=AFTER + timedelta(days=9), now=NOON)
    growth.add(old.id, amount=5_000, source="test", now=NOON)
    purchases.record(old.id, store_id=store.id, channel=f"store:{store.id}", order_no="F-1", bill_fen=8_800, now=NOON)
    give_coupon(old)
    open_visit(old, clerk=clerk, store=store)
    tag = tags.create("常客", actor=SYSTEM, now=NOON)
    tags.add(tag.public_id, {1: old.public_id}, actor=SYSTEM, now=NOON)
    named = member_lists.create("名单", actor=SYSTEM, now=NOON)
    member_lists.add(named.public_id, {1: old.public_id}, actor=SYSTEM, now=NOON)
    member_notes.add(old.id, "左撇子", actor=at_counter(clerk, store), now=NOON)
    template = make_message_template()
    accept(old, template, times=2)
    db.session.add(
        Delivery(
            campaign_id=make_campaign(template).id,
            occurrence="0",
            member_id=old.id,
            state="planned",
            openid=OPENID,
            message_template_id=template.id,
            due_at=AFTER,
        )
    )
    db.session.flush()
    return old


def forget(member: Member, *, now: datetime = AFTER) -> dict[str, int]:
    erasures.ask(member.id, actor=Actor(kind="member", id=member.id), now=NOON)
    db.session.commit()
    return erase_members(now=now)


def rows_of(member_id: int) -> dict[str, int]:
    """How many rows of each table name the member."""
    tables = [name for name, fate in FATES.items() if fate.key == "member_id"]
    return {
        name: db.session.scalar(text(f"SELECT count(*) FROM {name} WHERE member_id = :id"), {"id": member_id}) or 0  # noqa: S608
        for name in tables
    }


def broken() -> dict[str, Any]:
    """As `flask verify`, inside this test's own transaction."""
    db.session.flush()
    found = {name: db.session.execute(query).mappings().all() for name, query in QUERIES.items()}
    return {name: rows for name, rows in found.items() if rows}


def test_the_person_goes_and_the_books_stay(app: APIFlask, db_session: Session, now: datetime) -> None:
    gone = person()
    before = rows_of(gone.id)
    known_as = gone.public_id
    assert forget(gone) == {"erased": 1, "failed": 0}
    after = rows_of(gone.id)
    deleted = {name for name, fate in FATES.items() if fate.erasure == "deleted" and fate.key == "member_id"}
    assert {name for name in deleted if after[name]} == set()
    lost = {name for name in before if name not in deleted and after[name] < before[name]}
    assert lost == set()
    row = db_session.get_one(Member, gone.id, populate_existing=True)
    assert (row.status, row.nickname, row.birth_month, row.phone_masked, row.phone_index) == (
        "erased",
        "",
        None,
        None,
        None,
    )
    assert (bytes(row.code_secret_cipher), row.marketing_consent, row.zone) == (b"", False, None)
    assert row.public_id != known_as
    account = db_session.get_one(MemberAccount, gone.id, populate_existing=True)
    assert (account.points_balance, account.points_held, account.growth_value) == (0, 0, 0)
    assert broken() == {}
    assert erase_members(now=AFTER) == {"erased": 0, "failed": 0}


def test_what_was_on_its_way_ends(app: APIFlask, db_session: Session, now: datetime) -> None:
    gone = person()
    forget(gone)
    sheet = db_session.scalars(select(Delivery).where(Delivery.member_id == gone.id)).one()
    assert (sheet.state, sheet.openid) == ("suppressed", None)
    assert db_session.scalars(select(SubscriptionGrant.remaining)).all() == [0]
    coupon = db_session.scalars(select(Coupon).where(Coupon.member_id == gone.id)).one()
    revocation = db_session.scalars(select(Revocation)).one()
    assert (coupon.status, coupon.revocation_id, revocation.scope) == ("revoked", revocation.id, "erasure")
    with pytest.raises(Exception, match="revocation_undo_passed"):
        revocations.undo(revocation.public_id, reason="同情", actor=Actor(kind="staff", id=1), now=AFTER)
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.erase")).one()
    assert (entry.details["points"] > 150, entry.details["coupons"], "林" in str(entry.details)) == (True, 1, False)


def told_in(table: str, word: str) -> int:
    """In how many rows of a table a word stands."""
    query = text(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE :word")  # noqa: S608
    return db.session.scalar(query, {"word": f"%{word}%"}) or 0


def test_no_word_of_the_person_is_left_outside_the_audit(app: APIFlask, db_session: Session, now: datetime) -> None:
    gone = person()
    forget(gone)
    tables = db_session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'audit%'")
    ).all()
    for word in ("林小满", OPENID, "u-forget", "左撇子", "138****8000", "139****9000"):
        found = [table for table in tables if told_in(table, word)]
        assert found == [], word


def test_the_same_person_joins_anew_as_somebody_else(app: APIFlask, db_session: Session, now: datetime) -> None:
    gone = person()
    forget(gone)
    again = make_member(openid=OPENID, now=AFTER)
    bound = identities.bind_phone(
        again.id, phone=seal(PHONE), app_id=parts().config.wechat_appid, actor=SYSTEM, now=AFTER
    )
    assert (bound.member.id, bound.is_merged, again.id != gone.id) == (again.id, False, True)
    assert points.spendable(again.id, now=AFTER) < 120
    assert db_session.scalar(select(Coupon.id).where(Coupon.member_id == again.id, Coupon.status == "active")) is None
    assert broken() == {}


def test_nobody_is_forgotten_before_the_time_to_think_is_over(
    app: APIFlask, db_session: Session, now: datetime
) -> None:
    member = make_member()
    first = erasures.ask(member.id, actor=Actor(kind="member", id=member.id), now=NOON)
    again = erasures.ask(member.id, actor=Actor(kind="member", id=member.id), now=NOON + timedelta(days=3))
    assert again.request.due_at == first.request.due_at == NOON + timedelta(days=7)
    db_session.commit()
    assert erase_members(now=NOON + timedelta(days=7, seconds=-1)) == {"erased": 0, "failed": 0}
    with transaction():
        kept = erasures.take_back(member.id, actor=Actor(kind="member", id=member.id), now=NOON + timedelta(days=6))
    assert erase_members(now=AFTER) == {"erased": 0, "failed": 0}
    with pytest.raises(ErasureEnded):
        erasures.withdraw(kept.request.public_id, actor=SYSTEM, now=AFTER)
    with pytest.raises(NotFound):
        erasures.take_back(member.id, actor=SYSTEM, now=AFTER)


def test_a_message_that_is_leaving_is_waited_for(app: APIFlask, db_session: Session, now: datetime) -> None:
    member, template = make_member(), make_message_template()
    sheet = Delivery(
        campaign_id=make_campaign(template).id,
        occurrence="0",
        member_id=member.id,
        state="dispatching",
        dispatched_at=AFTER,
        claim_token="01920000-0000-7000-8000-000000000001",
        lease_until=AFTER,
        message_template_id=template.id,
        due_at=AFTER,
    )
    db_session.add(sheet)
    assert forget(member) == {"erased": 0, "failed": 0}
    sheet.state = "sent"
    db_session.commit()
    assert erase_members(now=AFTER) == {"erased": 1, "failed": 0}


def test_a_merge_takes_the_wish_with_it(app: APIFlask, db_session: Session, now: datetime) -> None:
    one, other = make_member(), make_counter_member()
    erasures.ask(other.id, actor=Actor(kind="member", id=other.id), now=NOON)
    merges.lock_accounts(one.id, other.id)
    merges.merge(one, other, phone=None, reason="test", actor=SYSTEM, now=NOON)
    assert db_session.scalars(select(ErasureRequest.state)).all() == ["merged"]
    db_session.commit()
    assert erase_members(now=AFTER) == {"erased": 0, "failed": 0}
    assert broken() == {}


def test_a_refund_after_it_still_adds_up(app: APIFlask, db_session: Session, now: datetime) -> None:
    member = make_member()
    bill = purchases.record(member.id, store_id=None, channel="tmall", order_no="L-1", bill_fen=8_800, now=NOON)
    forget(member)
    purchases.refund(bill.id, refund_no="R", amount_fen=8_800, now=AFTER)
    db_session.flush()
    assert broken() == {}


def test_a_correction_that_waited_can_only_be_turned_down(app: APIFlask, db_session: Session, now: datetime) -> None:
    member, boss = make_member(), make_staff("manager")
    asked = adjustments.request(
        member.public_id,
        ledger="points",
        amount=90_000,
        reason_code="goodwill",
        reason="林小满投诉",
        actor=Actor(kind="staff", id=make_staff("manager").id, role="manager"),
        now=NOON,
    )
    forget(member)
    who = Actor(kind="staff", id=boss.id, role="manager")
    with pytest.raises(NotFound), db_session.begin_nested():
        adjustments.approve(asked.public_id, actor=who, now=AFTER)
    done = adjustments.reject(asked.public_id, reason="会员已注销", actor=who, now=AFTER)
    assert (done.state, done.reason) == ("rejected", "erased")


def test_staff_write_down_what_they_were_told(app: APIFlask, db_session: Session, now: datetime) -> None:
    member, boss = make_member(), make_staff("manager", display_name="老王")
    who = Actor(kind="staff", id=boss.id, role="manager")
    told = erasures.ask(member.id, actor=who, now=NOON, reason="来电要求，已核对")
    assert (told.written_by, told.request.reason) == ("老王", "来电要求，已核对")
    own = make_staff("manager", member_id=make_member().id)
    with pytest.raises(SelfService):
        erasures.ask(own.member_id or 0, actor=Actor(kind="staff", id=own.id), now=NOON, reason="我自己")


def told_of(member: Member, *, whole: bool) -> dict[str, Any]:
    opener = parts().vault if whole else None
    read: dict[str, Any] = json.loads("".join(member_export.pieces(member.id, now=NOON, opener=opener)))
    return read


def test_everything_kept_is_told(app: APIFlask, db_session: Session, now: datetime) -> None:
    member = person()
    mine = told_of(member, whole=True)
    assert (mine["member"]["nickname"], mine["member"]["phone"]) == ("林小满", "+8613800138000")
    assert "@" in mine["member"]["email"] and "*" not in mine["member"]["email"]
    assert told_of(member, whole=False)["member"]["phone"] == "138****8000"
    assert set(mine) == {"made_at", "member", *member_export.SECTIONS}
    counted = rows_of(member.id)
    for table, fate in FATES.items():
        if fate.export in member_export.SECTIONS and fate.key == "member_id":
            assert len(mine[fate.export]) >= counted[table], table
    assert [note["note"] for note in mine["notes"]] == ["左撇子"]
    # The twin's consents stayed where they were made, and are told with the others.
    assert len(mine["consents"]) >= 3
    assert any(row["order_no"] == "F-1" for row in mine["purchases"])
