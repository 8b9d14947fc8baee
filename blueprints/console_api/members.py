"""Looking members up. Nothing here shows a whole phone number."""

from uuid import UUID

from apiflask import APIBlueprint

from app.models import Member
from app.rules import member_code
from app.services import consents, member_search, members, phones, points, tiers
from app.services.member_search import Wanted
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
    """Members, newest first; by phone, its last four digits in a store, code, order, id, nickname, tag or tier."""
    page = member_search.list_members(_wanted(query_data), after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(MemberPage, page, MemberRowOut.of)


def _wanted(query: MemberQuery) -> Wanted:
    index = None if query.phone is None else phones.index_of(phones.parse(query.phone), vault=parts().vault)
    return Wanted(
        member_id=query.id,
        phone_index=index,
        phone_tail=query.phone_tail,
        store_code=query.store,
        nickname_prefix=query.nickname,
        code_number=None if query.code is None else _number_in(query.code),
        order_no=query.order_no,
        tag_id=query.tag,
        tier_code=query.tier,
    )


def _number_in(code: str) -> str:
    """Who is meant is all that is asked here: a code that is over names its member as well. Raises MemberCodeMalformed."""
    digits = code.replace(" ", "")
    return digits if len(digits) == member_code.NUMBER_DIGITS else member_code.parse(digits).number


@bp.get("/members/<uuid:member_id>")
@bp.output(MemberDetailOut)
@allow("manager", "marketer", "auditor", "admin")
def show(member_id: UUID) -> MemberDetailOut:
    """One member, masked."""
    return detail_of(members.get_by_public_id(member_id))


def detail_of(member: Member) -> MemberDetailOut:
    """What the console shows of a member."""
    return MemberDetailOut(
        member=MemberOut.of(
            member, points_balance=points.spendable(member.id, now=now()), standing=tiers.standing(member.id)
        ),
        joined_channel=member.joined_channel,
        consents=[ConsentOut.of(standing) for standing in consents.list_standings(member.id)],
    )
