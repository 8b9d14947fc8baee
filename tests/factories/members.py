"""Members made through the real services, and sign-ins for them."""

import itertools
from datetime import datetime, timedelta

from app.extensions import db
from app.gateways import vault as vaults
from app.models import Member
from app.rules import member_code
from app.services import consents, identities, member_codes, members, phones, programmes, sessions
from app.services.phones import SealedPhone
from app.wiring import parts
from tests.conftest import NOON

_numbers = itertools.count(1)


def make_member(
    *,
    nickname: str = "小雨",
    openid: str | None = None,
    unionid: str | None = None,
    phone: str | None = None,
    birthday: tuple[int, int] | None = None,
    marketing: bool = False,
    now: datetime = NOON,
) -> Member:
    """A member of the mini-program; `phone` in any written form. Flushed, not committed."""
    app_id = parts().config.wechat_appid
    member = identities.sign_in(
        app_id=app_id,
        openid=openid or f"o-test-{next(_numbers):08d}",
        unionid=unionid,
        consent_version=consents.current_version("membership"),
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=now,
    ).member
    member.nickname = nickname
    _finish(member, birthday=birthday, marketing=marketing, now=now)
    if phone is not None:
        members.hold_phone(member, seal(phone))
    db.session.flush()
    return member


def make_counter_member(
    *,
    phone: str = "13800138000",
    nickname: str = "",
    store_id: int | None = None,
    birthday: tuple[int, int] | None = None,
    marketing: bool = False,
    now: datetime = NOON,
) -> Member:
    """A member enrolled at a counter by phone, without any WeChat identity."""
    member = members.enrol(
        channel="counter",
        consent_version=consents.current_version("membership"),
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=now,
        phone=seal(phone),
        nickname=nickname,
        store_id=store_id,
    )
    _finish(member, birthday=birthday, marketing=marketing, now=now)
    db.session.flush()
    return member


def seal(phone: str) -> SealedPhone:
    """A phone as services take it."""
    return phones.seal(phones.parse(phone), vault=parts().vault)


def sign_in(member: Member, *, now: datetime = NOON, openid: str | None = None) -> dict[str, str]:
    """A session of the member; returns the request headers that carry it."""
    token = vaults.new_token()
    openid = openid or identities.find_openid(member.id, app_id=parts().config.wechat_appid) or "o-none"
    sessions.open_for_member(
        member.id, openid=openid, token_hash=vaults.token_hash(token), lifetime=timedelta(days=30), now=now
    )
    db.session.flush()
    return {"Authorization": f"Bearer {token}"}


def code_of(member: Member, *, now: datetime = NOON) -> str:
    """The twenty digits the member's device shows at `now`."""
    secret = member_codes.secret_bytes(member.code_number, member.code_secret_cipher, vault=parts().vault)
    return member_code.draw(member.code_number, secret, step=member_code.step_at(now))


def _finish(member: Member, *, birthday: tuple[int, int] | None, marketing: bool, now: datetime) -> None:
    if birthday is not None:
        member.birth_month, member.birth_day = birthday
    if marketing:
        version = programmes.get().marketing_terms_version
        consents.record(member, purpose="marketing", granted=True, document_version=version, channel="mini", now=now)
