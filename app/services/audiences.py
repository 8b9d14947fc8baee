"""From a rule to rows: who a campaign is for, and why somebody could not be reached. Resumable, and never twice (I10)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, exists, select

from app.extensions import db
from app.models import Campaign, CampaignRun, MessageTemplate, MessageTopic, Programme
from app.models.types import new_public_id
from app.rules import local_moments, spread, wall_clock
from app.services import campaign_runs, campaigns, programmes, segments
from app.statements import audience
from app.statements.audience import Asked

# Member ids per transaction: short enough for a pause to wait for, long enough to be one statement's work.
CHUNK_IDS: Final = 20_000
# Beyond every key a database hands out.
LAST_ID: Final = 2**62


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would happen if it went out now."""

    targeted: int
    reachable: int
    suppressed: dict[str, int]


def preview(*, template_id: int, tier_ids: Sequence[int], with_birthday: bool, app_id: str, now: datetime) -> Preview:
    """Count before anything is written down; `with_birthday` counts only members who told us theirs.

    The question is the one its expansion would ask; caps are left for the pre-flight."""
    meant = Campaign(
        public_id=new_public_id(),
        message_template_id=template_id,
        tier_ids=list(tier_ids),
        holdout_bp=0,
        benefit_for="everyone",
        is_member_time=False,
    )
    counts: Counter[str | None] = Counter()
    for row in tally(meant, app_id=app_id, at=now, only="m.birth_month IS NOT NULL" if with_birthday else "TRUE"):
        counts[row.reason] += row.members
    reachable = counts.pop(None, 0)
    return Preview(
        targeted=reachable + counts.total(),
        reachable=reachable,
        suppressed={reason: n for reason, n in counts.items() if reason is not None},
    )


def tally(campaign: Campaign, *, app_id: str, at: datetime, only: str = "TRUE") -> Sequence[Row[Any]]:
    """Everybody the campaign asks for, counted as of `at`: reason, zone, members, and how many of them are `capped` then.

    `only` is one more condition over `m`, of ours."""
    asked, values = question(campaign, app_id=app_id, at=at)
    programme, day = programmes.get(), programmes.business_date(at)
    if campaign.is_member_time:
        # Nobody is late for what has not begun.
        values |= {"zones": [], "zone_due_at": [], "zone_late": [], "is_late": False}
    values |= {
        "after_id": 0,
        "through_id": LAST_ID,
        "day": day.isoformat(),
        "week": (day - timedelta(days=day.weekday())).isoformat(),
        "month": day.replace(day=1).isoformat(),
        "day_cap": programme.messages_per_day,
        "week_cap": programme.messages_per_week,
        "month_cap": programme.messages_per_month,
    }
    return db.session.execute(audience.tally(replace(asked, segment=f"{asked.segment} AND {only}")), values).all()


def list_expanding() -> list[int]:
    """Campaigns whose audience is still being written."""
    expanding = exists().where(CampaignRun.campaign_id == Campaign.id, CampaignRun.state == "expanding")
    live = Campaign.state.in_(("expanding", "running"))
    return list(db.session.scalars(select(Campaign.id).where(live, expanding).order_by(Campaign.id)))


def expand_next(campaign_id: int, *, app_id: str, now: datetime, chunk_ids: int = CHUNK_IDS) -> tuple[int, bool]:
    """Write the next range of members of the campaign's first run; returns rows added and whether more follows.

    The last range turns the run to running. Two schedulers queue on the campaign's row; a pause waits for one range.
    """
    campaign = _lock(campaign_id)
    run = None if campaign is None else _run_of(campaign)
    if campaign is None or run is None:
        return 0, False
    through = min(run.cursor_member_id + chunk_ids, run.max_member_id)
    added = _write(campaign, run, through=through, app_id=app_id, now=now)
    run.cursor_member_id = through
    run.targeted += added
    has_more = through < run.max_member_id
    if not has_more:
        run.state = "running"
        campaign.state = "running"
    db.session.flush()
    return added, has_more


