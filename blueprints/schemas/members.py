"""A member as they see themselves, as a clerk sees them, and as the console lists them. Phones are always masked."""

import calendar
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.models import Member
from app.services.consents import Standing as ConsentStanding
from app.services.member_search import MemberRow
from app.services.tiers import Standing
from app.services.visits import MemberCard
from blueprints.schemas.base import Closed, Code, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.points import BadgeOut, StandingOut

Nickname = Annotated[Text, StringConstraints(max_length=20)]
PhoneWritten = Annotated[str, StringConstraints(min_length=5, max_length=32, pattern=r"^[0-9+() -]+$")]
Locale = Literal["zh_CN", "en"]
# As a scan gun types it, or the nine digits that name the member inside it.
MemberCodeWritten = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 ]{8,63}$")]
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$")]
# Every month may have 29 February: the year is not asked.
_LEAP_YEAR = 2028


class ConsentIn(Closed):
    """The version of the document the person was shown and accepted."""

    document_version: Code


class BirthdayIn(Closed):
    """Month and day; set once."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]

    @model_validator(mode="after")
    def _exists(self) -> "BirthdayIn":
        if self.day > calendar.monthrange(_LEAP_YEAR, self.month)[1]:
            raise ValueError("this day does not exist")
        return self


class BirthdayOut(Out):
    month: int
    day: int


class ProfileIn(Closed):
    """What is left out or null stays as it is."""

    nickname: Nickname | None = None
    birthday: BirthdayIn | None = None
    locale: Locale | None = None
    # IANA name of the clock the member lives by, as the phone tells it.
    zone: ZoneName | None = None


class PhoneIn(Closed):
    """`phone_code` from WeChat's phone button; good once, for five minutes."""

    phone_code: Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]


class EnrolIn(Closed):
    """Joining at the counter: a phone, and the consent the customer gave there."""

    phone: PhoneWritten
    nickname: Nickname | None = None
    membership_consent: ConsentIn | None = None


class MemberOut(Out):
    """The member's own view."""

    id: UUID
    nickname: str
    phone_masked: str | None
    birthday: BirthdayOut | None
    locale: str
    # Empty: the shop's.
    zone: str | None
    marketing_consent: bool
    joined_at: Instant
    points_balance: int
    standing: StandingOut

    @classmethod
    def of(cls, member: Member, *, points_balance: int, standing: Standing) -> "MemberOut":
        return cls(
            id=member.public_id,
            nickname=member.nickname,
            phone_masked=member.phone_masked,
            birthday=_birthday(member),
            locale=member.locale,
            zone=member.zone,
            marketing_consent=member.marketing_consent,
            joined_at=member.joined_at,
            points_balance=points_balance,
            standing=StandingOut.of(standing),
        )


class PhoneBoundOut(Out):
    """`is_merged`: a membership made at the counter with this phone is now one with this one."""

    is_merged: bool
    member: MemberOut


class MarketingConsentIn(Closed):
    """Giving needs the version in force; withdrawing is accepted with any."""

    granted: bool
    document_version: Code


class ConsentOut(Out):
    """`granted` is null before any decision."""

    purpose: Literal["membership", "marketing"]
    granted: bool | None
    document_version: str | None
    current_version: str
    recorded_at: Instant | None

    @classmethod
    def of(cls, standing: ConsentStanding) -> "ConsentOut":
        return cls.model_validate(standing)


class ConsentsOut(Out):
    data: list[ConsentOut]


class MemberCodeFormatOut(Out):
    """docs/domain/member-code.md tells how the digits are computed."""

    name: str
    prefix: str
    length: int
    otp_digits: int
    algorithm: str
    secret_encoding: str


class MemberCodeOut(Out):
    """What the device needs to draw codes without asking again; `server_time` sets its clock right."""

    number: str
    secret: str
    step_seconds: int
    server_time: Instant
    format: MemberCodeFormatOut


class MemberCardOut(Out):
    """What a clerk sees after a scan."""

    id: UUID
    nickname: str
    phone_masked: str | None
    badge: BadgeOut
    points_balance: int
    is_birthday: bool
    joined_at: Instant
    # Colleagues left service notes, which a visit may read.
    has_notes: bool

    @classmethod
    def of(cls, card: MemberCard) -> "MemberCardOut":
        return cls(
            id=card.public_id,
            nickname=card.nickname,
            phone_masked=card.phone_masked,
            badge=BadgeOut(
                code=card.tier_code,
                name=card.tier_name,
                name_en=card.tier_name_en,
                colour=card.tier_colour,
                svg_url=f"/api/mini/v1/badges/{card.tier_code}.svg",
            ),
            points_balance=card.points,
            is_birthday=card.is_birthday,
            joined_at=card.joined_at,
            has_notes=card.has_notes,
        )


class MemberQuery(PageQuery):
    """All that is given must hold. `phone`, `code` and `id` find one at most; `code` as scanned, or its nine digits.

    `phone_tail`: the last four digits, among who joined or bought at `store` (a store's code). `order_no` in any channel.
    `nickname` by its beginning. `tag` by id, `tier` by code.
    """

    id: PublicId | None = None
    phone: PhoneWritten | None = None
    phone_tail: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    store: Code | None = None
    nickname: Nickname | None = None
    code: MemberCodeWritten | None = None
    order_no: Code | None = None
    tag: PublicId | None = None
    tier: Code | None = None

    @model_validator(mode="after")
    def _tail_in_a_store(self) -> "MemberQuery":
        if self.phone_tail is not None and self.store is None:
            raise ValueError("phone_tail is looked for in one store: name it with store")
        return self


class MemberRowOut(Out):
    """`points_balance` as last booked; points past their expiry leave it within minutes."""

    id: UUID
    nickname: str
    phone_masked: str | None
    tier: BadgeOut
    growth_value: int
    points_balance: int
    marketing_consent: bool
    joined_channel: str
    joined_at: Instant

    @classmethod
    def of(cls, row: MemberRow) -> "MemberRowOut":
        return cls(
            id=row.member.public_id,
            nickname=row.member.nickname,
            phone_masked=row.member.phone_masked,
            tier=BadgeOut.of(row.tier),
            growth_value=row.growth_value,
            points_balance=row.points_balance,
            marketing_consent=row.member.marketing_consent,
            joined_channel=row.member.joined_channel,
            joined_at=row.member.joined_at,
        )


class MemberPage(Out):
    data: list[MemberRowOut]
    has_more: bool
    next_cursor: str | None


class MemberDetailOut(Out):
    """One member for the console."""

    member: MemberOut
    joined_channel: str
    consents: list[ConsentOut]


def _birthday(member: Member) -> BirthdayOut | None:
    if member.birth_month is None or member.birth_day is None:
        return None
    return BirthdayOut(month=member.birth_month, day=member.birth_day)
