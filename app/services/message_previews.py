"""How a message will look: a template's texts filled with values like those of members, before anybody gets it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, select

from app.errors import NotFound
from app.extensions import db
from app.models import Campaign, CouponBatch, CouponTemplate, MessageTemplate
from app.rules import message_fields, message_text
from app.services import campaigns, message_templates, programmes

# Nobody's: a preview shows no member to anybody.
NICKNAME: Final = "小雨"
TIER: Final = "普通会员"
POINTS: Final = "1280"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One field on the phone. `limit`: the most characters; None: WeChat counts otherwise. `problem`: why it is refused."""

    key: str
    label: str
    type: str
    typed: str
    text: str
    limit: int | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One wording. `variant` None: the campaign's own."""

    variant: str | None
    share_bp: int | None
    title: str
    page: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Gift:
    """What comes along: a coupon's name and value in fen, points."""

    coupon: str | None = None
    fen: int | None = None
    points: int | None = None


def of_texts(
    template_public_id: uuid.UUID,
    values: Mapping[str, str],
    *,
    batch_public_id: uuid.UUID | None,
    points_gift: int | None,
    now: datetime,
) -> Preview:
    """Texts nobody saved, complete or not. Raises NotFound."""
    template = message_templates.get_by_public_id(template_public_id)
    gift = _gift(CouponBatch.public_id == batch_public_id if batch_public_id else None, points=points_gift)
    return _preview(template, values, gift=gift, on=programmes.business_date(now), page=template.page)


def of_campaign(campaign: Campaign, *, now: datetime) -> list[Preview]:
    """Every wording of a campaign as it would read on the day it goes out."""
    template = db.session.get_one(MessageTemplate, campaign.message_template_id)
    batch_id = campaign.coupon_batch_id
    gift = _gift(CouponBatch.id == batch_id if batch_id else None, points=campaign.points_gift)
    on = programmes.business_date(campaign.scheduled_at or campaign.next_run_at or now)
    page = campaign.page or template.page
    variants = campaigns.variants_of(campaign)
    if not variants:
        return [_preview(template, campaign.field_values, gift=gift, on=on, page=page)]
    return [
        _preview(
            template,
            {**campaign.field_values, **one.field_values},
            gift=gift,
            on=on,
            page=one.page or page,
            variant=one.code,
            share_bp=one.share_bp,
        )
        for one in variants
    ]


def _preview(
    template: MessageTemplate,
    values: Mapping[str, str],
    *,
    gift: Gift,
    on: date,
    page: str,
    variant: str | None = None,
    share_bp: int | None = None,
) -> Preview:
    problems = message_text.find_problems(
        template.fields,
        values,
        choices=template.enums,
        has_gift=gift.coupon is not None,
        has_points=gift.points is not None,
    )
    shown = message_text.fill_all(template.fields, values, _member(gift, on=on))
    lines = [
        Line(
            key=key,
            label=template.fields[key],
            type=message_fields.type_of(key) or "",
            typed=values.get(key, ""),
            text=shown[key],
            limit=message_fields.limit_of(key),
            problem=problems.get(key),
        )
        for key in message_fields.in_order(template.fields)
    ]
    return Preview(variant=variant, share_bp=share_bp, title=template.title, page=page, lines=lines)


def _member(gift: Gift, *, on: date) -> dict[str, str]:
    return {
        "nickname": NICKNAME,
        "date": message_text.chinese_date(on),
        "shop": programmes.get().name,
        "tier": TIER,
        "points": POINTS,
        "coupon": gift.coupon or "",
        "amount": message_text.money(gift.fen or 0),
        "gift_points": str(gift.points or 0),
    }


def _gift(named: ColumnElement[bool] | None, *, points: int | None) -> Gift:
    if named is None:
        return Gift(points=points)
    found = db.session.scalar(
        select(CouponTemplate).join(CouponBatch, CouponBatch.template_id == CouponTemplate.id).where(named)
    )
    if found is None:
        raise NotFound(kind="coupon_batch")
    return Gift(coupon=found.name, fen=found.value_fen, points=points)
