"""Message templates, permissions and campaigns, made through the real services."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.extensions import db
from app.gateways.send_limiter import Slot
from app.models import Campaign, CouponBatch, Delivery, Member, MessageTemplate, Staff, Tier
from app.services import audiences, campaign_states, campaigns, message_templates, subscription_grants
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import make_member
from tests.factories.staff import make_staff

_numbers = itertools.count(1)


def make_message_template(**changes: Any) -> MessageTemplate:
    """A promotion with a text and a date."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "code": f"promotion-{number}",
        "wechat_template_id": f"TPL_{number}",
        "title": "优惠活动通知",
        "topic": "promotion",
        "fields": {"thing1": "活动名称", "date2": "日期"},
        "enums": {},
        "page": "pages/home/index",
    }
    return message_templates.create({**values, **changes}, actor=Actor.system(), now=NOON)


def accept(member: Member, template: MessageTemplate, *, times: int = 1, now: datetime = NOON) -> None:
    """The member taps "accept" so often, as WeChat's events tell it."""
    for _ in range(times):
        subscription_grants.accept(
            member.id, template.id, witness="event", source=f"event:test:{next(_numbers)}", now=now
        )


def make_reachable(template: MessageTemplate, *, times: int = 1, now: datetime = NOON, **member: Any) -> Member:
    """A member with OpenID, marketing consent and `times` permissions."""
    made = make_member(marketing=True, now=now, **member)
    accept(made, template, times=times, now=now)
    return made


def make_campaign(
    template: MessageTemplate | None = None,
    *,
    kind: str = "one_off",
    tiers: Sequence[Tier] = (),
    gift: CouponBatch | None = None,
    now: datetime = NOON,
    by: Staff | None = None,
    **changes: Any,
) -> Campaign:
    """A draft: a one-off due now, a daily one at ten, before a festival, or a birthday campaign on the day itself."""
    template = template or make_message_template()
    values: dict[str, Any] = {
        "name": "双十二",
        "field_values": {"thing1": "{nickname}，全场八折", "date2": "{date}"},
        "scheduled_at": now if kind == "one_off" else None,
        "latest_start_at": None,
        "days_before": 0 if kind in ("birthday", "festival") else None,
        "sends_per_second": None,
        **({"send_time": "10:00"} if kind in ("recurring", "festival") else {}),
        **({"repeat": {"every": "day"}} if kind == "recurring" else {}),
        **({"festival": "double_twelve"} if kind == "festival" else {}),
    }
    return campaigns.create(
        kind=kind,
        message_template_id=template.public_id,
        tier_ids=[tier.public_id for tier in tiers],
        coupon_batch_id=None if gift is None else gift.public_id,
        actor=staff_actor(by),
        now=now,
        **{**values, **changes},
    )


def staff_actor(person: Staff | None = None) -> Actor:
    """A marketer acting at the console."""
    person = person or make_staff("marketer")
    return Actor(kind="staff", id=person.id, role=person.role)


def make_running(template: MessageTemplate, *, now: datetime = NOON, **changes: Any) -> Campaign:
    """A one-off whose audience is written."""
    return run(make_campaign(template, now=now, **changes), now=now)


def run(campaign: Campaign, *, now: datetime = NOON) -> Campaign:
    """A draft of now, scheduled, begun and its audience written."""
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    campaign_states.start_due(now=now)
    expand(campaign, now=now)
    db.session.refresh(campaign)
    return campaign


def expand(campaign: Campaign, *, now: datetime = NOON, chunk_ids: int = 20_000) -> int:
    """Write the audience of its first run down to the end; the rows added."""
    added, has_more = 0, True
    while has_more:
        rows, has_more = audiences.expand_next(
            campaign.id, app_id=parts().config.wechat_appid, now=now, chunk_ids=chunk_ids
        )
        added += rows
    return added


def delivery_of(campaign: Campaign, member: Member, occurrence: str = "0") -> Delivery:
    """The row as the database has it now."""
    return db.session.get_one(Delivery, (campaign.id, occurrence, member.id), populate_existing=True)


class OpenGate:
    """A limiter that lets everything through at once."""

    def reserve(self, keys: Any, n: int = 1, **_: Any) -> Slot:
        """Now."""
        assert keys
        return Slot(granted=True, wait_seconds=0.0)

    def wait(self, slot: Slot) -> bool:
        """In time."""
        return slot.granted

    def acquire(self, keys: Any, *, timeout_seconds: float, **_: Any) -> bool:
        """Always."""
        return bool(keys) and timeout_seconds > 0


def later(now: datetime, **by: float) -> datetime:
    """`now` plus days=, hours=, minutes=, seconds=."""
    return now + timedelta(**by)
