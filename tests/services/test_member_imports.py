"""Members from a file: looked at first, made once, undone where nobody touched them since; nothing is left of the file."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import (
    ImportEmpty,
    ImportHasFaults,
    ImportStateConflict,
    ImportUnreadable,
    SecondPersonNeeded,
)
from app.models import (
    AuditEntry,
    Consent,
    CouponOwed,
    Earning,
    Member,
    MemberAccount,
    MemberEvent,
    MemberImport,
    MemberImportLine,
    MemberTag,
    PointsEntry,
    Tag,
    Tier,
)
from app.services import (
    identities,
    member_codes,
    member_import_work,
    member_imports,
    members,
    points,
    programmes,
    purchases,
)
from app.wiring import parts
from tests.factories.imports import boss, counts, make_done, make_import, sheet, told, work
from tests.factories.members import make_counter_member, seal
from tests.factories.staff import make_staff, make_store


def found(phone: str) -> Member:
    member = members.find_by_phone_index(seal(phone).index)
    assert member is not None
    return member


def faults(row: MemberImport) -> dict[int, list[tuple[str, str]]]:
    return {line.line: [(one["column"], one["code"]) for one in line.faults] for line in told(row, "faulty")}


def test_a_line_says_everything_that_is_wrong_with_it(db_session: Session, now: datetime) -> None:
    make_counter_member(phone="13900000001")
    row = work(
        make_import(
            "13900000001,,,,,,,",
            ",没有手机,,,,,,",
            "1.38E+10,,,,,,,",
            "13800138001,这个昵称实在是太长了太长了太长了太长了太长了,02-30,铂金,-5,,没有,2999-01-01",
            "13800138002,小雨,,,,,,",
            "+86 138-0013-8002,又来一次,,,,,,",
            "",
            "13800138003,,3月5日,gold,1000.0,老客户;生日会,,2021-06-18",
        ),
        limit=3,
    )
    assert (row.state, counts(row)) == ("checked", {"ready": 2, "faulty": 4, "known": 1})
    assert faults(row) == {
        3: [("phone", "phone_missing")],
        4: [("phone", "phone_invalid")],
        5: [
            ("nickname", "too_long"),
            ("birthday", "date_invalid"),
            ("points", "not_whole"),
            ("joined_on", "date_ahead"),
            ("tier", "tier_unknown"),
            ("store", "store_unknown"),
        ],
        7: [("phone", "phone_repeated")],
    }
    gold = db_session.scalars(select(Tier).where(Tier.code == "gold")).one()
    assert (row.ready_points, row.ready_growth) == (1000, gold.growth_threshold)
    assert db_session.scalar(select(func.count()).select_from(Member).where(Member.joined_channel == "import")) == 0


def test_a_member_brings_along_what_the_line_says(db_session: Session, now: datetime) -> None:
    store = make_store(code="S-IMPORT")
    row = make_done(
        "13800138003,小雨,1990年3月5日,金卡会员,1200,老客户;生日会,S-IMPORT,2021-06-18", "13800138004,,,,,老客户,,"
    )
    assert (row.state, counts(row)) == ("done", {"made": 2})
    member = found("13800138003")
    account = db_session.get_one(MemberAccount, member.id)
    gold = db_session.scalars(select(Tier).where(Tier.code == "gold")).one()
    assert (member.nickname, member.birth_month, member.birth_day) == ("小雨", 3, 5)
    assert (member.joined_channel, member.joined_store_id) == ("import", store.id)
    assert programmes.business_date(member.joined_at) == date(2021, 6, 18)
    assert (account.points_balance, account.growth_value, account.tier_id) == (1200, gold.growth_threshold, gold.id)
    tags = select(Tag.name).join(MemberTag, MemberTag.tag_id == Tag.id).where(MemberTag.member_id == member.id)
    assert sorted(db_session.scalars(tags)) == sorted(["老客户", "生日会"])
    # No welcome for who joined long ago: no pay, no coupon, nobody is told of a tier they had before.
    for model in (Earning, CouponOwed, MemberEvent):
        assert db_session.scalar(select(func.count()).select_from(model)) == 0, model


def test_the_shop_states_the_consent_and_marketing_is_never_assumed(db_session: Session, now: datetime) -> None:
    row = make_done("13800138003,,,,,,,")
    member = found("13800138003")
    consents = db_session.scalars(select(Consent).where(Consent.member_id == member.id)).all()
    assert [(one.purpose, one.granted, one.document_version, one.channel) for one in consents] == [
        ("membership", True, "paper-2024", "import")
    ]
    assert not member.marketing_consent
    assert row.consent_source == "纸质入会表，存于总店"


@pytest.mark.parametrize(
    "content",
    [
        sheet("13800138003,小雨,,,,,,"),
        sheet("13800138003,小雨,,,,,,").removeprefix(b"\xef\xbb\xbf"),
        sheet("13800138003,小雨,,,,,,").decode("utf-8-sig").encode("gb18030"),
        sheet("13800138003,小雨,,,,,,").decode("utf-8-sig").encode("utf-16"),
        "phone;nickname\n13800138003;小雨\n".encode(),
        "电话\t姓名\t随便\n'13800138003\t小雨\tx\n".encode(),
    ],
)
def test_files_as_spreadsheets_save_them(db_session: Session, now: datetime, content: bytes) -> None:
    uploaded = member_imports.upload(
        content,
        file_name="a.csv",
        consent_source="纸质入会表",
        consent_version="v1",
        vault=parts().vault,
        actor=boss(),
        now=now,
    )
    row = work(uploaded)
    assert counts(row) == {"ready": 1}
    member_imports.start(row.public_id, skip_faulty=False, actor=boss(), now=now)
    work(row)
    assert found("13800138003").nickname == "小雨"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        ("手机号\r\n\r\n".encode(), "empty"),
        (b"\xff\xfe\x00", "encoding"),
        (b"phone\n\xff\xff\xff", "encoding"),
        ("昵称\n小雨\n".encode(), "no_phone_column"),
        ("手机,电话\n1,2\n".encode(), "column_twice"),
        (b'phone\n"' + b"1" * 200_000 + b'"', "csv"),
        (b"phone\n" + b"13800138000\n" * 100_001, "too_many_rows"),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_nothing(
    db_session: Session, now: datetime, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportUnreadable) as refusal, db_session.begin_nested():
        member_imports.upload(
            content,
            file_name="a.csv",
            consent_source="纸质入会表",
            consent_version="v1",
            vault=parts().vault,
            actor=boss(),
            now=now,
        )
    assert refusal.value.data["reason"] == reason
    assert db_session.scalar(select(func.count()).select_from(MemberImportLine)) == 0


def test_faults_are_left_out_only_when_asked(db_session: Session, now: datetime) -> None:
    row = work(make_import("1,,,,,,,", "13800138003,,,,,,,"))
    with pytest.raises(ImportHasFaults):
        member_imports.start(row.public_id, skip_faulty=False, actor=boss(), now=now)
    member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)
    assert counts(work(row)) == {"made": 1, "faulty": 1}
    with pytest.raises(ImportStateConflict):
        member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)


def test_a_file_of_members_makes_nobody(db_session: Session, now: datetime) -> None:
    make_counter_member(phone="13900000001")
    row = work(make_import("13900000001,,,,,,,"))
    with pytest.raises(ImportEmpty):
        member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)


def test_value_above_the_limit_takes_two(db_session: Session, now: datetime) -> None:
    limit, one = programmes.get().adjustment_limit, boss()
    small = work(make_import(f"13800138003,,,,{limit},,,", actor=one))
    assert not member_imports.start(small.public_id, skip_faulty=False, actor=one, now=now).needs_second
    # The day's limit is used up, whatever the next file says.
    more = work(make_import("13800138004,,,,1,,,", actor=one))
    with pytest.raises(SecondPersonNeeded):
        member_imports.start(more.public_id, skip_faulty=False, actor=one, now=now)
    large = work(make_import(f"13800138005,,,,{limit + 1},,,", actor=one))
    begun = member_imports.start(large.public_id, skip_faulty=False, actor=boss(), now=now)
    assert begun.needs_second
    free = work(make_import("13800138006,,,,,,,", actor=one))
    assert not member_imports.start(free.public_id, skip_faulty=False, actor=one, now=now).needs_second


def test_a_session_that_knows_nothing_yet_starts_it(db_session: Session, now: datetime) -> None:
    public_id, actor = work(make_import("13800138003,,,,,,,")).public_id, boss()
    db_session.flush()
    db_session.expunge_all()
    db_session.info.pop("programme")
    assert member_imports.start(public_id, skip_faulty=False, actor=actor, now=now).state == "running"


def test_who_became_a_member_meanwhile_is_passed_over(db_session: Session, now: datetime) -> None:
    row = work(make_import("13800138003,,,,9,,,", "13800138004,,,,,,,"))
    mine = make_counter_member(phone="13800138003")
    member_imports.start(row.public_id, skip_faulty=False, actor=boss(), now=now)
    assert counts(work(row)) == {"made": 1, "skipped": 1}
    assert [(line.line, line.reason) for line in told(row, "skipped")] == [(2, "already_member")]
    assert points.spendable(mine.id, now=now) == 0


def test_paused_resumed_and_stopped(db_session: Session, now: datetime) -> None:
    row = work(make_import(*(f"1380013{n:04d},,,,,,," for n in range(9))))
    member_imports.start(row.public_id, skip_faulty=False, actor=boss(), now=now)
    vault = parts().vault
    member_import_work.advance(row.id, limit=4, vault=vault, now=now)
    member_imports.pause(row.public_id, actor=boss(), now=now)
    assert not member_import_work.advance(row.id, limit=4, vault=vault, now=now).has_more
    assert counts(row) == {"made": 4, "ready": 5}
    member_imports.resume(row.public_id, actor=boss(), now=now)
    member_import_work.advance(row.id, limit=2, vault=vault, now=now)
    member_imports.stop(row.public_id, actor=boss(), now=now)
    row = work(row)
    assert (row.state, counts(row)) == ("stopped", {"made": 6, "ready": 3})
    assert row.erased_at == now
    assert sealed(db_session) == 0
    for step in (member_imports.pause, member_imports.resume, member_imports.stop):
        with pytest.raises(ImportStateConflict):
            step(row.public_id, actor=boss(), now=now)


def sealed(session: Session) -> int:
    kept = MemberImportLine.cipher.is_not(None) | MemberImportLine.phone_index.is_not(None)
    return int(session.scalar(select(func.count()).select_from(MemberImportLine).where(kept)) or 0)


def test_nothing_of_the_file_is_left(db_session: Session, now: datetime) -> None:
    row = make_import("13800138003,小雨,,,,,,", "1,,,,,,,")
    assert sealed(db_session) == 2
    raw = [bytes(one) for one in db_session.scalars(select(MemberImportLine.cipher)) if one]
    assert not any("小雨".encode() in one or b"13800138003" in one for one in raw)
    work(row)
    assert sealed(db_session) == 1  # the good line alone
    member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)
    assert (sealed(db_session), work(row).erased_at) == (1, now)
    assert sealed(db_session) == 0


def test_forgotten_files_are_stopped_and_erased(db_session: Session, now: datetime) -> None:
    row = work(make_import("13800138003,小雨,,,,,,"))
    later = now + member_import_work.KEPT_FOR
    assert member_import_work.stop_forgotten(now=later) == 0
    assert member_import_work.stop_forgotten(now=later + timedelta(seconds=1)) == 1
    assert work(row, now=later).erased_at == later
    assert sealed(db_session) == 0


def sign_in(_member: Member, now: datetime) -> None:
    """Opens the mini-program, and proves the phone there."""
    app_id = parts().config.wechat_appid
    signed_in = identities.sign_in(
        app_id=app_id,
        openid="o-touch",
        unionid=None,
        consent_version=programmes.get().membership_terms_version,
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=now,
    )
    identities.bind_phone(signed_in.member.id, phone=seal("13800138003"), app_id=app_id, actor=boss(), now=now)


def buy(member: Member, now: datetime) -> None:
    purchases.record(member.id, store_id=make_store().id, channel="store:1", order_no=None, bill_fen=100, now=now)


def spend(member: Member, now: datetime) -> None:
    points.spend(member.id, amount=1, source="test", now=now)


def hire(member: Member, now: datetime) -> None:
    make_staff("clerk", member_id=member.id, now=now)


TOUCHES = {"signed_in": sign_in, "bought": buy, "ledger_moved": spend, "staff": hire}


@pytest.mark.parametrize("touch", TOUCHES)
def test_undone_is_who_nobody_touched(db_session: Session, now: datetime, touch: str) -> None:
    row = make_done("13800138003,,,gold,500,,,", "13800138004,小雨,03-05,gold,500,老客户,,")
    kept, gone = found("13800138003"), found("13800138004")
    TOUCHES[touch](kept, now)
    member_imports.undo(row.public_id, reason="传错了文件", actor=boss(), now=now)
    row = work(row, limit=1)
    assert (row.state, counts(row)) == ("undone", {"undone": 1, "kept": 1})
    assert [(line.line, line.reason) for line in told(row, "kept")] == [(2, touch)]
    db_session.refresh(gone)
    account = db_session.get_one(MemberAccount, gone.id, populate_existing=True)
    assert (gone.status, gone.nickname, gone.birth_month, gone.phone_masked) == ("erased", "", None, None)
    assert (account.points_balance, account.points_owed, account.growth_value) == (0, 0, 0)
    lowest = db_session.scalars(select(Tier.id).where(Tier.rank == 0)).one()
    assert account.tier_id == lowest
    assert db_session.scalar(select(func.count()).select_from(MemberTag).where(MemberTag.member_id == gone.id)) == 0
    assert found("13800138003").id == kept.id
    # The phone is free for a corrected file.
    assert counts(work(make_import("13800138004,,,,,,,"))) == {"ready": 1}


def test_an_undo_books_back_what_was_booked(db_session: Session, now: datetime) -> None:
    row = make_done("13800138004,,,,500,,,")
    member = found("13800138004")
    member_imports.undo(row.public_id, reason="传错了文件", actor=boss(), now=now)
    work(row)
    entries = db_session.scalars(
        select(PointsEntry).where(PointsEntry.member_id == member.id).order_by(PointsEntry.seq)
    ).all()
    assert [(one.kind, one.amount, one.delta) for one in entries] == [("adjust", 500, 500), ("reverse", 500, -500)]
    assert entries[1].reverses_id == entries[0].id
    with pytest.raises(ImportStateConflict):
        member_imports.undo(row.public_id, reason="再来一次", actor=boss(), now=now)


def test_what_never_began_is_not_undone(db_session: Session, now: datetime) -> None:
    row = work(make_import("13800138004,,,,,,,"))
    member_imports.stop(row.public_id, actor=boss(), now=now)
    with pytest.raises(ImportStateConflict):
        member_imports.undo(row.public_id, reason="传错了", actor=boss(), now=now)


def test_every_step_is_written_down(db_session: Session, now: datetime) -> None:
    row = make_done("13800138004,小雨,,,5,,,")
    member_imports.undo(row.public_id, reason="传错了文件", actor=boss(), now=now)
    work(row)
    entries = db_session.scalars(
        select(AuditEntry).where(AuditEntry.object_kind == "member_import").order_by(AuditEntry.id)
    ).all()
    verbs = [one.action.partition(".")[2] for one in entries]
    assert verbs == ["create", "start", "finish", "undo", "finish_undo"]
    assert not any("13800138004" in str(one.details) or "小雨" in str(one.details) for one in entries)


def test_joining_before_the_epoch_of_the_shop_is_refused(db_session: Session, now: datetime) -> None:
    row = work(
        make_import("13800138004,,,,,,,1999-12-31", "13800138005,,,,,,,06-18", "13800138006,,,,,,,2020/2/29 0:00")
    )
    assert faults(row) == {2: [("joined_on", "year_out_of_range")], 3: [("joined_on", "year_missing")]}
    member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)
    work(row)
    assert found("13800138006").joined_at == datetime(2020, 2, 28, 16, tzinfo=UTC)
