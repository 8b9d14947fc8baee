"""Birthday automation: each member once a year, the gift whether or not a message can be sent.

The delivery row and the coupon are one transaction, so however often the tick runs there is one of each (I10, I4)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from app import clock
from app.actor import Actor
from app.errors import BatchExhausted, BudgetExhausted, RuleBroken
from app.extensions import db
from app.models import Campaign, Coupon, CouponBatch, CouponTemplate, Delivery
from app.rules import birthday
from app.services import coupons, programmes, tier_benefits
from app.statements import expand_audience as statements


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One campaign and the birthdays it has to plan now, oldest first."""

    campaign_id: int
    dates: list[date]


def list_plans(*, now: datetime) -> list[Plan]:
    """What running birthday campaigns have to plan today; days a stopped scheduler missed are caught up."""
    today = programmes.business_date(now)
    rows = db.session.execute(
        select(Campaign.id, Campaign.days_before, Campaign.planned_through)
        .where(Campaign.kind == "birthday", Campaign.state == "running")
        .order_by(Campaign.id)
    )
    plans = [
        Plan(
            campaign_id=row.id,
            dates=birthday.due_dates(today=today, days_before=row.days_before, planned_through=row.planned_through),
        )
        for row in rows
    ]
    return [plan for plan in plans if plan.dates]


def list_members(campaign_id: int, *, on: date, after_id: int, limit: int) -> list[int]:
    """Members who keep their birthday on this date and are not planned yet, by id."""
    campaign = db.session.get_one(Campaign, campaign_id)
    months, days = zip(*birthday.born_on(on), strict=True)
    return list(
        db.session.scalars(
            statements.BIRTHDAYS,
            {
                "campaign_id": campaign_id,
                "occurrence": str(on.year),
                "months": list(months),
                "days": list(days),
                "tier_ids": campaign.tier_ids,
                "after_id": after_id,
                "limit": limit,
            },
        )
    )


def plan_member(campaign_id: int, member_id: int, *, on: date, app_id: str, now: datetime) -> bool:
    """Plan one member's message and give the gift; False when that was done before or the campaign no longer runs."""
    campaign = db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "running")
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if campaign is None:
        return False
    programme = programmes.get()
    _, day_ends_at = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    planned = db.session.execute(
        statements.PLAN_BIRTHDAY,
        {
            "campaign_id": campaign_id,
            "occurrence": str(on.year),
            "member_id": member_id,
            "message_template_id": campaign.message_template_id,
            "tier_ids": campaign.tier_ids,
            "app_id": app_id,
            "due_at": now,
            "expires_at": day_ends_at,
        },
    ).one_or_none()
    if planned is None:
        return False
    # A tier's own birthday gift stands in for the campaign's.
    batch_id = tier_benefits.find_batch(member_id, kind="birthday_gift") or campaign.coupon_batch_id
    if batch_id is not None:
        _give(campaign, member_id, batch_id=batch_id, on=on, now=now)
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


def finish_date(campaign_id: int, *, on: date) -> None:
    """Everybody of this date is planned; the cursor only ever moves forward."""
    db.session.execute(
        update(Campaign)
        .where(
            Campaign.id == campaign_id,
            Campaign.kind == "birthday",
            db.func.coalesce(Campaign.planned_through, date.min) < on,
        )
        .values(planned_through=on)
        .execution_options(synchronize_session=False)
    )


def _give(campaign: Campaign, member_id: int, *, batch_id: int, on: date, now: datetime) -> None:
    row = (
        update(Delivery)
        .where(
            Delivery.campaign_id == campaign.id, Delivery.occurrence == str(on.year), Delivery.member_id == member_id
        )
        .execution_options(synchronize_session=False)
    )
    try:
        # A savepoint: a refused gift must not undo the row that tells of it.
        with db.session.begin_nested():
            gift = coupons.issue(
                member_id,
                batch_id=batch_id,
                source=_source(str(on.year)),
                now=now,
                actor=Actor.system(),
            )
    except (BatchExhausted, BudgetExhausted, RuleBroken):
        # A message that promises a coupon nobody gave would be a lie.
        db.session.execute(row.values(state="suppressed", reason="gift_unavailable", finished_at=now))
        return
    if gift.is_new:
        db.session.execute(row.values(benefit="given"))
    else:
        db.session.execute(row.values(state="suppressed", reason="gift_given_before", finished_at=now))


def _source(occurrence: str) -> str:
    """Not the campaign's: one written anew must not give everybody a second present."""
    return f"birthday:{occurrence}"
