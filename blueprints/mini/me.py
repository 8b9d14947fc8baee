"""The member's own profile and phone."""

from apiflask import APIBlueprint

from app import transaction
from app.models import Member
from app.services import identities, members, phones, points, tiers
from app.wiring import parts
from blueprints.identity import actor, allow, current_member, now
from blueprints.schemas.members import MemberOut, PhoneBoundOut, PhoneIn, ProfileIn

bp = APIBlueprint("me", __name__, tag="identity")


@bp.get("/me")
@bp.output(MemberOut)
@allow("member")
def show() -> MemberOut:
    """Who I am, what I have, where I stand."""
    return _view(members.get(current_member().id))


@bp.patch("/me")
@bp.input(ProfileIn)
@bp.output(MemberOut)
@allow("member")
def change(json_data: ProfileIn) -> MemberOut:
    """Change nickname, language or zone; set the birthday once."""
    return _change(json_data)


@bp.put("/me/profile")
@bp.input(ProfileIn)
@bp.output(MemberOut)
@allow("member")
def put_profile(json_data: ProfileIn) -> MemberOut:
    """PATCH /me for the mini-program, whose wx.request sends no PATCH: what is left out stays here too."""
    return _change(json_data)


def _change(json_data: ProfileIn) -> MemberOut:
    birthday = json_data.birthday
    with transaction.transaction():
        member = members.change_profile(
            current_member().id,
            nickname=json_data.nickname,
            locale=json_data.locale,
            zone=json_data.zone,
            birthday=None if birthday is None else (birthday.month, birthday.day),
        )
    return _view(member)


@bp.post("/me/phone")
@bp.input(PhoneIn)
@bp.output(PhoneBoundOut)
@allow("member")
def bind_phone(json_data: PhoneIn) -> PhoneBoundOut:
    """Bind the phone WeChat vouches for; a membership made with it at a counter becomes one with this one."""
    # WeChat first: never inside a transaction.
    number = parts().wechat.phone_number(json_data.phone_code, openid=current_member().openid)
    sealed = phones.seal(phones.parse(number), vault=parts().vault)
    bound = transaction.run(
        lambda: identities.bind_phone(
            current_member().id, phone=sealed, app_id=parts().config.wechat_appid, actor=actor(), now=now()
        )
    )
    return PhoneBoundOut(is_merged=bound.is_merged, member=_view(bound.member))


def _view(member: Member) -> MemberOut:
    return MemberOut.of(
        member, points_balance=points.spendable(member.id, now=now()), standing=tiers.standing(member.id)
    )
