"""How a person proves who they are: WeChat's OpenID and UnionID, and a phone WeChat vouches for (I15)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import Conflict, PhoneTaken
from app.extensions import db
from app.models import Member, MemberIdentity
from app.services import audit, earnings, members, merges, purchases, wechat_events
from app.services.earnings import Facts
from app.services.member_codes import SealedCode
from app.services.phones import SealedPhone

# Each try loses only to another bind or merge of the same people that committed meanwhile.
BIND_TRIES = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    member: Member
    is_new: bool


@dataclass(frozen=True, slots=True)
class PhoneBound:
    """`member` is the one who stays when two became one."""

    member: Member
    is_merged: bool


class _Stale(Exception):
    """What was read before locking changed before the locks were ours."""


def sign_in(
    *,
    app_id: str,
    openid: str,
    unionid: str | None,
    consent_version: str | None,
    new_code: Callable[[], SealedCode],
    locale: str = "zh_CN",
    now: datetime,
) -> SignedIn:
    """Find the member by OpenID, else by UnionID, else enrol. Two first sign-ins at once make one member.

    Raises ConsentMissing when enrolling without consent to the membership document in force.
    """
    found = _find_by_wechat(app_id, openid, unionid)
    if found is not None:
        _link(found.id, app_id=app_id, openid=openid, unionid=unionid, now=now)
        return SignedIn(found, is_new=False)
    try:
        with db.session.begin_nested():
            member = members.enrol(
                channel="mini", consent_version=consent_version, new_code=new_code, locale=locale, now=now
            )
            db.session.add(
                MemberIdentity(member_id=member.id, kind="openid", app_id=app_id, value=openid, linked_at=now)
            )
            db.session.flush()  # the unique constraint speaks now, not at the commit
    except IntegrityError as error:
        if constraint_name(error) != "uq_member_identity_kind_app_id_value":
            raise
        # A twin of this request was faster: its member is ours.
        winner = _find_by_wechat(app_id, openid, unionid)
        if winner is None:
            raise
        return SignedIn(winner, is_new=False)
    wechat_events.apply_earlier(openid, member_id=member.id)
    _link(member.id, app_id=app_id, openid=openid, unionid=unionid, now=now)
    return SignedIn(member, is_new=True)


def bind_phone(member_id: int, *, phone: SealedPhone, app_id: str, actor: Actor, now: datetime) -> PhoneBound:
    """Give the member a phone WeChat vouched for; a counter-enrolled holder of it and this member become one.

    Repeating it changes nothing. Raises PhoneTaken when the holder already has an OpenID of this app.
    """
    for _ in range(BIND_TRIES):
        try:
            # The savepoint gives the locks back when what they should protect has moved.
            with db.session.begin_nested():
                return _bind(member_id, phone=phone, app_id=app_id, actor=actor, now=now)
        except _Stale:
            continue
        except IntegrityError as error:
            if constraint_name(error) != "uq_member_phone_index":
                raise
    raise Conflict(kind="phone")


def find_openid(member_id: int, *, app_id: str) -> str | None:
    """The member's OpenID at an app; the latest when there are several (after a merge)."""
    return db.session.scalar(
        select(MemberIdentity.value)
        .where(MemberIdentity.member_id == member_id, MemberIdentity.kind == "openid", MemberIdentity.app_id == app_id)
        .order_by(MemberIdentity.id.desc())
        .limit(1)
    )


def _bind(member_id: int, *, phone: SealedPhone, app_id: str, actor: Actor, now: datetime) -> PhoneBound:
    my_id = merges.resolve(member_id)
    holder = members.find_by_phone_index(phone.index)
    if holder is None:
        # The account first, as everywhere: what the phone earns and claims is booked under it.
        merges.lock_accounts(my_id)
        me = merges.lock_members(my_id)[my_id]
        if me.status != "active":
            raise _Stale
        _take_phone(me, phone, actor=actor, now=now)
        _reward(me, now=now)
        return PhoneBound(me, is_merged=False)
    if holder.id == my_id:
        return PhoneBound(holder, is_merged=False)
    merges.lock_accounts(my_id, holder.id)
    locked = merges.lock_members(my_id, holder.id)
    me, holder = locked[my_id], locked[holder.id]
    if me.status != "active" or holder.status != "active" or holder.phone_index != phone.index:
        raise _Stale
    if find_openid(holder.id, app_id=app_id) is not None:
        raise PhoneTaken
    kept = merges.merge(me, holder, phone=phone, reason="phone", actor=actor, now=now)
    _reward(kept, now=now)
    return PhoneBound(kept, is_merged=True)


def _reward(member: Member, *, now: datetime) -> None:
    """Pay a proven phone once, and the bills that waited for it."""
    earnings.pay(member.id, event="phone_bound", source="phone_bound", facts=Facts(channel="mini"), now=now)
    purchases.claim(member.id, now=now)


def _take_phone(member: Member, phone: SealedPhone, *, actor: Actor, now: datetime) -> None:
    before = members.release_phone(member)
    members.hold_phone(member, phone)
    db.session.flush()  # the unique constraint speaks now, inside the savepoint
    audit.record(
        "member.bind_phone",
        actor=actor,
        object_kind="member",
        object_id=member.id,
        details={"phone": phone.masked, "before": before.masked if before else None},
        now=now,
    )


def _find_by_wechat(app_id: str, openid: str, unionid: str | None) -> Member | None:
    by_openid = and_(MemberIdentity.kind == "openid", MemberIdentity.app_id == app_id, MemberIdentity.value == openid)
    by_unionid = and_(MemberIdentity.kind == "unionid", MemberIdentity.app_id == "", MemberIdentity.value == unionid)
    # The share lock makes a sign-in wait for a merge of this member instead of opening a session for the merged one.
    return db.session.scalar(
        select(Member)
        .join(MemberIdentity, MemberIdentity.member_id == Member.id)
        .where(or_(by_openid, by_unionid) if unionid else by_openid, Member.status == "active")
        .order_by(MemberIdentity.kind)
        .limit(1)
        .with_for_update(read=True, key_share=True, of=Member)
    )


def _link(member_id: int, *, app_id: str, openid: str, unionid: str | None, now: datetime) -> None:
    """Remember identities this sign-in proved; one that is already somebody's stays theirs."""
    proven = [("openid", app_id, openid)] + ([("unionid", "", unionid)] if unionid else [])
    rows = [
        {"member_id": member_id, "kind": kind, "app_id": app, "value": value, "linked_at": now}
        for kind, app, value in proven
    ]
    new = db.session.scalars(
        insert(MemberIdentity).values(rows).on_conflict_do_nothing().returning(MemberIdentity.kind)
    ).all()
    if "openid" in new:
        wechat_events.apply_earlier(openid, member_id=member_id)
