"""The first screen: what it shows before anything is tapped, so that opening the mini-program costs one call."""

from apiflask import APIBlueprint

from app.services import (
    check_in_calendar,
    coupon_offers,
    members,
    points,
    programmes,
    subscription_offers,
    tiers,
    wallet,
)
from blueprints.identity import allow, current_member, now
from blueprints.schemas.coupons import OfferOut, TabCounts
from blueprints.schemas.home import CheckInTodayOut, HomeOut
from blueprints.schemas.members import MemberOut
from blueprints.schemas.preferences import OfferedSubscription

bp = APIBlueprint("home", __name__, tag="identity")

# As many as a phone shows without scrolling; the coupon centre has the rest.
SHOWN_OFFERS = 3
SCENE = "home"


@bp.get("/home")
@bp.output(HomeOut)
@allow("member")
def show() -> HomeOut:
    """Me, today's check-in, what I can claim, what is in my wallet, and which subscriptions to ask for."""
    member, at = members.get(current_member().id), now()
    page = coupon_offers.list_offers(member.id, after=None, limit=SHOWN_OFFERS, now=at)
    month = programmes.business_date(at).replace(day=1)
    return HomeOut(
        server_time=at,
        member=MemberOut.of(
            member, points_balance=points.spendable(member.id, now=at), standing=tiers.standing(member.id)
        ),
        check_in=CheckInTodayOut.of(check_in_calendar.month(member.id, first=month, now=at)),
        coupons=TabCounts(**wallet.count_by_tab(member.id, now=at)),
        offers=[OfferOut.of(one) for one in page.items],
        has_more_offers=page.next_key is not None,
        subscriptions=[
            OfferedSubscription.model_validate(one)
            for one in subscription_offers.list_for(member.id, scene=SCENE, now=at)
        ],
    )
