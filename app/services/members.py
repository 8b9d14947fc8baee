"""Members: who they are and what is shown of them. Enrolment gives a member an account at the foot of the ladder."""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import BirthdayAlreadySet, InvalidInput, NotFound, PhoneTaken
from app.extensions import db
from app.models import Member, Store
from app.rules import wall_clock
from app.rules.coupon_automation import Happening
from app.services import audit, consents, coupon_owing, earnings, purchases, tiers
from app.services.coupon_owing import Occurrence
from app.services.earnings import Facts
from app.services.member_codes import SealedCode
from app.services.phones import SealedPhone

# Of a billion numbers; ten million members make one collision in a hundred draws.
MAX_NUMBER_DRAWS = 10


def get(member_id: int) -> Member:
    """An active member by internal key. Raises NotFound."""
    member = find(member_id)
    if member is None:
        raise NotFound(kind="member")
    return member


def find(member_id: int) -> Member | None:
    """An active member by internal key, or None."""
    member = db.session.get(Member, member_id)
    return member if member is not None and member.status == "active" else None


def get_by_public_id(public_id: uuid.UUID) -> Member:
    """An active member by public id. Raises NotFound, also for one who was merged away or erased."""
    member = db.session.scalar(select(Member).where(Member.public_id == public_id, Member.status == "active"))
    if member is None:
        raise NotFound(kind="member")
    return member


def find_by_phone_index(phone_index: bytes) -> Member | None:
    """The member who holds a phone, by its blind index (uq_member_phone_index)."""
    return db.session.scalar(select(Member).where(Member.phone_index == phone_index))


def enrol(
    *,
    channel: str,
    consent_version: str | None,
    new_code: Callable[[], SealedCode],
    now: datetime,
    phone: SealedPhone | None = None,
    nickname: str = "",
    store_id: int | None = None,
    locale: str = "zh_CN",
) -> Member:
    """Make a member with account, tier and membership consent; pays for joining, and bills that waited for the phone.

    `new_code` draws a number and sealed secret. Raises ConsentMissing when `consent_version` is not the current document.
    """
    consents.require_membership(consent_version)
    code = _free_code(new_code)
    member = Member(
        nickname=nickname,
        locale=locale,
        code_number=code.number,
        code_secret_cipher=code.cipher,
        joined_at=now,
        joined_channel=channel,
        joined_store_id=store_id,
    )
    if phone is not None:
        hold_phone(member, phone)
    db.session.add(member)
    db.session.flush()  # the key is needed by account and consent
    tiers.open_account(member.id, now=now)
    consents.record(
        member, purpose="membership", granted=True, document_version=str(consent_version), channel=channel, now=now
    )
    store_code = None if store_id is None else db.session.scalar(select(Store.code).where(Store.id == store_id))
    facts = Facts(channel=channel, store_code=store_code)
    earnings.pay(member.id, event="joined", source="joined", facts=facts, now=now)
    joined = Occurrence(member_id=member.id, name="joined", happening=Happening(channel=channel))
    coupon_owing.owe("joined", [joined], now=now)
    if phone is not None:
        purchases.claim(member.id, now=now)
    return member


def enrol_by_phone(
    *,
    phone: SealedPhone,
    nickname: str,
    store_id: int,
    consent_version: str | None,
    new_code: Callable[[], SealedCode],
    actor: Actor,
    now: datetime,
) -> Member:
    """Enrol at the counter. Raises PhoneTaken when any member holds the phone (the database decides), ConsentMissing."""
    if find_by_phone_index(phone.index) is not None:
        raise PhoneTaken
    try:
        with db.session.begin_nested():
            member = enrol(
                channel="counter",
                consent_version=consent_version,
                new_code=new_code,
                now=now,
                phone=phone,
                nickname=nickname,
                store_id=store_id,
            )
    except IntegrityError as error:
        if constraint_name(error) == "uq_member_phone_index":
            raise PhoneTaken from error
        raise
    audit.record(
        "member.enrol",
        actor=actor,
        object_kind="member",
        object_id=member.id,
        details={"channel": "counter", "phone": phone.masked},
        now=now,
        store_id=store_id,
    )
    return member


def hold_phone(member: Member, phone: SealedPhone) -> None:
    """Give a member a phone; the three columns come and go together."""
    member.phone_index, member.phone_cipher, member.phone_masked = phone.index, phone.cipher, phone.masked


def release_phone(member: Member) -> SealedPhone | None:
    """Take a member's phone away and return it."""
    if member.phone_index is None or member.phone_cipher is None or member.phone_masked is None:
        return None
    phone = SealedPhone(index=member.phone_index, cipher=member.phone_cipher, masked=member.phone_masked)
    member.phone_index = member.phone_cipher = member.phone_masked = None
    return phone


def change_profile(
    member_id: int,
    *,
    nickname: str | None = None,
    locale: str | None = None,
    zone: str | None = None,
    birthday: tuple[int, int] | None = None,
) -> Member:
    """Change what is given; a birthday (month, day) is set once, because it brings a yearly gift.

    Repeating the same birthday is accepted; `zone` by its IANA name. Raises BirthdayAlreadySet, NotFound, InvalidInput.
    """
    member = db.session.scalar(
        select(Member).where(Member.id == member_id, Member.status == "active").with_for_update(key_share=True)
    )
    if member is None:
        raise NotFound(kind="member")
    if nickname is not None:
        member.nickname = nickname
    if locale is not None:
        member.locale = locale
    if zone is not None:
        if not wall_clock.is_known(zone):
            raise InvalidInput(field="zone", reason="unknown")
        member.zone = zone
    if birthday is not None:
        _set_birthday(member, birthday)
    return member


def _set_birthday(member: Member, birthday: tuple[int, int]) -> None:
    if member.birth_month is not None and (member.birth_month, member.birth_day) != birthday:
        raise BirthdayAlreadySet
    member.birth_month, member.birth_day = birthday


def _free_code(new_code: Callable[[], SealedCode]) -> SealedCode:
    for _ in range(MAX_NUMBER_DRAWS):
        code = new_code()
        if db.session.scalar(select(Member.id).where(Member.code_number == code.number)) is None:
            return code
    raise RuntimeError("no free member code number in ten draws: the numbers are nearly used up")
