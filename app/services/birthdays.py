"""Birthday automation: each member once a year, the gift whether or not a message can be sent.

Planned as every automation is (services/automations.py), but one member a transaction: the delivery row and the gift are one,
so however often the tick runs there is one of each (I10, I4)."""

from datetime import datetime

from sqlalchemy import Update, select, update

from app.actor import Actor
from app.errors import BatchExhausted, BudgetExhausted, RuleBroken
from app.extensions import db
from app.models import Campaign, Coupon, CouponBatch, CouponTemplate, Delivery
from app.services import automations, coupons, points, tier_benefits
from app.services.automation_sources import Key, Source
from app.services.automations import Stretch


def list_due(*, now: datetime) -> list[Stretch]:
    """What running birthday campaigns have to plan today; days a stopped scheduler missed are caught up."""
    return automations.list_due(now=now, kinds=("birthday",))


def list_members(stretch: Stretch, *, after: Key, limit: int) -> list[Source]:
    """Members who keep their birthday on this date and are not planned yet, by id."""
    campaign = db.session.get_one(Campaign, stretch.campaign_id)
    return automations.list_page(campaign, stretch, after=after, limit=limit)


def plan_member(campaign_id: int, source: Source, *, app_id: str, now: datetime) -> bool:
    """Plan one member's message and give the gift; False when that was done before or the campaign no longer runs."""
    campaign = automations.lock_running(campaign_id)
    if campaign is None:
        return False
    state = automations.write(campaign, [source], app_id=app_id, now=now).get(source.member_id)
    if state is None:
        return False
    # A tier's own birthday gift stands in for the campaign's. It was promised to the tier, whoever measures what.
    batch_id = tier_benefits.find_batch(source.member_id, kind="birthday_gift")
    points_gift = None
    if state != "holdout":
        batch_id, points_gift = batch_id or campaign.coupon_batch_id, campaign.points_gift
    if batch_id is not None or points_gift is not None:
        _give(campaign, source, batch_id=batch_id, points_gift=points_gift, now=now)
    return True


def find_gift(member_id: int, *, occurrence: str) -> tuple[str, int] | None:
    """Name and value (fen) of the present given for the birthday of a year."""
    row = db.session.execute(
        select(CouponTemplate.name, Coupon.value_fen)
        .join(CouponBatch, CouponBatch.template_id == CouponTemplate.id)
        .join(Coupon, Coupon.batch_id == CouponBatch.id)
        .where(Coupon.member_id == member_id, Coupon.source == _source(occurrence))
    ).first()
    return None if row is None else (row.name, row.value_fen)


def _give(campaign: Campaign, source: Source, *, batch_id: int | None, points_gift: int | None, now: datetime) -> None:
    try:
        # A savepoint: a refused gift must not undo the row that tells of it.
        with db.session.begin_nested():
            is_new = _book(source, batch_id=batch_id, points_gift=points_gift, now=now)
    except (BatchExhausted, BudgetExhausted, RuleBroken):
        # A message that promises a coupon nobody gave would be a lie.
        _set_aside(campaign, source, reason="gift_unavailable", now=now)
        return
    if is_new:
        db.session.execute(_row(campaign, source).values(benefit="given"))
    else:
        _set_aside(campaign, source, reason="gift_given_before", now=now)


def _book(source: Source, *, batch_id: int | None, points_gift: int | None, now: datetime) -> bool:
    """Whether anything was given that had not been before."""
    named, is_new = _source(source.occurrence), False
    if batch_id is not None:
        gift = coupons.issue(source.member_id, batch_id=batch_id, source=named, now=now, actor=Actor.system())
        is_new = gift.is_new
    if points_gift is not None:
        is_new |= points.earn(source.member_id, amount=points_gift, source=named, now=now).is_new
    return is_new


def _set_aside(campaign: Campaign, source: Source, *, reason: str, now: datetime) -> None:
    # Whoever is held back for comparison stays so.
    row = _row(campaign, source).where(Delivery.state != "holdout")
    db.session.execute(row.values(state="suppressed", reason=reason, finished_at=now))


def _row(campaign: Campaign, source: Source) -> Update:
    return (
        update(Delivery)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.occurrence == source.occurrence,
            Delivery.member_id == source.member_id,
        )
        .execution_options(synchronize_session=False)
    )


def _source(occurrence: str) -> str:
    """Not the campaign's: one written anew must not give everybody a second present."""
    return f"birthday:{occurrence}"