def _lock(campaign_id: int) -> Campaign | None:
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state.in_(("expanding", "running")))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _run_of(campaign: Campaign) -> CampaignRun | None:
    return db.session.scalars(
        select(CampaignRun)
        .where(CampaignRun.campaign_id == campaign.id, CampaignRun.state == "expanding")
        .order_by(CampaignRun.started_at, CampaignRun.occurrence)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def question(campaign: Campaign, *, app_id: str, at: datetime) -> tuple[Asked, dict[str, Any]]:
    """What the campaign asks of members, and the values bound to it; what changes with time as of `at`."""
    template = db.session.get_one(MessageTemplate, campaign.message_template_id)
    topic = db.session.get_one(MessageTopic, template.topic)
    segment = segments.predicate(campaign.segment_id, campaign.segment_version)
    spreading, shares = _spreading(campaign, topic, programmes.get())
    asked = Asked(
        is_marketing=topic.is_marketing,
        channels=tuple(topic.channels),
        has_tiers=bool(campaign.tier_ids),
        has_list=campaign.member_list_id is not None,
        segment=segment.sql,
        has_global_holdout=spreading["global_holdout_bp"] > 0,
        has_holdout=campaign.holdout_bp > 0,
        variants=shares,
        is_member_time=campaign.is_member_time,
        has_benefit=campaign.benefit_for == "everyone" and has_benefit(campaign),
    )
    values = {
        "message_template_id": template.id,
        "app_id": app_id,
        "topic": topic.code,
        "channels": topic.channels,
        "tier_ids": campaign.tier_ids,
        "member_list_id": campaign.member_list_id,
        **segment.params,
        **segments.bindings(at),
        **spreading,
    }
    return asked, values


def has_benefit(campaign: Campaign) -> bool:
    """A coupon or points come along with it."""
    return campaign.coupon_batch_id is not None or campaign.points_gift is not None


def _write(campaign: Campaign, run: CampaignRun, *, through: int, app_id: str, now: datetime) -> int:
    # As it was when the run began, however long it takes.
    asked, values = question(campaign, app_id=app_id, at=run.started_at or now)
    span = {"after_id": run.cursor_member_id, "through_id": through}
    values |= {"campaign_id": campaign.id, "occurrence": run.occurrence, "due_at": now, "now": now, **span}
    if campaign.is_member_time:
        values |= _by_member_time(campaign, run, zone=programmes.get().zone, span=span, now=now)
    result = db.session.execute(audience.expansion(asked), values)
    return int(result.rowcount)  # type: ignore[attr-defined]


def _spreading(
    campaign: Campaign, topic: MessageTopic, programme: Programme
) -> tuple[dict[str, int], tuple[tuple[str, int], ...]]:
    """Seeds and shares. Nobody is held back from what is no marketing, but for this campaign's own sake."""
    own = str(campaign.public_id)
    shares = tuple((variant.code, variant.share_bp) for variant in campaigns.variants_of(campaign))
    values = {
        "global_seed": spread.seed_of("global", programme.holdout_salt),
        "global_holdout_bp": programme.holdout_bp if topic.is_marketing else 0,
        "holdout_seed": spread.seed_of("holdout", own),
        "holdout_bp": campaign.holdout_bp,
        "variant_seed": spread.seed_of("variant", own),
    }
    return values, shares


def _by_member_time(
    campaign: Campaign, run: CampaignRun, *, zone: str, span: dict[str, int], now: datetime
) -> dict[str, Any]:
    """Once per distinct zone of the range: when it is due there. The shop's own stands for whoever named none."""
    on, at = _shown(campaign, run, zone=zone)
    zones = list(db.session.scalars(audience.ZONES, span))
    found = local_moments.moments(
        [zone, *zones], on=on, at=at, shop_zone=zone, latest_start_at=run.latest_start_at, now=now
    )
    return {
        "due_at": found[zone].due_at,
        "is_late": found[zone].is_late,
        "zones": zones,
        "zone_due_at": [found[name].due_at for name in zones],
        "zone_late": [found[name].is_late for name in zones],
    }


def _shown(campaign: Campaign, run: CampaignRun, *, zone: str) -> tuple[date, str]:
    if campaign.scheduled_at is not None:
        return wall_clock.shown(campaign.scheduled_at, zone=zone)
    plan = campaign_runs.plan_of(campaign)
    return plan.send_on(date.fromisoformat(run.occurrence)), plan.send_time
