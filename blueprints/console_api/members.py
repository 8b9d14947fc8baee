"""Looking members up. Nothing here shows a whole phone number."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import consents, members, phones, points, tiers
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.members import ConsentOut, MemberDetailOut, MemberOut, MemberPage, MemberQuery, MemberRowOut

bp = APIBlueprint("members", __name__, tag="members")


@bp.get("/members")
@bp.input(MemberQuery, location="query")
@bp.output(MemberPage)
@allow("manager", "marketer", "auditor", "admin")
def search(query_data: MemberQuery) -> MemberPage:
    """Members, newest first; by exact phone or the beginning of a nickname."""
    phone_index = None
    if query_data.phone is not None:
        phone_index = phones.index_of(phones.parse(query_data.phone), vault=parts().vault)
    page = members.list_members(
        after=decode(query_data.cursor, int),
        limit=query_data.limit,
        phone_index=phone_index,
        nickname_prefix=query_data.nickname,
    )
    return page_of(MemberPage, page, MemberRowOut.of)


@bp.get("/members/<uuid:member_id>")
@bp.output(MemberDetailOut)
@allow("manager", "marketer", "auditor", "admin")
def show(member_id: UUID) -> MemberDetailOut:
    """One member, masked."""
    member = members.get_by_public_id(member_id)
    return MemberDetailOut(
        member=MemberOut.of(
            member, points_balance=points.spendable(member.id, now=now()), standing=tiers.standing(member.id)
        ),
        joined_channel=member.joined_channel,
        consents=[ConsentOut.of(standing) for standing in consents.list_standings(member.id)],
    )
