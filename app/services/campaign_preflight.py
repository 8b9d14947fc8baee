"""What would happen if a campaign began at its time: whom it reaches, when the last message leaves, what it costs.

A look, not a promise: everything is decided again when each message leaves. docs/domain/campaigns.md
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from app.extensions import db
from app.models import Campaign, CouponBatch, MessageTemplate, MessageTopic, Programme
from app.rules import send_duration, send_window
from app.services import audiences, campaign_checks, campaigns, coupon_batch_figures, programmes
from app.services.coupon_batch_figures import Printed

HOLDOUTS: Final = ("global", "campaign")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Fen and points at most: what is not opened or used costs less."""

    messages_fen: int
    coupons: int
    coupons_fen: int
    points: int
    points_fen: int

    @property
    def total_fen(self) -> int:
        """All of it in money."""
        return self.messages_fen + self.coupons_fen + self.points_fen


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """targeted = Σ holdout + Σ unreachable + capped + reachable; reachable = send_now + send_later (quiet hours).

    `finishes_at` None: longer than sixty days. `warnings` are codes, the gravest first."""

    targeted: int
    holdout: dict[str, int]
    unreachable: dict[str, int]
    capped: int
    reachable: int
    send_now: int
    send_later: int
    starts_at: datetime
    finishes_at: datetime | None
    sends_per_second: int
    cost: Cost
    field_problems: dict[str, str]
    warnings: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class _Counts:
    holdout: Counter[str] = field(default_factory=Counter)
    unreachable: Counter[str] = field(default_factory=Counter)
    capped: int = 0
    # By zone; None is the shop's.
    reachable: Counter[str | None] = field(default_factory=Counter)


def look(campaign: Campaign, *, app_id: str, now: datetime) -> Preflight:
    """Count the campaign's audience as it is now against its limits; writes nothing."""
    programme = programmes.get()
    template = db.session.get_one(MessageTemplate, campaign.message_template_id)
    topic = db.session.get_one(MessageTopic, template.topic)
    gift = _gift(campaign)
    starts_at = max(campaign.scheduled_at or campaign.next_run_at or now, now)
    counts = _count(campaign, topic, app_id=app_id, starts_at=starts_at)
    reachable, held = counts.reachable.total(), counts.holdout.total()
    send_now = sum(
        n for zone, n in counts.reachable.items() if _is_open(starts_at, zone=zone or programme.zone, shop=programme)
    )
    targeted = held + counts.unreachable.total() + counts.capped + reachable
    rate = min(programme.sends_per_second, campaign.sends_per_second or programme.sends_per_second)
    told = Preflight(
        targeted=targeted,
        holdout=dict(counts.holdout),
        unreachable=dict(counts.unreachable),
        capped=counts.capped,
        reachable=reachable,
        send_now=send_now,
        send_later=reachable - send_now,
        starts_at=starts_at,
        finishes_at=_finishes_at(reachable, rate=rate, starts_at=starts_at, programme=programme),
        sends_per_second=rate,
        cost=_cost(campaign, topic, programme, gift, messages=reachable, everyone=targeted - held),
        field_problems=_field_problems(campaign, template),
    )
    return replace(told, warnings=_warnings(told, is_enabled=template.is_enabled, gift=gift))


def _gift(campaign: Campaign) -> Printed | None:
    if campaign.coupon_batch_id is None:
        return None
    return coupon_batch_figures.tell(db.session.get_one(CouponBatch, campaign.coupon_batch_id))


def _finishes_at(messages: int, *, rate: int, starts_at: datetime, programme: Programme) -> datetime | None:
    return send_duration.finishes_at(
        messages,
        per_second=rate,
        starts_at=starts_at,
        quiet_from=programme.quiet_from,
        quiet_until=programme.quiet_until,
        zone=programme.zone,
    )


def _count(campaign: Campaign, topic: MessageTopic, *, app_id: str, starts_at: datetime) -> _Counts:
    counts = _Counts()
    for row in audiences.tally(campaign, app_id=app_id, at=starts_at):
        _add(counts, row, is_marketing=topic.is_marketing)
    return counts


def _add(counts: _Counts, row: Any, *, is_marketing: bool) -> None:
    if row.reason in HOLDOUTS:
        counts.holdout[row.reason] += row.members
    elif row.reason is not None:
        counts.unreachable[row.reason] += row.members
    else:
        # Caps are for marketing; a notice of service goes out whatever came before.
        capped = row.capped if is_marketing else 0
        counts.capped += capped
        counts.reachable[row.zone] += row.members - capped


def _is_open(at: datetime, *, zone: str, shop: Programme) -> bool:
    return send_window.next_open(at, quiet_from=shop.quiet_from, quiet_until=shop.quiet_until, zone=zone) == at


def _cost(
    campaign: Campaign,
    topic: MessageTopic,
    programme: Programme,
    gift: Printed | None,
    *,
    messages: int,
    everyone: int,
) -> Cost:
    # By the dearest of the topic's channels: which one serves whom is known when the message leaves.
    per_hundred = max((programme.message_cost_fen.get(channel, 0) for channel in topic.channels), default=0)
    people = everyone if campaign.benefit_for == "everyone" else messages
    points = people * (campaign.points_gift or 0)
    return Cost(
        messages_fen=-(-messages * per_hundred // 100),
        coupons=people if gift else 0,
        coupons_fen=people * gift.template.worth_fen if gift else 0,
        points=points,
        points_fen=-(-points * programme.fen_per_100_points // 100),
    )


def _field_problems(campaign: Campaign, template: MessageTemplate) -> dict[str, str]:
    problems = campaign_checks.find_problems(campaign, template, campaign.field_values)
    for variant in campaigns.variants_of(campaign):
        problems |= campaign_checks.find_problems(campaign, template, {**campaign.field_values, **variant.field_values})
    return problems


def _warnings(told: Preflight, *, is_enabled: bool, gift: Printed | None) -> list[str]:
    found = {
        "texts_do_not_fit": bool(told.field_problems),
        "template_disabled": not is_enabled,
        "nobody_targeted": told.targeted == 0,
        "nobody_reachable": told.targeted > 0 and told.reachable == 0,
        # Whoever comes too late gets neither the coupon nor the message.
        "coupons_short": gift is not None and told.cost.coupons > gift.stock_left,
        "takes_too_long": told.finishes_at is None,
        # Fewer than one in ten: the money is better spent on asking for permissions.
        "few_reachable": 0 < told.reachable * 10 < told.targeted,
    }
    return [code for code, is_so in found.items() if is_so]
