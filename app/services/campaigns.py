"""Campaigns as a marketer writes and reads them. Their texts are proven against the template before anything is stored."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select

from app.actor import Actor
from app.errors import CampaignStateConflict, InvalidInput, NotFound
from app.extensions import db
from app.models import Campaign, CampaignVariant, MessageTemplate
from app.models.campaign import AUTOMATIONS
from app.paging import Page, cut
from app.services import audit, campaign_checks, campaign_links
from app.services.campaign_states import EDITABLE

# What a clone takes over: what is said to whom and what comes with it, not when it was, who approved it or what came of it.
CLONED: Final = (
    "kind",
    "message_template_id",
    "field_values",
    "page",
    "tier_ids",
    "segment_id",
    "segment_version",
    "member_list_id",
    "holdout_bp",
    "coupon_batch_id",
    "points_gift",
    "benefit_for",
    "days_before",
    "days_after",
    "festival",
    "repeat",
    "conditions",
    "send_time",
    "is_member_time",
    "ends_on",
    "max_late_minutes",
    "sends_per_second",
    "priority",
)
# What a draft is that nobody has said anything about.
DEFAULTS: Final[dict[str, Any]] = {
    "tier_ids": [],
    "conditions": {},
    "holdout_bp": 0,
    "benefit_for": "everyone",
    "is_member_time": False,
    "max_late_minutes": 240,
    "priority": 5,
}
# What has been changed was not approved.
UNREVIEWED: Final[dict[str, Any]] = {
    "state": "draft",
    "submitted_by_id": None,
    "submitted_at": None,
    "approved_by_id": None,
    "approved_at": None,
}


def create(
    *,
    name: str,
    kind: str,
    variants: Sequence[Mapping[str, Any]] = (),
    actor: Actor,
    now: datetime,
    **settings: Any,
) -> Campaign:
    """Write a draft; `settings` by column, with public ids for template, tiers, batch, segment and list.

    Variants: code, share_bp, field_values, page. Errors: NotFound, InvalidInput, MessageTemplateDisabled,
    MessageFieldsInvalid(fields={key: reason})."""
    values, template = campaign_links.resolve(settings, kind=kind)
    campaign = Campaign(**DEFAULTS | values, name=name, kind=kind, created_by_id=_person(actor), created_at=now)
    made = _variants(variants)
    campaign_checks.check(campaign, template or _template_of(campaign), made)
    _add(campaign, made)
    _audit("create", campaign, actor=actor, details={"name": name, "kind": kind}, now=now)
    return campaign


def change(campaign: Campaign, changes: dict[str, Any], *, actor: Actor, now: datetime) -> Campaign:
    """Change what has not begun; afterwards it is a draft, whoever had approved it. `variants` replace all there were.

    Errors: CampaignStateConflict and those of `create`."""
    locked = db.session.scalars(
        select(Campaign).where(Campaign.id == campaign.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if locked.state not in EDITABLE:
        raise CampaignStateConflict(state=locked.state, wanted="change")
    settings = {key: value for key, value in changes.items() if key != "variants"}
    if "scheduled_at" in settings and "latest_start_at" not in settings:
        settings["latest_start_at"] = None  # it belonged to the old time; scheduling sets a new one
    # Before the values are set: the look-up would flush them unchecked.
    values, template = campaign_links.resolve(settings, kind=locked.kind)
    template = template or _template_of(locked)
    variants = _variants(changes["variants"]) if "variants" in changes else variants_of(locked)
    for key, value in (values | UNREVIEWED).items():
        setattr(locked, key, value)
    with db.session.no_autoflush:
        campaign_checks.check(locked, template, variants)
    if "variants" in changes:
        _replace(locked, variants)
    _audit("update", locked, actor=actor, details={"changed": sorted(changes)}, now=now)
    db.session.flush()
    return locked


def clone(campaign: Campaign, *, name: str, actor: Actor, now: datetime) -> Campaign:
    """A new draft that says the same to the same people; its time is its own. Errors: InvalidInput."""
    if campaign.kind == "test":
        raise InvalidInput(field="kind", reason="a test is cloned through its campaign")
    copied = {key: getattr(campaign, key) for key in CLONED}
    made = Campaign(**copied, name=name, parent_id=campaign.id, created_by_id=_person(actor), created_at=now)
    variants = [
        CampaignVariant(code=one.code, share_bp=one.share_bp, field_values=one.field_values, page=one.page)
        for one in variants_of(campaign)
    ]
    _add(made, variants)
    _audit("clone", made, actor=actor, details={"name": name, "of": str(campaign.public_id)}, now=now)
    return made


def check(campaign: Campaign) -> None:
    """Prove once more that its texts fit its template, which may have changed since. Errors as in `create`."""
    campaign_checks.check(campaign, _template_of(campaign), variants_of(campaign))


def get_by_public_id(public_id: uuid.UUID) -> Campaign:
    """Raises NotFound."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.public_id == public_id))
    if campaign is None:
        raise NotFound(kind="campaign")
    return campaign


def find_by_name(name: str) -> Campaign | None:
    """The newest of this exact name; None when there is none."""
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.name == name)
        .order_by(Campaign.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def list_campaigns(
    *,
    after: tuple[int] | None,
    limit: int,
    state: str | None = None,
    kind: str | None = None,
    is_automation: bool | None = None,
) -> Page[Campaign]:
    """Newest first; tests only when asked for."""
    query = select(Campaign).order_by(Campaign.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Campaign.id < after[0])
    if state is not None:
        query = query.where(Campaign.state == state)
    query = query.where(Campaign.kind != "test" if kind is None else Campaign.kind == kind)
    if is_automation is not None:
        query = query.where(Campaign.kind.in_(AUTOMATIONS) == is_automation)
    return cut(db.session.scalars(query).all(), limit, lambda campaign: (campaign.id,))


def variants_of(campaign: Campaign) -> list[CampaignVariant]:
    """By code."""
    query = select(CampaignVariant).where(CampaignVariant.campaign_id == campaign.id).order_by(CampaignVariant.code)
    return list(db.session.scalars(query))


def _add(campaign: Campaign, variants: Sequence[CampaignVariant]) -> None:
    db.session.add(campaign)
    db.session.flush()  # the variants and the audit row name the key
    _keep(campaign, variants)


def _replace(campaign: Campaign, variants: Sequence[CampaignVariant]) -> None:
    db.session.execute(delete(CampaignVariant).where(CampaignVariant.campaign_id == campaign.id))
    _keep(campaign, variants)


def _keep(campaign: Campaign, variants: Sequence[CampaignVariant]) -> None:
    for variant in variants:
        variant.campaign_id = campaign.id
    db.session.add_all(variants)
    db.session.flush()  # two of one code are refused here


def _variants(given: Sequence[Mapping[str, Any]]) -> list[CampaignVariant]:
    if len({one["code"] for one in given}) != len(given):
        raise InvalidInput(field="variants", reason="a code twice")
    return [CampaignVariant(**one) for one in given]


def _template_of(campaign: Campaign) -> MessageTemplate:
    return db.session.get_one(MessageTemplate, campaign.message_template_id)


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise InvalidInput(field="created_by", reason="a person of the staff")
    return actor.id


def _audit(verb: str, campaign: Campaign, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"campaign.{verb}", actor=actor, object_kind="campaign", object_id=campaign.id, details=details, now=now
    )
